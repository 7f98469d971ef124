/**
 * Which collation a comparison or a string function uses when its arguments bring different ones: MySQL's rules of
 * coercibility (manual, "Collation Coercibility in Expressions"). Explicit beats implicit beats literal; at equal strength
 * the binary character set, then the Unicode superset, then the `_bin` collation wins, else the mix is illegal.
 */

import { defined } from '../../base/index.ts';
import type { Collation } from '../charset/collation.ts';
import { findCollation } from '../charset/collations.ts';
import type { SqlError } from '../errors/sql-error.ts';
import { sqlErrors } from '../errors/sql-errors.ts';
import type { ResolveOptions } from './definition.ts';
import type { Coercibility, Expression } from './expression.ts';
import { binaryCollation, binaryCollationOf } from './result-types.ts';

export interface StringShape {
  readonly collation: Collation;
  readonly coercibility: Coercibility;
}

/** JSON as text. */
const jsonCollation = defined(findCollation('utf8mb4_bin'), 'utf8mb4_bin exists');

const NAMES = ['EXPLICIT', 'NONE', 'IMPLICIT', 'SYSCONST', 'COERCIBLE', 'NUMERIC', 'IGNORABLE'] as const;

export function coercibilityOf(expression: Expression): Coercibility {
  if (expression.type.class === 'null') return 6;
  const natural = isCharacter(expression) ? (expression.kind === 'column' ? 2 : 4) : 5;
  if (expression.kind === 'constant' || expression.kind === 'call') return expression.coercibility ?? natural;
  return natural;
}

function isCharacter(expression: Expression): boolean {
  switch (expression.type.class) {
    case 'string':
    case 'bytes':
    case 'enum':
    case 'set':
    case 'json':
      return true;
    default:
      return expression.type.name === 'bit';
  }
}

function shapeOf(expression: Expression, options: ResolveOptions): StringShape {
  if (expression.type.class === 'json') return { collation: jsonCollation, coercibility: 2 };
  return {
    collation: isCharacter(expression) ? expression.type.collation : options.collationConnection,
    coercibility: coercibilityOf(expression),
  };
}

const UNICODE = new Set(['utf8mb4', 'utf8mb3', 'ucs2', 'utf16', 'utf16le', 'utf32']);

/** True when every text of `part` exists in `whole` but not the other way round. */
function isSuperset(whole: string, part: string): boolean {
  if (part === 'ascii') return true;
  if (!UNICODE.has(whole)) return false;
  return !UNICODE.has(part) || (whole !== 'utf8mb3' && part === 'utf8mb3') || whole === 'utf8mb4';
}

/** The stronger of two, or undefined when neither gives way. */
function stronger(left: StringShape, right: StringShape): StringShape | undefined {
  const one = left.collation;
  const two = right.collation;
  if (one.charset === 'binary' && two.charset === 'binary')
    return left.coercibility <= right.coercibility ? left : right;
  if (one.charset === 'binary') return left.coercibility <= right.coercibility ? left : right;
  if (two.charset === 'binary') return right.coercibility <= left.coercibility ? right : left;
  if (one.charset === two.charset) return strongerOfOneCharset(left, right);
  if (left.coercibility !== right.coercibility) {
    const [strong, weak] = left.coercibility < right.coercibility ? [left, right] : [right, left];
    if (weak.coercibility >= 3 || isSuperset(strong.collation.charset, weak.collation.charset)) return strong;
    return isSuperset(weak.collation.charset, strong.collation.charset) ? weak : undefined;
  }
  if (isSuperset(one.charset, two.charset)) return left;
  if (isSuperset(two.charset, one.charset)) return right;
  return left.coercibility >= 3 ? left : undefined;
}

function strongerOfOneCharset(left: StringShape, right: StringShape): StringShape | undefined {
  if (left.coercibility !== right.coercibility) return left.coercibility < right.coercibility ? left : right;
  if (left.collation.id === right.collation.id) return left;
  if (left.coercibility === 0) return undefined;
  if (left.collation.name.endsWith('_bin')) return left;
  if (right.collation.name.endsWith('_bin')) return right;
  return { collation: binaryCollationOf(left.collation), coercibility: 1 };
}

/**
 * The collation of a string function's result. Throws 1267, 1270 or 1271 for mixes that MySQL refuses.
 * With `forComparison` a mix without a winner is refused too, where a function would answer coercibility 1.
 */
export function aggregateCollations(
  args: readonly Expression[],
  operation: string,
  options: ResolveOptions,
  forComparison: boolean,
): StringShape {
  let result: StringShape | undefined;
  for (const arg of args) {
    if (arg.type.class === 'null') continue;
    const shape = shapeOf(arg, options);
    result = result === undefined ? shape : stronger(result, shape);
    if (result === undefined) throw illegalMix(args, operation, options);
  }
  if (result === undefined) {
    return args.length > 0 && !forComparison
      ? { collation: binaryCollation, coercibility: 6 }
      : { collation: options.collationConnection, coercibility: 4 };
  }
  if (result.coercibility === 1 && forComparison) throw illegalMix(args, operation, options);
  return result.coercibility >= 5 ? { collation: options.collationConnection, coercibility: 4 } : result;
}

function illegalMix(args: readonly Expression[], operation: string, options: ResolveOptions): SqlError {
  const parts = args.map((arg): readonly [string, string] => {
    const { collation, coercibility } = shapeOf(arg, options);
    return [collation.name, NAMES[coercibility]];
  });
  if (parts.length === 2) return sqlErrors.cantAggregate2Collations(parts[0]!, parts[1]!, operation);
  if (parts.length === 3) return sqlErrors.cantAggregate3Collations(parts[0]!, parts[1]!, parts[2]!, operation);
  return sqlErrors.cantAggregateNCollations(operation);
}
