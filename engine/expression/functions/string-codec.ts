/** Strings as codes and codes as strings: HEX, BASE64, CHAR, digests, UUIDs, addresses, FORMAT, SOUNDEX, WEIGHT_STRING. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import type { Decimal } from '../../types/decimal.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { lift1 } from '../compiled-node.ts';
import type { FunctionDefinition, ResultRequest } from '../definition.ts';
import { reportDataError } from '../diagnostics.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { Expression } from '../expression.ts';
import {
  bigintType,
  binaryCollation,
  booleanType,
  bytesType,
  stringType,
  textLength,
  withNullable,
} from '../result-types.ts';
import { scalar, variadicWithNulls } from '../scalar.ts';
import { binaryStringOf, bytesOfBinaryString } from '../text/binary-string.ts';
import { numericClassOf } from './arithmetic-types.ts';

type Int = number | bigint;

/** ASCII text in the connection's character set. */
function ascii(length: number) {
  return ({ options }: ResultRequest) => stringType(length, options.collationConnection);
}

function nullableBytes(length: number) {
  return withNullable(bytesType(length), true);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** HEX of a number is its integer in base 16, of anything else its bytes. */
const hex: FunctionDefinition = {
  name: 'hex',
  minArgs: 1,
  maxArgs: 1,
  pure: true,
  sequential: false,
  resolve: ([arg], options) => {
    const { class: typeClass } = arg!.type;
    const isNumber = typeClass === 'int' || typeClass === 'real' || typeClass === 'decimal';
    const converted = castTo(arg!, isNumber ? 'int' : 'bytes', binaryCollation);
    const length = isNumber ? 16 : textLength(converted.type) * 2;
    return {
      kind: 'call',
      name: 'hex',
      args: [converted],
      type: withNullable(stringType(length, options.collationConnection), arg!.type.nullable),
    };
  },
  compile: (call, [arg]) => {
    const traits = { type: call.type, pure: true };
    if (call.args[0]!.type.class === 'bytes') {
      return lift1(traits, arg!, (_context, bytes: Uint8Array) => hexOf(bytes).toUpperCase());
    }
    return lift1(traits, arg!, (_context, x: Int) => BigInt.asUintN(64, BigInt(x)).toString(16).toUpperCase());
  },
};

const unhex = scalar({
  name: 'unhex',
  args: ['text'],
  result: ({ originals }) => nullableBytes(Math.ceil(textLength(originals[0]!.type) / 2)),
  evaluate: (context, text) => {
    if (!/^[0-9a-fA-F]*$/.test(text)) {
      context.warnError(sqlErrors.wrongValueForFunction('string', `'${text}'`, 'unhex'));
      return null;
    }
    return Buffer.from(text.length % 2 === 1 ? `0${text}` : text, 'hex');
  },
});

const toBase64 = scalar({
  name: 'to_base64',
  args: ['bytes'],
  result: ({ originals, options }) =>
    stringType(Math.ceil(textLength(originals[0]!.type) / 3) * 4, options.collationConnection),
  evaluate: (_context, bytes) =>
    Buffer.from(bytes)
      .toString('base64')
      .replace(/.{76}(?=.)/g, '$&\n'),
});

const fromBase64 = scalar({
  name: 'from_base64',
  args: ['text'],
  result: ({ originals }) => nullableBytes(Math.ceil(textLength(originals[0]!.type) / 4) * 3),
  evaluate: (_context, text) => {
    const compact = text.replace(/\s+/g, '');
    if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return null;
    return Buffer.from(compact, 'base64');
  },
});

const asciiFunction = scalar({
  name: 'ascii',
  args: ['bytes'],
  result: bigintType(false, 3),
  evaluate: (_context, bytes) => bytes[0] ?? 0,
});

/** The bytes of the first character as one number. */
const ord: FunctionDefinition = {
  ...asciiFunction,
  name: 'ord',
  resolve: ([arg], options) => ({
    kind: 'call',
    name: 'ord',
    args: [castTo(arg!, 'text', arg!.type.class === 'bytes' ? binaryCollation : options.collationConnection)],
    type: withNullable(bigintType(false, 21), arg!.type.nullable),
  }),
  compile: (call, [arg]) => {
    const { charset, class: typeClass } = call.args[0]!.type;
    return lift1({ type: call.type, pure: true }, arg!, (_context, value: string | Uint8Array) => {
      if (typeof value !== 'string' || typeClass === 'bytes') return (value as Uint8Array)[0] ?? 0;
      if (value === '') return 0;
      return charset.encode(String.fromCodePoint(value.codePointAt(0)!)).reduce((code, byte) => code * 256 + byte, 0);
    });
  },
};

/** CHAR(n, …): big-endian bytes of each number without leading zeros. CHAR(… USING x) is a cast around it. */
const char = variadicWithNulls({
  name: 'char',
  minArgs: 1,
  kind: 'int',
  result: ({ originals }) => withNullable(bytesType(originals.length * 4), false),
  evaluate: (_context, values) => {
    const bytes: number[] = [];
    for (const value of values) {
      if (value === null) continue;
      const code = Number(BigInt.asUintN(32, BigInt(value)));
      if (code > 0xffffff) bytes.push(code >>> 24);
      if (code > 0xffff) bytes.push((code >>> 16) & 255);
      if (code > 0xff) bytes.push((code >>> 8) & 255);
      bytes.push(code & 255);
    }
    return Uint8Array.from(bytes);
  },
});

function digest(name: string, algorithm: 'md5' | 'sha1', length: number): FunctionDefinition {
  return scalar({
    name,
    args: ['bytes'],
    result: ascii(length),
    evaluate: (context, bytes) => hexOf(context.digest(algorithm, bytes)),
  });
}

const SHA2 = new Map([
  [0, 'sha256'],
  [224, 'sha224'],
  [256, 'sha256'],
  [384, 'sha384'],
  [512, 'sha512'],
] as const);

const sha2 = scalar({
  name: 'sha2',
  args: ['bytes', 'int'],
  result: (request) => withNullable(ascii(128)(request), true),
  evaluate: (context, bytes, size) => {
    const algorithm = SHA2.get(Number(size) as 0);
    if (algorithm === undefined) {
      context.warnError(sqlErrors.wrongParametersToNativeFct('sha2'));
      return null;
    }
    return hexOf(context.digest(algorithm, bytes));
  },
});

function formatUuid(digits: string): string {
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, digits);
}

function parseUuid(text: string): string | undefined {
  const bare = /^\{.*\}$/s.test(text) ? text.slice(1, -1) : text;
  const isDashed = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(bare);
  if (!isDashed && !/^[0-9a-f]{32}$/i.test(text)) return undefined;
  return bare.replaceAll('-', '').toLowerCase();
}

/** Gregorian 100 ns ticks between 1582-10-15 and 1970-01-01. */
const UUID_EPOCH = 122_192_928_000_000_000n;

/** Version 1: the clock, and a random node with the multicast bit. */
const uuid = scalar({
  name: 'uuid',
  args: [],
  pure: false,
  result: (request) => withNullable(ascii(36)(request), false),
  evaluate: (context) => {
    const random = context.randomBytes(9);
    const ticks = BigInt(context.currentMicros()) * 10n + BigInt(random[8]! % 10) + UUID_EPOCH;
    const time = ticks.toString(16).padStart(15, '0');
    random[0] = (random[0]! & 0x3f) | 0x80;
    random[2] = random[2]! | 1;
    return formatUuid(`${time.slice(7)}${time.slice(3, 7)}1${time.slice(0, 3)}${hexOf(random.subarray(0, 8))}`);
  },
});

/** With the swap flag the time parts change places so that values made in order sort in order. */
const uuidToBin = scalar({
  name: 'uuid_to_bin',
  args: ['text', 'int'],
  optional: 1,
  result: bytesType(16),
  evaluate: (_context: EvaluationContext, text: string, swap: Int = 0) => {
    const digits = parseUuid(text);
    if (digits === undefined) throw sqlErrors.wrongValueForFunction('string', `'${text}'`, 'uuid_to_bin');
    const ordered =
      swap === 0 ? digits : digits.slice(12, 16) + digits.slice(8, 12) + digits.slice(0, 8) + digits.slice(16);
    return Buffer.from(ordered, 'hex');
  },
});

const binToUuid = scalar({
  name: 'bin_to_uuid',
  args: ['bytes', 'int'],
  optional: 1,
  result: ascii(36),
  evaluate: (_context: EvaluationContext, bytes: Uint8Array, swap: Int = 0) => {
    if (bytes.length !== 16)
      throw sqlErrors.wrongValueForFunction('string', `'${binaryStringOf(bytes)}'`, 'bin_to_uuid');
    const digits = hexOf(bytes);
    if (swap === 0) return formatUuid(digits);
    return formatUuid(digits.slice(8, 16) + digits.slice(4, 8) + digits.slice(0, 4) + digits.slice(16));
  },
});

const isUuid = scalar({
  name: 'is_uuid',
  args: ['text'],
  result: booleanType(),
  evaluate: (_context, text) => (parseUuid(text) === undefined ? 0 : 1),
});

function noAddress(context: EvaluationContext, kind: string, value: string, name: string): null {
  reportDataError(context, sqlErrors.wrongValueForFunction(kind, value, name));
  return null;
}

const inetAton = scalar({
  name: 'inet_aton',
  args: ['text'],
  result: withNullable(bigintType(true, 21), true),
  evaluate: (context, text) => {
    const parts = text.split('.');
    if (parts.length > 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
      return noAddress(context, 'string', `'${text}'`, 'inet_aton');
    }
    const last = Number(parts.pop());
    return parts.reduce((sum, part, i) => sum + Number(part) * 256 ** (3 - i), last);
  },
});

const inetNtoa = scalar({
  name: 'inet_ntoa',
  args: ['int'],
  result: (request) => withNullable(ascii(31)(request), true),
  evaluate: (context, value) => {
    if (value < 0 || value > 0xffffffff) return noAddress(context, 'integer', String(value), 'inet_ntoa');
    const number = Number(value);
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
  },
});

function parseInet6(text: string): Uint8Array | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return parseInet4(text);
  const halves = text.split('::');
  if (halves.length > 2 || text === '') return undefined;
  const groups = halves.map(parseGroups);
  if (groups.includes(undefined)) return undefined;
  const [head, tail = []] = groups as number[][];
  const missing = 8 - head!.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = halves.length === 1 ? head! : [...head!, ...new Array<number>(missing).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >>> 8, group & 255]));
}

function parseInet4(text: string): Uint8Array | undefined {
  const parts = text.split('.').map(Number);
  return parts.every((part) => part < 256) ? Uint8Array.from(parts) : undefined;
}

function parseGroups(half: string): number[] | undefined {
  if (half === '') return [];
  const groups: number[] = [];
  const parts = half.split(':');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (i === parts.length - 1 && part.includes('.')) {
      const address = /^\d+(\.\d+){3}$/.test(part) ? parseInet4(part) : undefined;
      if (address === undefined) return undefined;
      groups.push(address[0]! * 256 + address[1]!, address[2]! * 256 + address[3]!);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function formatInet6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!);
  let best = { start: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > best.length) best = { start: i, length: end - i };
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  const isMapped = best.start === 0 && (best.length === 6 || (best.length === 5 && groups[5] === 0xffff));
  if (isMapped) return `::${best.length === 5 ? 'ffff:' : ''}${bytes.subarray(12).join('.')}`;
  if (best.start < 0) return text(0, 8);
  return `${text(0, best.start)}::${text(best.start + best.length, 8)}`;
}

const inet6Aton = scalar({
  name: 'inet6_aton',
  args: ['text'],
  result: nullableBytes(16),
  evaluate: (context, text) => {
    const bytes = parseInet6(text);
    if (bytes !== undefined) return bytes;
    return noAddress(context, 'string', `'${text}'`, 'inet6_aton');
  },
});

const inet6Ntoa = scalar({
  name: 'inet6_ntoa',
  args: ['bytes'],
  result: (request) => withNullable(ascii(39)(request), true),
  evaluate: (_context, bytes) => {
    if (bytes.length === 4) return bytes.join('.');
    return bytes.length === 16 ? formatInet6(bytes) : null;
  },
});

function addressTest(name: string, test: (text: string) => boolean): FunctionDefinition {
  return variadicWithNulls({
    name,
    minArgs: 1,
    maxArgs: 1,
    kind: 'text',
    result: withNullable(booleanType(), false),
    evaluate: (_context, [text]) => (typeof text === 'string' && test(text) ? 1 : 0),
  });
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** FORMAT(x, d): rounded, grouped in thousands. Locales other than en_US only change the marks. */
const format: FunctionDefinition = {
  ...scalar({
    name: 'format',
    args: ['decimal', 'int', 'text'],
    optional: 1,
    result: ascii(64),
    evaluate: (_context: EvaluationContext, value: Decimal, digits: Int, locale?: string) => {
      const scale = Math.min(Math.max(Number(digits), 0), 30);
      const [integer, fraction] = value.round(scale).toString().split('.') as [string, string | undefined];
      const [group, point] = localeMarks(locale);
      const grouped = integer.replace(/\B(?=(\d{3})+$)/g, group);
      return fraction === undefined ? grouped : `${grouped}${point}${fraction}`;
    },
  }),
  resolve: (args, options) => {
    const [value, digits, locale] = args as [Expression, Expression, Expression | undefined];
    const meeting = numericClassOf(value);
    const number = castTo(
      meeting === 'real' ? castTo(value, 'real', binaryCollation) : value,
      'decimal',
      binaryCollation,
    );
    const converted = [number, castTo(digits, 'int', binaryCollation)];
    if (locale !== undefined) converted.push(castTo(locale, 'text', options.collationConnection));
    const type = withNullable(
      stringType(64, options.collationConnection),
      args.some((arg) => arg.type.nullable),
    );
    return { kind: 'call', name: 'format', args: converted, type };
  },
};

function localeMarks(locale: string | undefined): readonly [string, string] {
  if (locale === undefined || /^(en|zh|ja|ko|th)_/i.test(locale)) return [',', '.'];
  if (/^(de|es|it|nl|pt|id|da|el|tr|ro)_/i.test(locale) && !/^de_CH/i.test(locale)) return ['.', ','];
  if (/^(fr|sv|nb|no|fi|cs|pl|ru|uk|bg|hu|sk)_/i.test(locale)) return ['', ','];
  return [',', '.'];
}

const SOUNDEX_CODES = '01230120022455012623010202';

function soundexCode(letter: string): string {
  return SOUNDEX_CODES[letter.charCodeAt(0) - 65] ?? '0';
}

function soundexOf(text: string): string {
  const letters = text.toUpperCase().replace(/[^A-Z]/g, '');
  if (letters === '') return '';
  let result = letters[0]!;
  let last = soundexCode(result);
  for (const letter of letters.slice(1)) {
    if (letter === 'H' || letter === 'W') continue;
    const code = soundexCode(letter);
    if (code !== '0' && code !== last) result += code;
    last = code;
  }
  return result.padEnd(4, '0');
}

const soundex = scalar({
  name: 'soundex',
  args: ['text'],
  result: ({ originals, collation }) => stringType(Math.max(4, textLength(originals[0]!.type)), collation),
  evaluate: (_context, text) => soundexOf(text),
});

/** `a SOUNDS LIKE b`. */
const soundsLike = scalar({
  name: 'sounds like',
  args: ['text', 'text'],
  result: booleanType(),
  evaluate: (_context, left, right) => (soundexOf(left) === soundexOf(right) ? 1 : 0),
});

/** WEIGHT_STRING(text): the sort key as bytes. */
const weightString = scalar({
  name: 'weight_string',
  args: ['text'],
  result: nullableBytes(1024),
  bind: (call) => {
    const { collation, class: typeClass } = call.args[0]!.type;
    return (_context, text) => bytesOfBinaryString(typeClass === 'bytes' ? text : collation.sortKey(text));
  },
});

const randomBytes = scalar({
  name: 'random_bytes',
  args: ['int'],
  pure: false,
  result: bytesType(1024),
  evaluate: (context, length) => {
    if (length < 1 || length > 1024) throw sqlErrors.dataOutOfRange('length', 'random_bytes');
    return context.randomBytes(Number(length));
  },
});

function addressByteTest(name: string, test: (bytes: Uint8Array) => boolean): FunctionDefinition {
  return scalar({
    name,
    args: ['bytes'],
    result: booleanType(),
    evaluate: (_context, bytes) => (bytes.length === 16 && test(bytes) ? 1 : 0),
  });
}

function startsWithZeros(bytes: Uint8Array, count: number): boolean {
  return bytes.subarray(0, count).every((byte) => byte === 0);
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

const formatBytes = scalar({
  name: 'format_bytes',
  args: ['real'],
  result: ascii(11),
  evaluate: (_context, value) => {
    let unit = 0;
    let size = value;
    while (Math.abs(size) >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return unit === 0 ? `${String(size).padStart(4)} ${UNITS[0]}` : `${size.toFixed(2)} ${UNITS[unit]}`;
  },
});

export const stringCodecFunctions: readonly FunctionDefinition[] = [
  hex,
  unhex,
  toBase64,
  fromBase64,
  asciiFunction,
  ord,
  char,
  digest('md5', 'md5', 32),
  digest('sha1', 'sha1', 40),
  digest('sha', 'sha1', 40),
  sha2,
  uuid,
  uuidToBin,
  binToUuid,
  isUuid,
  inetAton,
  inetNtoa,
  inet6Aton,
  inet6Ntoa,
  addressTest(
    'is_ipv4',
    (text) =>
      IPV4.exec(text)
        ?.slice(1)
        .every((part) => Number(part) < 256) === true,
  ),
  addressTest('is_ipv6', (text) => text.includes(':') && parseInet6(text) !== undefined),
  addressByteTest('is_ipv4_compat', (bytes) => startsWithZeros(bytes, 12) && !startsWithZeros(bytes, 16)),
  addressByteTest('is_ipv4_mapped', (bytes) => startsWithZeros(bytes, 10) && bytes[10] === 255 && bytes[11] === 255),
  format,
  soundex,
  soundsLike,
  weightString,
  randomBytes,
  formatBytes,
];
