/**
 * Which functions may be computed by a store, and their signature numbers in tipb. A signature names a function and the
 * kind of value it works on; the kind is that of one of its arguments, of its result, or fixed. What is not listed is
 * computed where the query was asked.
 *
 * A name behind `or` is another spelling of the same thing, which comes back as the first.
 */

import type { CallExpression, FieldType } from '../../engine/index.ts';

/** tipb's evaluation types. */
export type EvalKind = 'int' | 'real' | 'decimal' | 'string' | 'time' | 'duration' | 'json';

function evalKindOf(type: FieldType): EvalKind {
  switch (type.class) {
    case 'int':
    case 'null':
      return 'int';
    case 'bytes':
    case 'enum':
    case 'set':
      return 'string';
    case 'datetime':
      return 'time';
    case 'time':
      return 'duration';
    default:
      return type.class;
  }
}

interface Family {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Whose kind chooses the signature: an argument's, counted from 0, or the result's. */
  readonly by: number | 'result';
  readonly signatures: Readonly<Partial<Record<EvalKind, number>>>;
  readonly argumentCounts: readonly [number, number];
}

const KINDS: readonly EvalKind[] = ['int', 'real', 'decimal', 'string', 'time', 'duration'];
const ANY = Number.POSITIVE_INFINITY;

/** Signatures of all kinds in tipb's usual order, counted from `first`. */
function consecutive(first: number, kinds: readonly EvalKind[] = KINDS): Partial<Record<EvalKind, number>> {
  return Object.fromEntries(kinds.map((kind, i) => [kind, first + i]));
}

function family(
  names: string,
  by: Family['by'],
  signatures: Family['signatures'],
  argumentCounts: Family['argumentCounts'],
): Family {
  const [name = '', ...aliases] = names.split(' or ');
  return { name, aliases, by, signatures, argumentCounts };
}

/** One signature, whatever the first argument is by then: binding has cast it. */
function plain(names: string, signature: number, count: number, most = count): Family {
  return family(names, 'result', Object.fromEntries(KINDS.map((kind) => [kind, signature])), [count, most]);
}

const FAMILIES: readonly Family[] = [
  family('<', 0, consecutive(100), [2, 2]),
  family('<=', 0, consecutive(110), [2, 2]),
  family('>', 0, consecutive(120), [2, 2]),
  family('>=', 0, consecutive(130), [2, 2]),
  family('=', 0, consecutive(140), [2, 2]),
  family('<>', 0, consecutive(150), [2, 2]),
  family('<=>', 0, consecutive(160), [2, 2]),
  family('in', 0, consecutive(4001), [2, ANY]),
  plain('and', 3101, 2),
  plain('or', 3102, 2),
  plain('xor', 3103, 2),
  family('not', 0, { int: 3104, real: 3146, decimal: 3147 }, [1, 1]),
  family('is true', 0, { int: 3122, real: 3123, decimal: 3124 }, [1, 1]),
  family('is false', 0, { int: 3125, real: 3126, decimal: 3127 }, [1, 1]),
  family(
    'is null or isnull or is unknown',
    0,
    { decimal: 3111, duration: 3112, real: 3113, string: 3114, time: 3115, int: 3116, json: 3117 },
    [1, 1],
  ),
  family('+', 'result', { real: 200, decimal: 201, int: 203 }, [2, 2]),
  family('-', 'result', { real: 204, decimal: 205, int: 207 }, [2, 2]),
  family('*', 'result', { real: 208, decimal: 209, int: 210 }, [2, 2]),
  family('/', 'result', { real: 211, decimal: 212 }, [2, 2]),
  family('div', 0, { int: 213, decimal: 214 }, [2, 2]),
  family('% or mod', 'result', { real: 215, decimal: 216, int: 217 }, [2, 2]),
  family('unary -', 'result', { int: 3108, real: 3109, decimal: 3110 }, [1, 1]),
  plain('&', 3118, 2),
  plain('|', 3119, 2),
  plain('^', 3120, 2),
  plain('~', 3121, 1),
  plain('bit_count', 3128, 1),
  plain('<<', 3129, 2),
  plain('>>', 3130, 2),
  family('ifnull', 'result', consecutive(4101), [2, 2]),
  family('if', 'result', consecutive(4107), [3, 3]),
  family('coalesce', 'result', consecutive(4201), [1, ANY]),
  family('case', 'result', consecutive(4208), [2, ANY]),
  family('greatest', 'result', consecutive(4215, ['int', 'real', 'decimal', 'string', 'time']), [2, ANY]),
  family('least', 'result', consecutive(4220, ['int', 'real', 'decimal', 'string', 'time']), [2, ANY]),
  family('abs', 'result', { int: 2101, real: 2103, decimal: 2104 }, [1, 1]),
  plain('sign', 2140, 1),
  plain('sqrt', 2141, 1),
  plain('pow or power', 2137, 2),
  plain('exp', 2149, 1),
  plain('ln', 2131, 1),
  plain('log2', 2133, 1),
  plain('log10', 2134, 1),
  plain('crc32', 2139, 1),
  plain('date_format', 6001, 2),
  plain('datediff', 6003, 2),
  plain('date', 6012, 1),
  plain('hour', 6013, 1),
  plain('minute', 6014, 1),
  plain('second', 6015, 1),
  plain('microsecond', 6016, 1),
  plain('month', 6017, 1),
  plain('dayofmonth or day', 6022, 1),
  plain('dayofweek', 6023, 1),
  plain('dayofyear', 6024, 1),
  plain('weekday', 6027, 1),
  plain('weekofyear', 6028, 1),
  plain('year', 6029, 1),
  plain('quarter', 6073, 1),
  plain('time_to_sec', 6075, 1),
  plain('to_days', 6077, 1),
  plain('last_day', 6084, 1),
  plain('ascii', 7003, 1),
  plain('bit_length', 7001, 1),
  plain('char_length or character_length', 7005, 1),
  plain('concat', 7006, 1, ANY),
  plain('concat_ws', 7007, 2, ANY),
  plain('find_in_set', 7016, 2),
  plain('instr', 7024, 2),
  plain('ltrim', 7026, 1),
  plain('left', 7027, 2),
  plain('length or octet_length', 7029, 1),
  plain('lower or lcase', 7034, 1),
  plain('rtrim', 7042, 1),
  plain('repeat', 7043, 2),
  plain('replace', 7044, 3),
  plain('reverse', 7045, 1),
  plain('right', 7047, 2),
  plain('strcmp', 7052, 2),
  plain('substring_index', 7057, 3),
  plain('trim', 7059, 1),
  plain('upper or ucase', 7063, 1),
];

/** Casts: ten times the kind of the value, and the kind wanted. */
const CAST_KINDS: readonly EvalKind[] = ['int', 'real', 'decimal', 'string', 'time', 'duration'];
const TIME = CAST_KINDS.indexOf('time');
const DURATION = CAST_KINDS.indexOf('duration');
const LAST_CAST = CAST_KINDS.length * 10;
export const LIKE_SIGNATURE = 4310;
/** Conversions that binding puts in; they do the same, whatever their name. */
const CASTS: ReadonlySet<string> = new Set(['cast', 'to decimal']);
/** Targets of an explicit CAST that converts and does nothing else, such as rounding or cutting. */
const PLAIN_TARGETS: ReadonlySet<string> = new Set(['int', 'real', 'string']);

const byName = new Map<string, Family>();
const nameBySignature = new Map<number, string>();
for (const entry of FAMILIES) {
  for (const name of [entry.name, ...entry.aliases]) byName.set(name, entry);
  for (const signature of Object.values(entry.signatures)) nameBySignature.set(signature, entry.name);
}

/** The signature number of a bound call (n-ary AND and OR: that of each pair); undefined when it has none. */
export function signatureOf(call: CallExpression): number | undefined {
  if (CASTS.has(call.name)) return castSignature(call);
  if (call.name === 'cast as') return PLAIN_TARGETS.has(call.type.class) ? castSignature(call) : undefined;
  if (call.name === 'like') return LIKE_SIGNATURE;
  const known = byName.get(call.name);
  if (known === undefined || !takes(known, call)) return undefined;
  const chosen = known.by === 'result' ? call.type : call.args[known.by]?.type;
  return chosen === undefined ? undefined : known.signatures[evalKindOf(chosen)];
}

function takes({ name, argumentCounts: [fewest, most] }: Family, { args }: CallExpression): boolean {
  if (name === 'and' || name === 'or') return args.length >= fewest;
  return args.length >= fewest && args.length <= most;
}

function castSignature({ args: [source], type }: CallExpression): number | undefined {
  if (source === undefined || type.name === 'year' || type.name === 'float') return undefined;
  const from = CAST_KINDS.indexOf(evalKindOf(source.type));
  const to = CAST_KINDS.indexOf(evalKindOf(type));
  if (source.type.class === 'null' || type.class === 'enum' || type.class === 'set') return undefined;
  // A TIME becomes a DATETIME of today, which a store does not know.
  if (from < 0 || to < 0 || (from === DURATION && to === TIME)) return undefined;
  return from * 10 + to;
}

/** The function of a signature number; undefined for those that are not known here. */
export function functionOf(signature: number): string | undefined {
  if (signature === LIKE_SIGNATURE) return 'like';
  if (signature >= 0 && signature < LAST_CAST) return signature % 10 < CAST_KINDS.length ? 'cast' : undefined;
  return nameBySignature.get(signature);
}

/** Every function with a signature, for tests. */
export function mappedFunctions(): readonly string[] {
  return [...byName.keys(), ...CASTS, 'like'];
}
