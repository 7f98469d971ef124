/** Character string functions: cutting, padding, searching, case. Positions count characters from 1. */

import type { Collation } from '../../charset/collation.ts';
import type { Datum } from '../../types/datum.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { aggregateCollations } from '../collation-aggregation.ts';
import { comparatorOf } from '../compare.ts';
import { liftMany } from '../compiled-node.ts';
import type { FunctionDefinition, ResultRequest } from '../definition.ts';
import { tooLongForPacket } from '../diagnostics.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { bigintType, stringType, textLength, UNKNOWN_LENGTH, withNullable } from '../result-types.ts';
import { scalar, variadic, variadicWithNulls } from '../scalar.ts';
import {
  codePointLength,
  hasSurrogates,
  reverseCodePoints,
  sliceCodePoints,
  takeCodePoints,
  unitIndex,
} from '../text/code-points.ts';
import { commonNumericClass, numericClassOf } from './arithmetic-types.ts';
import { constantNumber } from './constant-number.ts';
import { isTextual } from './type-groups.ts';

type Int = number | bigint;

/** A string of the arguments' collation, as long as `length` says. */
export function textResult(length: (request: ResultRequest) => number) {
  return (request: ResultRequest) => stringType(length(request), request.collation);
}

function lengthOf(expression: Expression | undefined): number {
  return expression === undefined ? 0 : textLength(expression.type);
}

const sameLength = textResult(({ originals }) => lengthOf(originals[0]));
const COUNT = bigintType(false, 11);

/** The number an integer constant has, for result lengths. */
function constantOr(expression: Expression | undefined, otherwise: number): number {
  const value = expression === undefined ? undefined : constantNumber(expression);
  return value === undefined ? otherwise : Math.max(0, value);
}

/** An argument that counts characters, cut to what a string can have. */
function bounded(count: Int): number {
  return count > 0x7fff_ffff ? 0x7fff_ffff : count < -0x7fff_ffff ? -0x7fff_ffff : Number(count);
}

const concat = variadic({
  name: 'concat',
  minArgs: 1,
  kind: 'text',
  result: textResult(({ originals }) => originals.reduce((sum, arg) => sum + lengthOf(arg), 0)),
  evaluate: (context, values) => {
    let text = '';
    for (const value of values) text += value;
    return text.length > context.maxAllowedPacket ? tooLongForPacket(context, 'concat') : text;
  },
});

const concatWs = variadicWithNulls({
  name: 'concat_ws',
  minArgs: 2,
  kind: 'text',
  result: textResult(
    ({ originals }) =>
      originals.slice(1).reduce((sum, arg) => sum + lengthOf(arg), 0) + (originals.length - 2) * lengthOf(originals[0]),
  ),
  evaluate: (_context, [separator, ...values]) =>
    separator === null || separator === undefined ? null : values.filter((value) => value !== null).join(separator),
});

function byteLength(name: string, factor: number): FunctionDefinition {
  return scalar({ name, args: ['bytes'], result: COUNT, evaluate: (_context, bytes) => bytes.length * factor });
}

function characterLength(name: string): FunctionDefinition {
  return scalar({ name, args: ['text'], result: COUNT, evaluate: (_context, text) => codePointLength(text) });
}

/** Case mapping leaves binary strings alone. */
function letterCase(name: string, map: (text: string) => string): FunctionDefinition {
  return scalar({
    name,
    args: ['text'],
    result: sameLength,
    bind: (call) => (_context, text) => (call.type.class === 'bytes' ? text : map(text)),
  });
}

/** One character becomes one character, as in MySQL's tables: ß stays ß. */
function mapCase(text: string, map: (character: string) => string): string {
  const whole = map(text);
  if (whole.length === text.length) return whole;
  let result = '';
  for (const character of text) {
    const mapped = map(character);
    result += mapped.length === character.length ? mapped : character;
  }
  return result;
}

const toUpper = (text: string) => mapCase(text, (part) => part.toUpperCase());
const toLower = (text: string) => mapCase(text, (part) => part.toLowerCase());

function right(text: string, count: number): string {
  if (count <= 0) return '';
  if (!hasSurrogates(text)) return text.slice(-count);
  const skip = codePointLength(text) - count;
  return skip <= 0 ? text : text.slice(unitIndex(text, skip));
}

function substring(text: string, position: number, count: number): string {
  if (position === 0 || count <= 0) return '';
  if (position > 0) return sliceCodePoints(text, position - 1, count);
  const start = codePointLength(text) + position;
  return start < 0 ? '' : sliceCodePoints(text, start, count);
}

function substringFunction(name: string): FunctionDefinition {
  return scalar({
    name,
    args: ['text', 'int', 'int'],
    optional: 1,
    result: textResult(({ originals }) => Math.min(lengthOf(originals[0]), constantOr(originals[2], UNKNOWN_LENGTH))),
    evaluate: (_context, text: string, position: Int, count?: Int) =>
      substring(text, bounded(position), count === undefined ? Number.MAX_SAFE_INTEGER : bounded(count)),
  });
}

/** Everything before the `count`-th delimiter; from the right when negative. */
function substringIndex(text: string, delimiter: string, count: number): string {
  if (delimiter === '' || count === 0) return '';
  const parts = text.split(delimiter);
  if (Math.abs(count) >= parts.length) return text;
  return (count > 0 ? parts.slice(0, count) : parts.slice(count)).join(delimiter);
}

type Side = 'both' | 'leading' | 'trailing';

function trim(text: string, remove: string, side: Side): string {
  if (remove === '') return text;
  let start = 0;
  let end = text.length;
  if (side !== 'trailing')
    while (end - start >= remove.length && text.startsWith(remove, start)) start += remove.length;
  if (side !== 'leading') {
    while (end - start >= remove.length && text.slice(end - remove.length, end) === remove) end -= remove.length;
  }
  return text.slice(start, end);
}

/** TRIM([side] remove FROM text) is called as `trim both|leading|trailing`(text[, remove]). */
function trimFunction(name: string, side: Side, maxArgs: 1 | 2): FunctionDefinition {
  const definition = scalar({
    name,
    args: ['text', 'text'],
    optional: 1,
    result: sameLength,
    evaluate: (_context: EvaluationContext, text: string, remove: string = ' ') => trim(text, remove, side),
  });
  return { ...definition, maxArgs };
}

function padFunction(name: 'lpad' | 'rpad'): FunctionDefinition {
  return scalar({
    name,
    args: ['text', 'int', 'text'],
    result: (request) =>
      withNullable(textResult(({ originals }) => constantOr(originals[1], UNKNOWN_LENGTH))(request), true),
    evaluate: (context, text, length, pad) => {
      const wanted = bounded(length);
      if (wanted < 0) return null;
      if (wanted > context.maxAllowedPacket) return tooLongForPacket(context, name);
      const missing = wanted - codePointLength(text);
      if (missing <= 0) return takeCodePoints(text, wanted);
      if (pad === '') return text.length === 0 && name === 'lpad' ? '' : padWithNothing(text);
      const fill = takeCodePoints(pad.repeat(Math.ceil(missing / codePointLength(pad))), missing);
      return name === 'lpad' ? fill + text : text + fill;
    },
  });
}

/** An empty pad string cannot fill: the text stays as it is. */
function padWithNothing(text: string): string {
  return text;
}

function repeatText(context: EvaluationContext, name: string, text: string, count: number): string | null {
  if (count <= 0 || text === '') return '';
  if (text.length * count > context.maxAllowedPacket) return tooLongForPacket(context, name);
  return text.repeat(count);
}

/** Position of `needle` in `text`, under the collation, from character `start` (1-based) on; 0 when absent. */
function locate(text: string, needle: string, start: number, collation: Collation): number {
  if (start < 1) return 0;
  const total = codePointLength(text);
  if (needle === '') return start <= total + 1 ? start : 0;
  if (collation.isBinary) {
    const found = text.indexOf(needle, unitIndex(text, start - 1));
    return found < 0 ? 0 : codePointLength(text.slice(0, found)) + 1;
  }
  const characters = hasSurrogates(text) ? [...text] : text;
  const wanted = [...needle];
  for (let at = start - 1; at + wanted.length <= characters.length; at++) {
    if (wanted.every((character, i) => sameCharacter(collation, characters[at + i]!, character))) return at + 1;
  }
  return 0;
}

function sameCharacter(collation: Collation, left: string, right: string): boolean {
  return left === right || collation.equalCharacters(left, right);
}

/** The collation that a call's text arguments were compared in. */
function comparisonCollation(call: CallExpression): Collation {
  const text = call.args.find((arg) => arg.type.class === 'string' || arg.type.class === 'bytes');
  return text!.type.collation;
}

const instr = scalar({
  name: 'instr',
  args: ['text', 'text'],
  result: COUNT,
  bind: (call) => {
    const collation = comparisonCollation(call);
    return (_context, text, needle) => locate(text, needle, 1, collation);
  },
});

const locateFunction = scalar({
  name: 'locate',
  args: ['text', 'text', 'int'],
  optional: 1,
  result: COUNT,
  bind: (call) => {
    const collation = comparisonCollation(call);
    return (_context: EvaluationContext, needle: string, text: string, start: Int = 1) =>
      locate(text, needle, bounded(start), collation);
  },
});

const insert = scalar({
  name: 'insert',
  args: ['text', 'int', 'int', 'text'],
  result: textResult(({ originals }) => lengthOf(originals[0]) + lengthOf(originals[3])),
  evaluate: (_context, text, position, count, replacement) => {
    const start = bounded(position);
    const total = codePointLength(text);
    if (start < 1 || start > total) return text;
    const removed = bounded(count) < 0 ? total : bounded(count);
    const from = unitIndex(text, start - 1);
    const rest = text.slice(from);
    return text.slice(0, from) + replacement + rest.slice(unitIndex(rest, removed));
  },
});

const replace = scalar({
  name: 'replace',
  args: ['text', 'text', 'text'],
  result: textResult(({ originals }) => lengthOf(originals[0]) * Math.max(1, lengthOf(originals[2]))),
  evaluate: (context, text, from, to) => {
    if (from === '') return text;
    const result = text.replaceAll(from, () => to);
    return result.length > context.maxAllowedPacket ? tooLongForPacket(context, 'replace') : result;
  },
});

const elt = variadicWithNulls({
  name: 'elt',
  minArgs: 2,
  kind: (index) => (index === 0 ? 'int' : 'text'),
  result: (request) =>
    withNullable(
      textResult(({ originals }) => originals.slice(1).reduce((most, arg) => Math.max(most, lengthOf(arg)), 0))(
        request,
      ),
      true,
    ),
  evaluate: (_context, [index, ...texts]) => {
    const at = index === null || index === undefined ? 0 : Number(index);
    return (at >= 1 ? texts[at - 1] : undefined) ?? null;
  },
});

/** FIELD(value, …): position of the first equal argument; all are compared as texts, as ints or decimals, else as doubles. */
const field: FunctionDefinition = {
  name: 'field',
  minArgs: 2,
  maxArgs: Number.POSITIVE_INFINITY,
  pure: true,
  sequential: false,
  resolve: (args, options) => {
    const type = withNullable(COUNT, false);
    if (args.every((arg) => isTextual(arg.type.class) || arg.type.class === 'null')) {
      const { collation } = aggregateCollations(args, 'field', options, true);
      return { kind: 'call', name: 'field', args: args.map((arg) => castTo(arg, 'text', collation)), type };
    }
    const classes = args.map((arg) => (isTextual(arg.type.class) ? 'real' : numericClassOf(arg)));
    const meeting = classes.reduce(commonNumericClass);
    const converted = args.map((arg) => castTo(arg, meeting, options.collationConnection));
    return { kind: 'call', name: 'field', args: converted, type };
  },
  compile: (call, args) => {
    const typed = call.args.find((arg) => arg.type.class !== 'null');
    const compare = comparatorOf((typed ?? call.args[0]!).type);
    return liftMany({ type: call.type, pure: true }, args, 'pass', (_context, [value, ...others]) => {
      if (value === null || value === undefined) return 0;
      return others.findIndex((other) => other !== null && compare(value, other) === 0) + 1;
    });
  },
};

const findInSet = scalar({
  name: 'find_in_set',
  args: ['text', 'text'],
  result: COUNT,
  bind: (call) => {
    const collation = comparisonCollation(call);
    return (_context, needle, list) => {
      if (list === '') return 0;
      return list.split(',').findIndex((item) => item === needle || collation.compare(item, needle) === 0) + 1;
    };
  },
});

const makeSet = variadicWithNulls({
  name: 'make_set',
  minArgs: 2,
  kind: (index) => (index === 0 ? 'int' : 'text'),
  result: textResult(({ originals }) => originals.slice(1).reduce((sum, arg) => sum + lengthOf(arg) + 1, 0)),
  evaluate: (_context, [bits, ...texts]) => {
    if (bits === null || bits === undefined) return null;
    const mask = BigInt(bits as Int);
    return texts.filter((text, i) => text !== null && (mask >> BigInt(i)) & 1n).join(',');
  },
});

const exportSet = scalar({
  name: 'export_set',
  args: ['int', 'text', 'text', 'text', 'int'],
  optional: 2,
  result: textResult(() => 508),
  evaluate: (
    _context: EvaluationContext,
    bits: Int,
    on: string,
    off: string,
    separator: string = ',',
    count: Int = 64,
  ) => {
    const mask = BigInt(bits);
    const digits = count < 0 || count > 64 ? 64 : Number(count);
    return Array.from({ length: digits }, (_, i) => ((mask >> BigInt(i)) & 1n ? on : off)).join(separator);
  },
});

const strcmp = scalar({
  name: 'strcmp',
  args: ['text', 'text'],
  result: bigintType(false, 2),
  bind: (call) => {
    const collation = comparisonCollation(call);
    return (_context, left, right) => Math.sign(collation.compare(left, right));
  },
});

const quote = variadicWithNulls({
  name: 'quote',
  minArgs: 1,
  maxArgs: 1,
  kind: 'text',
  result: ({ originals, collation, options }) => {
    const isNull = originals[0]!.type.class === 'null';
    return withNullable(
      stringType(2 * lengthOf(originals[0]) + 4, isNull ? options.collationConnection : collation),
      false,
    );
  },
  evaluate: (_context, [text]) =>
    text === null || text === undefined
      ? 'NULL'
      : `'${text.replace(/[\\']/g, '\\$&').replace(/\0/g, '\\0').replace(/\x1a/g, '\\Z')}'`,
});

function space(context: EvaluationContext, count: Int): Datum {
  return repeatText(context, 'space', ' ', bounded(count));
}

export const stringBasicFunctions: readonly FunctionDefinition[] = [
  concat,
  concatWs,
  byteLength('length', 1),
  byteLength('octet_length', 1),
  byteLength('bit_length', 8),
  characterLength('char_length'),
  characterLength('character_length'),
  letterCase('upper', toUpper),
  letterCase('ucase', toUpper),
  letterCase('lower', toLower),
  letterCase('lcase', toLower),
  scalar({
    name: 'left',
    args: ['text', 'int'],
    result: textResult(({ originals }) => Math.min(lengthOf(originals[0]), constantOr(originals[1], UNKNOWN_LENGTH))),
    evaluate: (_context, text, count) => (count <= 0 ? '' : takeCodePoints(text, bounded(count))),
  }),
  scalar({
    name: 'right',
    args: ['text', 'int'],
    result: textResult(({ originals }) => Math.min(lengthOf(originals[0]), constantOr(originals[1], UNKNOWN_LENGTH))),
    evaluate: (_context, text, count) => right(text, bounded(count)),
  }),
  substringFunction('substring'),
  substringFunction('substr'),
  substringFunction('mid'),
  scalar({
    name: 'substring_index',
    args: ['text', 'text', 'int'],
    result: sameLength,
    evaluate: (_context, text, delimiter, count) => substringIndex(text, delimiter, bounded(count)),
  }),
  trimFunction('trim', 'both', 2),
  trimFunction('trim both', 'both', 2),
  trimFunction('trim leading', 'leading', 2),
  trimFunction('trim trailing', 'trailing', 2),
  trimFunction('ltrim', 'leading', 2),
  trimFunction('rtrim', 'trailing', 2),
  padFunction('lpad'),
  padFunction('rpad'),
  scalar({
    name: 'repeat',
    args: ['text', 'int'],
    result: textResult(({ originals }) => lengthOf(originals[0]) * constantOr(originals[1], 65_535)),
    evaluate: (context, text, count) => repeatText(context, 'repeat', text, bounded(count)),
  }),
  scalar({
    name: 'space',
    args: ['int'],
    result: textResult(({ originals }) => constantOr(originals[0], 65_535)),
    evaluate: space,
  }),
  replace,
  scalar({
    name: 'reverse',
    args: ['text'],
    result: sameLength,
    evaluate: (_context, text) => reverseCodePoints(text),
  }),
  instr,
  locateFunction,
  { ...locateFunction, name: 'position' },
  insert,
  field,
  elt,
  findInSet,
  makeSet,
  exportSet,
  strcmp,
  quote,
];
