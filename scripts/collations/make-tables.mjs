/**
 * Reads character sets, collations and weights from a running MySQL 8.0.30 or newer and writes the data modules of
 * engine/charset/data. Usage: node scripts/collations/make-tables.mjs mysql://root@127.0.0.1:3306
 *
 * Weight tables are runs of code points in variable-length integers (7 bits each, low first; z = zig-zag):
 *   gap from the end of the last run, count, number of weights, z(step of the last weight), the weights
 *   (the first as z(difference to the first weight of the last run)).
 * The root collation of MySQL's UCA 9.0.0 family applies no contractions (none of the canonical decompositions nor the
 * vowel-consonant pairs of Thai, Lao, Tai Viet and Tibetan sorts as one on a real server), so there are none here.
 * Code points in no run have the weight the collation computes (see engine/charset/weight-table.ts).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';

const out = join(import.meta.dirname, '..', '..', 'engine', 'charset', 'data');
const connection = await createConnection({ uri: process.argv[2], charset: 'utf8mb4' });
await connection.query('SET SESSION cte_max_recursion_depth = 2000000');

async function rowsOf(sql) {
  const [rows] = await connection.query({ sql, rowsAsArray: true });
  return rows;
}

function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
const zigzag = (value) => (value < 0 ? -2 * value - 1 : 2 * value);

function module(file, lines) {
  const header = '/** Written by scripts/collations/make-tables.mjs; not edited by hand. */\n\n';
  writeFileSync(join(out, file), `${header}${lines.join('\n')}\n`);
}

/** Weights of every code point as arrays of 16-bit units. */
async function allWeights(collation) {
  const table = new Map();
  for (let from = 0; from <= 0x10ffff; from += 0x40000) {
    const to = Math.min(from + 0x3ffff, 0x10ffff);
    const rows = await rowsOf(
      `WITH RECURSIVE s(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM s WHERE n < ${to})
       SELECT n, HEX(WEIGHT_STRING(CONVERT(CONVERT(UNHEX(LPAD(HEX(n), 8, '0')) USING utf32) USING utf8mb4) COLLATE ${collation}))
       FROM s WHERE n NOT BETWEEN 0xD800 AND 0xDFFF`,
    );
    for (const [codePoint, hex] of rows) table.set(codePoint, units(hex));
  }
  return table;
}

function units(hex) {
  return (hex.match(/.{4}/g) ?? []).map((unit) => Number.parseInt(unit, 16));
}

/** Splits the weights of a three-level collation at its zero separators. */
function level(weights, wanted) {
  const levels = [[]];
  for (const weight of weights) {
    if (weight === 0 && levels.length < 3) levels.push([]);
    else levels.at(-1).push(weight);
  }
  return levels[wanted] ?? [];
}

const implicit = (codePoint) => [0xfbc0 + (codePoint >> 15), (codePoint & 0x7fff) | 0x8000];

function isHangulSyllable(codePoint) {
  return codePoint >= 0xac00 && codePoint <= 0xd7a3;
}

function hangul(table, codePoint) {
  const index = codePoint - 0xac00;
  const trailing = index % 28;
  return [
    ...table.get(0x1100 + Math.floor(index / 588)),
    ...table.get(0x1161 + Math.floor((index % 588) / 28)),
    ...(trailing === 0 ? [] : table.get(0x11a7 + trailing)),
  ];
}

const same = (a, b) => a.length === b.length && a.every((weight, i) => weight === b[i]);

/** True when `next` is `first` with `count * step` added to its last weight. */
function continues(first, next, count, step) {
  if (first.length !== next.length) return false;
  if (first.length === 0) return step === 0;
  const last = first.length - 1;
  return next.every((weight, i) => weight === first[i] + (i === last ? count * step : 0));
}

function encodeRuns(table, computed) {
  const explicit = [...table]
    .filter(([codePoint, weights]) => !same(weights, computed(codePoint)))
    .sort((a, b) => a[0] - b[0]);
  const bytes = [];
  let end = 0;
  let previousFirst = 0;
  for (let at = 0; at < explicit.length; ) {
    const [start, weights] = explicit[at];
    const follower = explicit[at + 1];
    let step = 0;
    if (follower?.[0] === start + 1 && follower[1].length === weights.length && weights.length > 0) {
      step = follower[1].at(-1) - weights.at(-1);
      if (!continues(weights, follower[1], 1, step)) step = 0;
    }
    let count = 1;
    while (explicit[at + count]?.[0] === start + count && continues(weights, explicit[at + count][1], count, step))
      count++;
    if (count === 1) step = 0;
    bytes.push(...varint(start - end), ...varint(count), ...varint(weights.length), ...varint(zigzag(step)));
    for (const [i, weight] of weights.entries())
      bytes.push(...varint(i === 0 ? zigzag(weight - previousFirst) : weight));
    previousFirst = weights[0] ?? previousFirst;
    end = start + count;
    at += count;
  }
  return Buffer.from(bytes).toString('base64');
}

const general = await allWeights('utf8mb4_general_ci');
module('general-ci.ts', [
  `export const generalCiWeights = '${encodeRuns(general, (codePoint) => [codePoint > 0xffff ? 0xfffd : codePoint])}';`,
]);
const unicode = await allWeights('utf8mb4_unicode_ci');
module('unicode-ci.ts', [
  `export const unicodeCiWeights = '${encodeRuns(unicode, (codePoint) => (codePoint > 0xffff ? [0xfffd] : implicit(codePoint)))}';`,
]);
const threeLevels = await allWeights('utf8mb4_0900_as_cs');
const uca = [0, 1, 2].map((n) => {
  const table = new Map([...threeLevels].map(([codePoint, weights]) => [codePoint, level(weights, n)]));
  const standard = [implicit, () => [0x20], () => [0x02]][n];
  return encodeRuns(table, (codePoint) =>
    isHangulSyllable(codePoint) ? hangul(table, codePoint) : standard(codePoint),
  );
});
module('uca-0900.ts', [
  `export const uca0900Primary = '${uca[0]}';`,
  '',
  `export const uca0900Secondary = '${uca[1]}';`,
  '',
  `export const uca0900Tertiary = '${uca[2]}';`,
]);

const collations = await rowsOf(
  `SELECT COLLATION_NAME, CHARACTER_SET_NAME, ID, IS_DEFAULT, SORTLEN, PAD_ATTRIBUTE FROM information_schema.COLLATIONS ORDER BY ID`,
);
module('collations.ts', [
  '/** name, character set, id, default of its set, SORTLEN, PAD SPACE */',
  'export const collationRows: readonly (readonly [string, string, number, boolean, number, boolean])[] = [',
  ...collations.map(
    ([name, charset, id, isDefault, sortLength, pad]) =>
      `  ['${name}', '${charset}', ${id}, ${isDefault === 'Yes'}, ${sortLength}, ${pad === 'PAD SPACE'}],`,
  ),
  '];',
]);

const charsets = await rowsOf(
  'SELECT CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME, DESCRIPTION, MAXLEN FROM information_schema.CHARACTER_SETS ORDER BY 1',
);
const singleByte = [];
for (const [name, , , maxBytes] of charsets) {
  if (Number(maxBytes) !== 1 || name === 'binary') continue;
  const [characters] = await rowsOf(
    `SELECT ${Array.from({ length: 256 }, (_, byte) => `HEX(CONVERT(CONVERT(X'${byte.toString(16).padStart(2, '0')}' USING ${name}) USING utf32))`).join(', ')}`,
  );
  const upper = characters.map((hex, byte) => {
    const codePoint = Number.parseInt(hex, 16);
    return codePoint === 0x3f && byte !== 0x3f ? 0xffff : codePoint;
  });
  singleByte.push([name, Buffer.from(Uint16Array.from(upper).buffer).toString('base64')]);
}
module('charsets.ts', [
  '/** name, default collation, description, bytes of the longest character */',
  'export const charsetRows: readonly (readonly [string, string, string, number])[] = [',
  ...charsets.map(
    ([name, collation, description, maxBytes]) => `  ['${name}', '${collation}', '${description}', ${maxBytes}],`,
  ),
  '];',
  '',
  '/** Code point of each byte of the one-byte character sets, 16 bits little-endian; 0xffff for bytes without character. */',
  'export const singleByteCharacters: Readonly<Record<string, string>> = {',
  ...singleByte.map(([name, base64]) => `  ${name}:\n    '${base64}',`),
  '};',
]);

const singleByteNames = new Set(singleByte.map(([name]) => name));
const orders = [];
for (const [name, charset] of collations) {
  if (!singleByteNames.has(charset) || name.endsWith('_bin')) continue;
  const [weights] = await rowsOf(
    `SELECT ${Array.from({ length: 256 }, (_, byte) => `HEX(WEIGHT_STRING(CONVERT(X'${byte.toString(16).padStart(2, '0')}' USING ${charset}) COLLATE ${name}))`).join(', ')}`,
  );
  if (weights.some((hex) => hex.length !== 2)) continue;
  orders.push([name, Buffer.from(weights.map((hex) => Number.parseInt(hex, 16))).toString('base64')]);
}
module('single-byte-weights.ts', [
  '/** Weight of each byte in the collations of one-byte character sets. */',
  'export const singleByteWeights: Readonly<Record<string, string>> = {',
  ...orders.map(([name, base64]) => `  ${name}:\n    '${base64}',`),
  '};',
]);
console.log({ collations: collations.length, singleByte: orders.length });
await connection.end();
