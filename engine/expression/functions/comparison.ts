/**
 * = <=> <> < <= > >=, BETWEEN and IN. `comparable` decides in which representation two operands meet (manual, "Type
 * Conversion in Expression Evaluation") and puts the casts in; the operator then compares values of one class.
 */

import type { Collation } from '../../charset/collation.ts';
import { SqlError } from '../../errors/sql-error.ts';
import { sqlErrors } from '../../errors/sql-errors.ts';
import { dateTimeFromNumber, LENIENT_DATES, parseDateTime } from '../../types/date-time-parse.ts';
import type { Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import { parseTime, timeFromNumber } from '../../types/time-value.ts';
import { castNode, castTo, castToText } from '../cast/implicit-cast.ts';
import { aggregateCollations } from '../collation-aggregation.ts';
import { type Comparator, comparatorOf } from '../compare.ts';
import { type CompiledNode, kernel2, lift2, liftRows } from '../compiled-node.ts';
import type { FunctionDefinition, ResolveOptions } from '../definition.ts';
import type { CallExpression, ConstantExpression, Expression } from '../expression.ts';
import { groupKeyOf } from '../group-key.ts';
import { bigintType, binaryCollation, booleanType, datetimeType, timeType, withNullable } from '../result-types.ts';
import { commonNumericClass, numericClassOf } from './arithmetic-types.ts';
import { isTemporal, isTextual } from './type-groups.ts';

export const COMPARISONS = ['=', '<=>', '<>', '<', '<=', '>', '>='] as const;
export type ComparisonOperator = (typeof COMPARISONS)[number];

/** How values meet for comparison. */
type Meeting = 'int' | 'real' | 'decimal' | 'text' | 'datetime' | 'time' | 'json';

function meetingOf(left: Expression, right: Expression): Meeting {
  const a = left.type.class;
  const b = right.type.class;
  if (a === 'null') return b === 'null' ? 'int' : meetingOf(right, right);
  if (b === 'null') return meetingOf(left, left);
  if (a === 'json' || b === 'json') return 'json';
  if (isTemporal(a) || isTemporal(b)) {
    const meeting = temporalMeeting(left, right);
    if (meeting !== undefined) return meeting;
  }
  if (isTextual(a) && isTextual(b)) return 'text';
  if (a === 'int' && isExactIntText(right)) return 'int';
  if (b === 'int' && isExactIntText(left)) return 'int';
  return commonNumericClass(comparisonClass(left), comparisonClass(right));
}

function comparisonClass(expression: Expression) {
  const { class: typeClass } = expression.type;
  return typeClass === 'enum' || typeClass === 'set' ? 'int' : numericClassOf(expression);
}

/** A literal like '42' next to an integer compares exactly, as the integer it spells. */
function isExactIntText(expression: Expression): boolean {
  return (
    expression.kind === 'constant' && typeof expression.value === 'string' && /^-?\d{1,18}$/.test(expression.value)
  );
}

function temporalMeeting(left: Expression, right: Expression): Meeting | undefined {
  const a = left.type.class;
  const b = right.type.class;
  if (isTemporal(a) && isTemporal(b)) return a === 'time' && b === 'time' ? 'time' : 'datetime';
  const [temporal, other] = isTemporal(a) ? [left, right] : [right, left];
  const meeting = temporal.type.class as 'datetime' | 'time';
  if (other.kind === 'constant') return constantMeeting(temporal.type, meeting, other);
  return isTextual(other.type.class) || other.kind === 'parameter' ? meeting : undefined;
}

/**
 * A literal beside a temporal value is read as one. Texts that are no date are error 1525 beside dates and compare as texts
 * beside times; numbers that are none compare as numbers.
 */
function constantMeeting(
  type: FieldType,
  meeting: 'datetime' | 'time',
  { value }: ConstantExpression,
): Meeting | undefined {
  if (value === null) return meeting;
  if (typeof value === 'string') {
    if (meeting === 'time') return parseTime(value)?.truncated === false ? meeting : 'text';
    if (parseDateTime(value, LENIENT_DATES) !== undefined) return meeting;
    throw sqlErrors.wrongValue(type.name === 'date' ? 'DATE' : 'DATETIME', value);
  }
  if (value instanceof Uint8Array) return meeting === 'time' ? 'text' : meeting;
  const number = value instanceof Decimal ? value.toNumber() : Number(value);
  if (meeting === 'time') return timeFromNumber(number)?.outOfRange === false ? meeting : undefined;
  return number !== 0 && dateTimeFromNumber(Math.trunc(number), LENIENT_DATES) !== undefined ? meeting : undefined;
}

/** Casts for one side of a comparison. */
function meet(expression: Expression, meeting: Meeting, collation: Collation, fsp: number): Expression {
  const { type } = expression;
  switch (meeting) {
    case 'text':
      return castToText(expression, collation);
    case 'int':
      return type.class === 'int' ? expression : castNode(expression, bigintType(type.unsigned));
    case 'datetime':
      return type.class === 'datetime' ? expression : castNode(expression, datetimeType(Math.max(fsp, 6)));
    case 'time':
      return type.class === 'time' ? expression : castNode(expression, timeType(6));
    default:
      return castTo(expression, meeting, binaryCollation);
  }
}

/**
 * Brings expressions that are compared with each other into one representation: what `=`, BETWEEN, IN, CASE and NULLIF
 * share. All results have the same type class.
 */
export function comparable(args: readonly Expression[], operation: string, options: ResolveOptions): Expression[] {
  const meeting = commonMeeting(args);
  const collation =
    meeting === 'text' ? aggregateCollations(args, operation, options, true).collation : binaryCollation;
  return args.map((arg) => withCollation(meet(arg, meeting, collation, 0), meeting, collation));
}

/** A comparison's collation may differ from the operand's own: a view of the same text with another order. */
function withCollation(expression: Expression, meeting: Meeting, collation: Collation): Expression {
  if (meeting !== 'text' || expression.type.class !== 'string' || expression.type.collation.id === collation.id) {
    return expression;
  }
  return castNode(expression, { ...expression.type, collation, charset: expression.type.charset });
}

function commonMeeting(args: readonly Expression[]): Meeting {
  let result: Meeting | undefined;
  const [first, ...rest] = args as [Expression, ...Expression[]];
  for (const other of rest) {
    const meeting = meetingOf(first, other);
    result = result === undefined || result === meeting ? meeting : widen(result, meeting);
  }
  return result ?? meetingOf(first, first);
}

function widen(left: Meeting, right: Meeting): Meeting {
  if (left === 'json' || right === 'json') return 'json';
  if (left === 'text' || right === 'text') return left === right ? 'text' : 'real';
  if (left === 'real' || right === 'real') return 'real';
  if (left === 'datetime' || right === 'datetime') return 'datetime';
  return left === 'decimal' || right === 'decimal' ? 'decimal' : left;
}

/** What the operator answers for less, equal and greater. */
const OUTCOMES: Readonly<Record<Exclude<ComparisonOperator, '<=>'>, readonly [0 | 1, 0 | 1, 0 | 1]>> = {
  '=': [0, 1, 0],
  '<>': [1, 0, 1],
  '<': [1, 0, 0],
  '<=': [1, 1, 0],
  '>': [0, 0, 1],
  '>=': [0, 1, 1],
};

function define(name: ComparisonOperator): FunctionDefinition {
  return {
    name,
    minArgs: 2,
    maxArgs: 2,
    pure: true,
    sequential: false,
    resolve: (args, options) => compareExpressions(name, args[0]!, args[1]!, options),
    compile: (call, args) =>
      name === '<=>' ? compileNullSafe(call, args[0]!, args[1]!) : compileComparison(name, call, args[0]!, args[1]!),
  };
}

/** The comparison of two scalar expressions. */
export function compareExpressions(
  name: ComparisonOperator,
  left: Expression,
  right: Expression,
  options: ResolveOptions,
): Expression {
  const args = comparable([left, right], name, options);
  const nullable = name !== '<=>' && (left.type.nullable || right.type.nullable);
  return { kind: 'call', name, args, type: withNullable(booleanType(), nullable) };
}

function isNumberLike(call: CallExpression): boolean {
  const { class: typeClass } = call.args[0]!.type;
  return typeClass !== 'string' && (typeClass === 'int' || typeClass === 'real' || typeClass === 'time');
}

function compileComparison(
  name: Exclude<ComparisonOperator, '<=>'>,
  call: CallExpression,
  a: CompiledNode,
  b: CompiledNode,
): CompiledNode {
  const [less, equal, greater] = OUTCOMES[name];
  const traits = { type: call.type, pure: true, quiet: true };
  if (isNumberLike(call)) return compileNumbers(call, a, b, less, equal, greater);
  const compare = comparatorOf(call.args[0]!.type);
  return lift2(traits, a, b, (_context, x: Datum, y: Datum) => {
    const order = compare(x, y);
    return order < 0 ? less : order > 0 ? greater : equal;
  });
}

function compileNumbers(
  call: CallExpression,
  a: CompiledNode,
  b: CompiledNode,
  less: Datum,
  equal: Datum,
  greater: Datum,
): CompiledNode {
  const left = a.row;
  const right = b.row;
  return kernel2(
    { type: call.type, pure: true, quiet: true },
    a,
    b,
    (row, context) => {
      const x = left(row, context) as number | null;
      const y = right(row, context) as number | null;
      return x === null || y === null ? null : x < y ? less : x > y ? greater : equal;
    },
    {
      both: (xs, ys, result) => {
        for (let i = 0; i < result.length; i++) {
          const x = xs[i] as number | null;
          const y = ys[i] as number | null;
          result[i] = x === null || y === null ? null : x < y ? less : x > y ? greater : equal;
        }
      },
      left: (xs, constant, result) => {
        const y = constant as number;
        for (let i = 0; i < result.length; i++) {
          const x = xs[i] as number | null;
          result[i] = x === null ? null : x < y ? less : x > y ? greater : equal;
        }
      },
    },
  );
}

function compileNullSafe(call: CallExpression, a: CompiledNode, b: CompiledNode): CompiledNode {
  const compare = comparatorOf(call.args[0]!.type);
  return liftRows({ type: call.type, pure: true, quiet: true }, [a, b], (row, context) => {
    const x = a.row(row, context);
    const y = b.row(row, context);
    if (x === null || y === null) return x === y ? 1 : 0;
    return compare(x, y) === 0 ? 1 : 0;
  });
}

function call(name: string, args: readonly Expression[]): Expression {
  return {
    kind: 'call',
    name,
    args,
    type: withNullable(
      booleanType(),
      args.some((arg) => arg.type.nullable),
    ),
  };
}

/** Beside a text that is no date, BETWEEN and IN compare texts where `=` refuses. */
function lenientlyComparable(args: readonly Expression[], operation: string, options: ResolveOptions): Expression[] {
  try {
    return comparable(args, operation, options);
  } catch (error) {
    if (!(error instanceof SqlError) || error.errno !== 1525) throw error;
    const { collation } = aggregateCollations(args, operation, options, true);
    return args.map((arg) => castToText(arg, collation));
  }
}

/** `value BETWEEN low AND high`: two comparisons on one common representation of all three. */
const between: FunctionDefinition = {
  name: 'between',
  minArgs: 3,
  maxArgs: 3,
  pure: true,
  sequential: false,
  resolve: (args, options) => {
    const [value, low, high] = lenientlyComparable(args, 'between', options) as [Expression, Expression, Expression];
    return call('and', [call('>=', [value, low]), call('<=', [value, high])]);
  },
  compile: () => {
    throw new Error('BETWEEN is resolved into comparisons');
  },
};

/** `first IN (others …)`. Lists of constants of one class become a hash set at first use. */
const inList: FunctionDefinition = {
  name: 'in',
  minArgs: 2,
  maxArgs: Number.POSITIVE_INFINITY,
  pure: true,
  sequential: false,
  resolve: (args, options) => {
    const [value, ...items] = args as [Expression, ...Expression[]];
    const pairs = items.map((item) => lenientlyComparable([value, item], 'in', options));
    const classes = new Set(pairs.filter((_, i) => items[i]!.type.class !== 'null').map(([left]) => left!.type.class));
    if (classes.size > 1)
      return call(
        'or',
        pairs.map((pair) => call('=', pair)),
      );
    return call('in', lenientlyComparable(args, 'in', options));
  },
  compile: (node, args) => compileIn(node, args),
};

function compileIn(node: CallExpression, args: readonly CompiledNode[]): CompiledNode {
  const [value, ...items] = args as [CompiledNode, ...CompiledNode[]];
  const { type } = node.args[0]!;
  const traits = { type: node.type, pure: true, quiet: true };
  if (items.length > 4 && node.args.slice(1).every((arg) => arg.kind === 'constant')) {
    return compileInSet(
      node,
      value,
      node.args.slice(1).map((arg) => (arg.kind === 'constant' ? arg.value : null)),
    );
  }
  const compare: Comparator = comparatorOf(type);
  return liftRows(traits, args, (row, context) => {
    const x = value.row(row, context);
    if (x === null) return null;
    let sawNull = false;
    for (const item of items) {
      const y = item.row(row, context);
      if (y === null) sawNull = true;
      else if (compare(x, y) === 0) return 1;
    }
    return sawNull ? null : 0;
  });
}

function compileInSet(node: CallExpression, value: CompiledNode, constants: readonly Datum[]): CompiledNode {
  const key = groupKeyOf(node.args[0]!.type);
  const hasNull = constants.includes(null);
  const members = new Set(constants.filter((constant) => constant !== null).map(key));
  const otherwise = hasNull ? null : 0;
  const { row } = value;
  return kernel2(
    { type: node.type, pure: true, quiet: true },
    value,
    value,
    (input, context) => {
      const x = row(input, context);
      return x === null ? null : members.has(key(x)) ? 1 : otherwise;
    },
    {
      both: (xs, _ys, result) => {
        for (let i = 0; i < result.length; i++) {
          const x = xs[i]!;
          result[i] = x === null ? null : members.has(key(x)) ? 1 : otherwise;
        }
      },
      left: (_xs, constant, result) => {
        result.fill(members.has(key(constant)) ? 1 : otherwise);
      },
    },
  );
}

/** `(a, b) op (c, d)` by columns; `<` and its kin compare lexicographically. Operand counts must be equal. */
export function compareRows(
  name: ComparisonOperator,
  left: readonly Expression[],
  right: readonly Expression[],
  options: ResolveOptions,
): Expression {
  const compareAt = (operator: ComparisonOperator, i: number) =>
    compareExpressions(operator, left[i]!, right[i]!, options);
  if (left.length === 1) return compareAt(name, 0);
  switch (name) {
    case '=':
    case '<=>':
      return call(
        'and',
        left.map((_, i) => compareAt(name, i)),
      );
    case '<>':
      return call(
        'or',
        left.map((_, i) => compareAt('<>', i)),
      );
    default: {
      const strict = name[0] as '<' | '>';
      const rest = compareRows(name, left.slice(1), right.slice(1), options);
      return call('or', [compareAt(strict, 0), call('and', [compareAt('=', 0), rest])]);
    }
  }
}

export const comparisonFunctions: readonly FunctionDefinition[] = [...COMPARISONS.map(define), between, inList];
