/**
 * REGEXP and the REGEXP_ functions. MySQL uses ICU's regular expressions; JavaScript's cover them closely: POSIX classes,
 * possessive quantifiers and the leading `(?i)` are translated, match types (c i m n u) become flags.
 */

import { sqlErrors } from '../../errors/sql-errors.ts';
import type { Datum } from '../../types/datum.ts';
import type { FieldType } from '../../types/field-type.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { aggregateCollations } from '../collation-aggregation.ts';
import { type CompiledNode, liftMany } from '../compiled-node.ts';
import type { FunctionDefinition } from '../definition.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { bigintType, booleanType, stringType, textLength, UNKNOWN_LENGTH, withNullable } from '../result-types.ts';
import { binaryStringOf, bytesOfBinaryString } from '../text/binary-string.ts';
import { codePointLength, unitIndex } from '../text/code-points.ts';

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: '\\p{L}',
  digit: '\\d',
  alnum: '\\p{L}\\p{N}',
  upper: '\\p{Lu}',
  lower: '\\p{Ll}',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`\\{-~',
  print: '\\x20-\\x7e\\u00a0-\\uffff',
  graph: '\\x21-\\x7e\\u00a1-\\uffff',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9a-fA-F',
};

const LITERAL_IN_UNICODE_MODE = /\\([^\w\s^$\\.*+?()[\]{}|/-])/g;

function translate(pattern: string): string {
  return pattern
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole)
    .replace(/\[\[:[<>]:\]\]/g, '\\b')
    .replace(/\\Z/g, '$')
    .replace(/\\A/g, '^')
    .replace(/\\h/g, '[ \\t]')
    .replace(/([*+?}])\+/g, '$1')
    .replace(LITERAL_IN_UNICODE_MODE, '$1');
}

/** Throws the SqlError that MySQL has for a malformed pattern. */
function compilePattern(pattern: string, isCaseSensitive: boolean, matchType: string): RegExp {
  if (pattern === '') throw sqlErrors.regexpIllegalArgument();
  let flags = 'gu';
  let ignoreCase = !isCaseSensitive;
  for (const letter of matchType) {
    if (letter === 'i') ignoreCase = true;
    else if (letter === 'c') ignoreCase = false;
    else if (letter === 'm') flags += 'm';
    else if (letter === 'n') flags += 's';
    else if (letter !== 'u') throw sqlErrors.wrongArguments('regexp_like');
  }
  const inline = /^\(\?([ims]+)\)/.exec(pattern);
  if (inline !== null) {
    if (inline[1]!.includes('i')) ignoreCase = true;
    if (inline[1]!.includes('s')) flags += 's';
    if (inline[1]!.includes('m')) flags += 'm';
  }
  if (ignoreCase) flags += 'i';
  const body = translate(inline === null ? pattern : pattern.slice(inline[0].length));
  try {
    return new RegExp(body, [...new Set(flags)].join(''));
  } catch (error) {
    throw patternError(pattern, error);
  }
}

function patternError(pattern: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : '';
  if (/unterminated group|unmatched '\)'/i.test(reason)) return sqlErrors.regexpMismatchedParen();
  if (/unterminated character class|lone quantifier brackets|missing \/|unterminated/i.test(reason)) {
    return sqlErrors.regexpMissingCloseBracket();
  }
  if (/out of order/i.test(reason)) return sqlErrors.regexpInvalidRange();
  if (/escape/i.test(reason)) return sqlErrors.regexpBadEscapeSequence();
  return sqlErrors.regexpRuleSyntax(1, pattern.length);
}

/** Remembers the last pattern: nearly always the same for all rows. */
function patternCache(isCaseSensitive: boolean): (pattern: string, matchType: string) => RegExp {
  let key: string | undefined;
  let compiled: RegExp | undefined;
  return (pattern, matchType) => {
    const wanted = `${matchType}/${pattern}`;
    if (compiled === undefined || key !== wanted) {
      compiled = compilePattern(pattern, isCaseSensitive, matchType);
      key = wanted;
    }
    compiled.lastIndex = 0;
    return compiled;
  };
}

type Body = (find: (pattern: string, matchType: string) => RegExp, args: readonly Datum[]) => Datum;

interface RegexpSpec {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  /** Positions of arguments that are numbers. */
  readonly numbers: readonly number[];
  readonly type: (args: readonly Expression[]) => FieldType;
  readonly evaluate: Body;
}

function regexp(spec: RegexpSpec): FunctionDefinition {
  return {
    name: spec.name,
    minArgs: spec.minArgs,
    maxArgs: spec.maxArgs,
    pure: true,
    sequential: false,
    resolve: (args, options) => {
      const { collation } = aggregateCollations(args.slice(0, 2), spec.name, options, true);
      const converted = args.map((arg, i) => castTo(arg, spec.numbers.includes(i) ? 'int' : 'text', collation));
      const nullable = args.some((arg) => arg.type.nullable) || spec.name === 'regexp_substr';
      const type = withNullable(spec.type(converted), nullable);
      const typed = converted.map((arg, i) =>
        i === 0 && arg.type.class === 'string' && arg.type.collation.id !== collation.id
          ? ({ kind: 'call', name: 'cast', args: [arg], type: { ...arg.type, collation } } as const)
          : arg,
      );
      return { kind: 'call', name: spec.name, args: typed, type };
    },
    compile: (call, args) => compileRegexp(spec, call, args),
  };
}

function compileRegexp(spec: RegexpSpec, call: CallExpression, args: readonly CompiledNode[]): CompiledNode {
  const { collation, class: typeClass } = call.args[0]!.type;
  const find = patternCache(typeClass === 'bytes' || /_(bin|cs)$/.test(collation.name));
  return liftMany({ type: call.type, pure: true }, args, 'propagate', (_context, values) => {
    const plain = values.map((value) => (value instanceof Uint8Array ? binaryStringOf(value) : value));
    const answer = spec.evaluate(find, plain);
    return typeof answer === 'string' && call.type.class === 'bytes' ? bytesOfBinaryString(answer) : answer;
  });
}

function matchTypeAt(args: readonly Datum[], index: number): string {
  return args[index] === undefined ? '' : String(args[index]);
}

/** The UTF-16 index of a 1-based character position. Throws when it lies outside of the text. */
function startIndex(text: string, position: Datum | undefined): number {
  if (position === undefined) return 0;
  const at = Number(position);
  if (at < 1 || at > codePointLength(text) + 1) throw sqlErrors.regexpIndexOutOfBounds();
  return unitIndex(text, at - 1);
}

/** The `occurrence`-th match from `from` on. */
function nthMatch(
  expression: RegExp,
  text: string,
  from: number,
  occurrence: Datum | undefined,
): RegExpExecArray | null {
  let left = occurrence === undefined ? 1 : Math.max(1, Number(occurrence));
  expression.lastIndex = from;
  for (;;) {
    const match = expression.exec(text);
    if (match === null || --left === 0) return match;
    if (match[0] === '') expression.lastIndex++;
  }
}

/** ICU's `$1` and `\$`. */
function expand(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(/\\(.)|\$(\d)/gs, (_whole, escaped: string | undefined, group: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const index = Number(group);
    if (index >= match.length) throw sqlErrors.regexpIndexOutOfBounds();
    return match[index] ?? '';
  });
}

function replaceMatches(
  expression: RegExp,
  text: string,
  replacement: string,
  from: number,
  occurrence: Datum | undefined,
): string {
  const wanted = occurrence === undefined ? 0 : Number(occurrence);
  let result = text.slice(0, from);
  let at = from;
  let count = 0;
  expression.lastIndex = from;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    count++;
    if (match[0] === '') expression.lastIndex++;
    if (wanted > 0 && count !== wanted) continue;
    result += text.slice(at, match.index) + expand(replacement, match);
    at = match.index + match[0].length;
    if (wanted > 0) break;
  }
  return result + text.slice(at);
}

function test(name: string): FunctionDefinition {
  return regexp({
    name,
    minArgs: 2,
    maxArgs: 3,
    numbers: [],
    type: () => booleanType(),
    evaluate: (find, args) => (find(String(args[1]), matchTypeAt(args, 2)).test(String(args[0])) ? 1 : 0),
  });
}

export const regexpFunctions: readonly FunctionDefinition[] = [
  test('regexp'),
  test('regexp_like'),
  regexp({
    name: 'regexp_instr',
    minArgs: 2,
    maxArgs: 6,
    numbers: [2, 3, 4],
    type: () => bigintType(false, 21),
    evaluate: (find, args) => {
      const text = String(args[0]);
      const match = nthMatch(find(String(args[1]), matchTypeAt(args, 5)), text, startIndex(text, args[2]), args[3]);
      if (match === null) return 0;
      const at = args[4] === 1 ? match.index + match[0].length : match.index;
      return codePointLength(text.slice(0, at)) + 1;
    },
  }),
  regexp({
    name: 'regexp_substr',
    minArgs: 2,
    maxArgs: 5,
    numbers: [2, 3],
    type: ([text]) => stringType(textLength(text!.type), text!.type.collation),
    evaluate: (find, args) => {
      const text = String(args[0]);
      const expression = find(String(args[1]), matchTypeAt(args, 4));
      return nthMatch(expression, text, startIndex(text, args[2]), args[3])?.[0] ?? null;
    },
  }),
  regexp({
    name: 'regexp_replace',
    minArgs: 3,
    maxArgs: 6,
    numbers: [3, 4],
    type: ([text]) => stringType(UNKNOWN_LENGTH, text!.type.collation),
    evaluate: (find, args) => {
      const text = String(args[0]);
      const expression = find(String(args[1]), matchTypeAt(args, 5));
      return replaceMatches(expression, text, String(args[2]), startIndex(text, args[3]), args[4]);
    },
  }),
];
