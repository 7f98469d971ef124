/** LIKE: % and _ matched character by character under the collation, with an escape character. */

import type { Collation } from '../../charset/collation.ts';
import { sqlErrors } from '../../errors/sql-errors.ts';
import type { Datum } from '../../types/datum.ts';
import { castToText } from '../cast/implicit-cast.ts';
import { aggregateCollations } from '../collation-aggregation.ts';
import { type CompiledNode, lift1, lift2, liftMany } from '../compiled-node.ts';
import type { FunctionDefinition } from '../definition.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { booleanType, withNullable } from '../result-types.ts';
import { binaryStringOf } from '../text/binary-string.ts';

type Matcher = (text: string) => boolean;

const ANY_SEQUENCE = 0;
const ANY_CHARACTER = 1;
/** A pattern element: a literal character, `%` or `_`. */
type Element = string | typeof ANY_SEQUENCE | typeof ANY_CHARACTER;

function parsePattern(pattern: string, mark: string): Element[] {
  const elements: Element[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === mark && mark !== '' && i + 1 < characters.length) elements.push(characters[++i]!);
    else if (character === '%') {
      if (elements.at(-1) !== ANY_SEQUENCE) elements.push(ANY_SEQUENCE);
    } else if (character === '_') elements.push(ANY_CHARACTER);
    else elements.push(character);
  }
  return elements;
}

/** The matcher of a pattern. Plain prefixes, suffixes and infixes of binary collations become string searches. */
export function likeMatcher(pattern: string, mark: string, collation: Collation): Matcher {
  const elements = parsePattern(pattern, mark);
  if (collation.isBinary) {
    const simple = literalMatcher(elements);
    if (simple !== undefined) return simple;
  }
  const general = generalMatcher(elements, collation);
  const folded = foldedMatcher(pattern, elements, collation);
  if (folded === undefined) return general;
  return (text) => (PRINTABLE_ASCII.test(text) ? folded(text.toLowerCase()) : general(text));
}

const PRINTABLE_ASCII = /^[ -~]*$/;

/** For case-insensitive collations and plain ASCII, lower case decides equality. */
function foldedMatcher(pattern: string, elements: readonly Element[], collation: Collation): Matcher | undefined {
  if (!PRINTABLE_ASCII.test(pattern) || !collation.name.endsWith('_ci')) return undefined;
  return literalMatcher(elements.map((element) => (typeof element === 'string' ? element.toLowerCase() : element)));
}

function literalMatcher(elements: readonly Element[]): Matcher | undefined {
  if (elements.includes(ANY_CHARACTER)) return undefined;
  const opens = elements[0] === ANY_SEQUENCE;
  const closes = elements.length > 1 && elements.at(-1) === ANY_SEQUENCE;
  const inner = elements.slice(opens ? 1 : 0, closes ? -1 : undefined);
  if (inner.includes(ANY_SEQUENCE)) return undefined;
  const literal = inner.join('');
  if (opens && closes) return (text) => text.includes(literal);
  if (opens) return (text) => text.endsWith(literal);
  if (closes) return (text) => text.startsWith(literal);
  return (text) => text === literal;
}

/** Greedy matching with one point of return, the last `%`: quadratic at worst. */
function generalMatcher(elements: readonly Element[], collation: Collation): Matcher {
  const equal = (left: string, right: string) => left === right || collation.equalCharacters(left, right);
  return (text) => {
    const characters = hasNoPairs(text) ? text : [...text];
    let at = 0;
    let element = 0;
    let returnElement = -1;
    let returnAt = 0;
    while (at < characters.length) {
      const current = elements[element];
      if (current === ANY_SEQUENCE) {
        returnElement = ++element;
        returnAt = at;
      } else if (current !== undefined && (current === ANY_CHARACTER || equal(current, characters[at]!))) {
        element++;
        at++;
      } else if (returnElement >= 0) {
        element = returnElement;
        at = ++returnAt;
      } else return false;
    }
    while (elements[element] === ANY_SEQUENCE) element++;
    return element === elements.length;
  };
}

function hasNoPairs(text: string): boolean {
  return !/[\ud800-\udbff]/.test(text);
}

function escapeOf(value: Datum | undefined): string {
  if (value === undefined) return '\\';
  if (value === null) return '\\';
  const text = value instanceof Uint8Array ? binaryStringOf(value) : String(value);
  if ([...text].length > 1) throw sqlErrors.wrongArguments('ESCAPE');
  return text;
}

export const like: FunctionDefinition = {
  name: 'like',
  minArgs: 2,
  maxArgs: 3,
  pure: true,
  sequential: false,
  resolve: (args, options) => {
    const [text, pattern, mark] = args as [Expression, Expression, Expression | undefined];
    const { collation } = aggregateCollations([text, pattern], 'like', options, true);
    const operands = [text, pattern].map((arg) => castToText(arg, collation));
    const type = withNullable(booleanType(), text.type.nullable || pattern.type.nullable);
    const typed: Expression[] = operands.map((operand, i) =>
      i === 0 && operand.type.collation.id !== collation.id
        ? { kind: 'call', name: 'cast', args: [operand], type: { ...operand.type, collation } }
        : operand,
    );
    return { kind: 'call', name: 'like', args: mark === undefined ? typed : [...typed, mark], type };
  },
  compile: (call, args) => compileLike(call, args),
};

function compileLike(call: CallExpression, args: readonly CompiledNode[]): CompiledNode {
  const traits = { type: call.type, pure: true };
  const { collation } = call.args[0]!.type;
  const plain = (value: Datum) => (value instanceof Uint8Array ? binaryStringOf(value) : (value as string));
  const pattern = call.args[1]!;
  const mark = call.args[2];
  const escapeIsConstant = mark === undefined || mark.kind === 'constant';
  const constantEscape = escapeIsConstant ? escapeOf(mark?.kind === 'constant' ? mark.value : undefined) : '';
  if (pattern.kind === 'constant' && pattern.value !== null && escapeIsConstant) {
    const matches = likeMatcher(plain(pattern.value), constantEscape, collation);
    return lift1(traits, args[0]!, (_context, text: Datum) => (matches(plain(text)) ? 1 : 0));
  }
  const cached = oneEntryCache((source: string, sign: string) => likeMatcher(source, sign, collation));
  if (escapeIsConstant) {
    return lift2(traits, args[0]!, args[1]!, (_context, text: Datum, like: Datum) =>
      cached(plain(like), constantEscape)(plain(text)) ? 1 : 0,
    );
  }
  return liftMany(traits, args, 'propagate', (_context, [text, like, mark]) =>
    cached(plain(like!), escapeOf(mark))(plain(text!)) ? 1 : 0,
  );
}

/** Remembers the last pattern: parameters stay the same for all rows of an execution. */
function oneEntryCache(make: (pattern: string, mark: string) => Matcher): (pattern: string, mark: string) => Matcher {
  let lastPattern: string | undefined;
  let lastEscape = '';
  let last: Matcher | undefined;
  return (pattern, mark) => {
    if (last === undefined || pattern !== lastPattern || mark !== lastEscape) {
      last = make(pattern, mark);
      lastPattern = pattern;
      lastEscape = mark;
    }
    return last;
  };
}
