/**
 * The registry of collations: every name and number of MySQL's, each with its order.
 *
 * Exact orders, from weights read off a real server: all `_bin`, `binary`, the one-byte sets, utf8mb3/utf8mb4_general_ci
 * (also for ucs2, utf16, utf32), utf8mb4_unicode_ci (UCA 4.0.0), utf8mb4_0900_ai_ci, _as_ci and _as_cs (UCA 9.0.0).
 * Language-specific collations sort as the root collation of their family and sensitivity; `_ci` of the East Asian
 * multi-byte sets folds case and compares encoded bytes.
 */

import { byteOrder, codePointOrder, encodedOrder } from './binary-order.ts';
import { findCharset } from './charset.ts';
import type { Charset, Collation } from './collation.ts';
import { collationRows } from './data/collations.ts';
import { generalCiWeights } from './data/general-ci.ts';
import { singleByteWeights } from './data/single-byte-weights.ts';
import { uca0900Primary, uca0900Secondary, uca0900Tertiary } from './data/uca-0900.ts';
import { unicodeCiWeights } from './data/unicode-ci.ts';
import { implicitWeights, type Weights, WeightTable } from './weight-table.ts';
import { type WeightedOrder, weightedOrder } from './weighted-order.ts';

const REPLACEMENT: Weights = [0xfffd];
const SECONDARY: Weights = [0x20];
const TERTIARY: Weights = [0x02];

const generalCi = new WeightTable(generalCiWeights, {
  computed: (codePoint) => (codePoint > 0xffff ? REPLACEMENT : [codePoint]),
  decomposeHangul: false,
});
const unicodeCi = new WeightTable(unicodeCiWeights, {
  computed: (codePoint) => (codePoint > 0xffff ? REPLACEMENT : implicitWeights(codePoint)),
  decomposeHangul: false,
});
const uca0900 = [
  new WeightTable(uca0900Primary, { computed: implicitWeights, decomposeHangul: true }),
  new WeightTable(uca0900Secondary, { computed: () => SECONDARY, decomposeHangul: true }),
  new WeightTable(uca0900Tertiary, { computed: () => TERTIARY, decomposeHangul: true }),
].map((table) => (codePoint: number) => table.of(codePoint));

function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}

const uca0900Order = once((levels: number) =>
  weightedOrder({ levels: uca0900.slice(0, levels), padSpace: false, weightBytes: 2 }),
);
const generalOrder = once((_: 'general') =>
  weightedOrder({ levels: [(codePoint) => generalCi.of(codePoint)], padSpace: true, weightBytes: 2 }),
);
const unicodeOrder = once((_: 'unicode') =>
  weightedOrder({ levels: [(codePoint) => unicodeCi.of(codePoint)], padSpace: true, weightBytes: 2 }),
);

function singleByteOrder(charset: Charset, base64: string, padSpace: boolean): WeightedOrder {
  const table = Buffer.from(base64, 'base64');
  const weights = new Map<number, Weights>();
  for (let byte = 0; byte < 256; byte++) {
    const character = charset.decode(Uint8Array.of(byte));
    if (character !== undefined) weights.set(character.codePointAt(0) ?? 0, [table[byte] ?? 0]);
  }
  const missing: Weights = [table[0x3f] ?? 0x3f];
  return weightedOrder({ levels: [(codePoint) => weights.get(codePoint) ?? missing], padSpace, weightBytes: 1 });
}

const unicodeCharsets = new Set(['utf8mb4', 'utf8mb3', 'ucs2', 'utf16', 'utf16le', 'utf32']);

function orderOf(name: string, charset: Charset, padSpace: boolean): WeightedOrder {
  if (charset.name === 'binary') return byteOrder;
  if (unicodeCharsets.has(charset.name)) {
    if (name.endsWith('_bin')) return codePointOrder(padSpace);
    if (name.includes('_0900_')) return uca0900Order(name.endsWith('_as_cs') ? 3 : name.endsWith('_as_ci') ? 2 : 1);
    return name.includes('_general_') ? generalOrder('general') : unicodeOrder('unicode');
  }
  const weights = singleByteWeights[name];
  if (weights !== undefined) return singleByteOrder(charset, weights, padSpace);
  return encodedOrder((text) => charset.encode(text), padSpace, !name.endsWith('_bin') && !name.endsWith('_cs'));
}

function makeCollation([
  name,
  charsetName,
  id,
  isDefault,
  sortLength,
  padSpace,
]: (typeof collationRows)[number]): Collation {
  let order: WeightedOrder | undefined;
  const get = (): WeightedOrder => {
    if (order === undefined) {
      const charset = findCharset(charsetName);
      if (charset === undefined) throw new Error(`collation ${name} has no character set`);
      order = orderOf(name, charset, padSpace);
    }
    return order;
  };
  return {
    id,
    name,
    charset: charsetName,
    isDefault,
    sortLength,
    padSpace,
    isBinary: charsetName === 'binary' || (name.endsWith('_bin') && !padSpace),
    compare: (left, right) => get().compare(left, right),
    sortKey: (text) => get().sortKey(text),
    asciiGroupKey: (text) => get().groupKeys?.ascii(text),
    groupKey: (text) => {
      const { groupKeys, sortKey } = get();
      return groupKeys === undefined ? sortKey(text) : groupKeys.any(text);
    },
    equalCharacters: (left, right) => left === right || get().compare(left, right) === 0,
  };
}

const collations: readonly Collation[] = collationRows.map(makeCollation);
const byName = new Map(collations.map((collation) => [collation.name, collation]));
const byId = new Map(collations.map((collation) => [collation.id, collation]));

function required(name: string): Collation {
  const collation = byName.get(name);
  if (collation === undefined) throw new Error(`collation ${name} is missing from the tables`);
  return collation;
}

/** utf8mb4_0900_ai_ci, the default of MySQL 8.0. */
export const defaultCollation = required('utf8mb4_0900_ai_ci');
export const binaryCollation = required('binary');

/** In the order of their numbers. */
export function allCollations(): readonly Collation[] {
  return collations;
}

/**
 * By MySQL's name in any case (`utf8_…` is utf8mb3_…), or by number. Undefined for unknown ones (error 1273 at the caller).
 */
export function findCollation(nameOrId: string | number): Collation | undefined {
  if (typeof nameOrId === 'number') return byId.get(nameOrId);
  const name = nameOrId.toLowerCase();
  return byName.get(name) ?? byName.get(name.replace(/^utf8_/, 'utf8mb3_'));
}
