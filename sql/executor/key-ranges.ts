/**
 * From key ranges with expressions to ranges of bytes. Ranges come out in key order and never overlap. A range may hold
 * more rows than the conditions allow (cut prefixes, rounded values); the plan keeps those conditions as filters.
 */

import { defined, type Key, type KeyRange, prefixNextKey } from '../../base/index.ts';
import {
  type CompiledExpression,
  compileExpression,
  type Datum,
  type EvaluationContext,
  type Expression,
  encodeHandleValues,
  encodeIntHandle,
  type FieldType,
  type IndexInfo,
  type TableInfo,
  type TimeZone,
} from '../../engine/index.ts';
import { keyParts } from '../planner/access-path.ts';
import type { KeyRanges, RangeBound } from '../planner/physical-plan.ts';
import { type KeyBound, keyBound } from './key-bounds.ts';
import { tableCodec } from './table-codec.ts';

/** Evaluates the ranges of one scan; compiled once per plan. */
export type RangeFunction = (context: EvaluationContext) => readonly KeyRange[];

interface CompiledValue {
  readonly value: CompiledExpression['evaluateRow'];
  readonly type: FieldType;
}

const MIN_NOT_NULL = '\x01';
/** NULL in a descending part: it lies behind all values. */
const DESCENDING_NULL = '\xff';
const NO_ROW: readonly Datum[] = [];

function compileValue(expression: Expression): CompiledValue {
  return { value: compileExpression(expression).evaluateRow, type: expression.type };
}

/** Encodes one value of a key part. */
type PartEncoder = (position: number, value: Datum, zone: TimeZone) => string;

export function compileRanges(table: TableInfo, index: IndexInfo | undefined, ranges: KeyRanges): RangeFunction {
  if (index === undefined && !table.isCommonHandle) return compileIntRanges(table, ranges);
  const codec = tableCodec(table);
  const indexCodec = index === undefined ? undefined : codec.indexCodec(index);
  const prefix: string = indexCodec?.prefix ?? codec.recordPrefix;
  const encode: PartEncoder =
    indexCodec === undefined
      ? (position, value, zone) => encodeHandlePart(table, position, value, zone)
      : (position, value, zone) => indexCodec.encodeColumn(position, value, zone);
  return compileKeyRanges(table, index, ranges, prefix, encode);
}

/** One part of a common handle: what it adds to the handle of the parts before it. */
function encodeHandlePart(table: TableInfo, position: number, value: Datum, zone: TimeZone): string {
  const primary = defined(
    table.indexes.find((index) => index.primary),
    'a clustered table has a primary key',
  );
  const single = { ...table, indexes: [{ ...primary, columns: primary.columns.slice(position, position + 1) }] };
  return encodeHandleValues(single, [value], zone);
}

function compileKeyRanges(
  table: TableInfo,
  index: IndexInfo | undefined,
  ranges: KeyRanges,
  prefix: string,
  encode: PartEncoder,
): RangeFunction {
  const parts = keyParts(table, index);
  const points = ranges.points.map((point) => ({ ...point, values: point.values.map(compileValue) }));
  const low = compileBound(ranges.low);
  const high = compileBound(ranges.high);
  return (context) => {
    const zone = context.timeZone;
    let prefixes = [prefix];
    for (let position = 0; position < points.length; position++) {
      const point = points[position] as (typeof points)[number];
      const { type } = parts[position] as (typeof parts)[number];
      const encoded = new Set<string>();
      for (const { value, type: from } of point.values) {
        const datum = value(NO_ROW, context);
        if (datum === null) {
          if (point.nullSafe) encoded.add(encode(position, null, zone));
          continue;
        }
        const bound = keyBound(datum, from, type);
        if (bound.kind === 'value' && bound.exact) encoded.add(encode(position, bound.floor, zone));
      }
      const sorted = [...encoded].sort(compareBinary);
      prefixes = prefixes.flatMap((start) => sorted.map((part) => start + part));
    }
    if (low === undefined && high === undefined) return prefixes.map(wholePrefix);
    const position = points.length;
    const part = parts[position] as (typeof parts)[number];
    const limits = boundLimits(low, high, part, context, (value) => encode(position, value, zone));
    if (limits === undefined) return [];
    return prefixes
      .map((start): KeyRange => ({ start: (start + limits.start) as Key, end: limitEnd(start, limits.end) }))
      .filter((range) => range.end === undefined || range.start < range.end);
  };
}

function compareBinary(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function wholePrefix(prefix: string): KeyRange {
  return { start: prefix as Key, end: prefixNextKey(prefix as Key) };
}

function limitEnd(prefix: string, end: string | undefined): Key | undefined {
  return end === undefined ? prefixNextKey(prefix as Key) : ((prefix + end) as Key);
}

interface CompiledBound extends CompiledValue {
  readonly open: boolean;
}

function compileBound(bound: RangeBound | undefined): CompiledBound | undefined {
  return bound === undefined ? undefined : { ...compileValue(bound.value), open: bound.open };
}

interface Limits {
  readonly start: string;
  /** Undefined: to the end of the prefix. */
  readonly end: string | undefined;
}

/** Undefined when nothing can lie between the bounds. */
function boundLimits(
  low: CompiledBound | undefined,
  high: CompiledBound | undefined,
  part: { readonly type: FieldType; readonly descending: boolean; readonly prefix: boolean },
  context: EvaluationContext,
  encode: (value: Datum) => string,
): Limits | undefined {
  const lower = low === undefined ? undefined : evaluateBound(low, part.type, context);
  const upper = high === undefined ? undefined : evaluateBound(high, part.type, context);
  if (lower === null || upper === null) return undefined;
  if (lower?.kind === 'above' || upper?.kind === 'below') return undefined;
  const lowKey = lower?.kind === 'value' ? encode(lower.floor) : undefined;
  const highKey = upper?.kind === 'value' ? encode(upper.floor) : undefined;
  const after = (key: string): string => prefixNextKey(key as Key) ?? `${key}\xff`;
  const skipLow = lower?.kind === 'value' && !part.prefix && ((low?.open ?? false) || !lower.exact);
  const keepHigh = upper?.kind === 'value' && (part.prefix || !(high?.open ?? false) || !upper.exact);
  if (part.descending) {
    return {
      start: highKey === undefined ? '' : keepHigh ? highKey : after(highKey),
      end: lowKey === undefined ? DESCENDING_NULL : skipLow ? lowKey : after(lowKey),
    };
  }
  return {
    start: lowKey === undefined ? MIN_NOT_NULL : skipLow ? after(lowKey) : lowKey,
    end: highKey === undefined ? undefined : keepHigh ? after(highKey) : highKey,
  };
}

/** Null when the bound is NULL: no value compares with it. */
function evaluateBound(bound: CompiledBound, column: FieldType, context: EvaluationContext): KeyBound | null {
  const value = bound.value(NO_ROW, context);
  return value === null ? null : keyBound(value, bound.type, column);
}

/* ------------------------------------------------------------------ integer handles */

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Record ranges of integer handles; unsigned values from 2^63 on lie before 0 and need a range of their own. */
function compileIntRanges(table: TableInfo, ranges: KeyRanges): RangeFunction {
  const codec = tableCodec(table);
  const prefix = codec.recordPrefix;
  const whole = [wholePrefix(prefix)];
  const type = table.columns[codec.handleOffset]?.type;
  if (type === undefined) return () => whole;
  const key = (value: bigint): Key => (prefix + encodeIntHandle(value)) as Key;
  const between = (from: bigint, to: bigint): KeyRange[] => {
    if (from > to) return [];
    return [{ start: key(from), end: prefixNextKey(key(to)) }];
  };
  const spread = (from: bigint, to: bigint): KeyRange[] => {
    if (!type.unsigned) return between(from, to);
    const low = between(from, to < INT64_MAX ? to : INT64_MAX);
    const high = to > INT64_MAX ? between(from > INT64_MAX ? from : INT64_MAX + 1n, to) : [];
    return [...low, ...high];
  };
  const minimum = type.unsigned ? 0n : INT64_MIN;
  const maximum = type.unsigned ? 2n ** 64n - 1n : INT64_MAX;
  const [point] = ranges.points;
  if (point !== undefined) {
    const values = point.values.map(compileValue);
    return (context) => {
      const found = new Set<bigint>();
      for (const { value, type: from } of values) {
        const datum = value(NO_ROW, context);
        if (datum === null) continue;
        const bound = keyBound(datum, from, type);
        if (bound.kind === 'value' && bound.exact) found.add(BigInt(bound.floor as number | bigint));
      }
      const sorted = [...found].sort((left, right) => (left < right ? -1 : 1));
      return sorted.flatMap((value) => spread(value, value));
    };
  }
  const low = compileBound(ranges.low);
  const high = compileBound(ranges.high);
  if (low === undefined && high === undefined) return type.unsigned ? () => spread(minimum, maximum) : () => whole;
  return (context) => {
    const lower = low === undefined ? undefined : evaluateBound(low, type, context);
    const upper = high === undefined ? undefined : evaluateBound(high, type, context);
    if (lower === null || upper === null || lower?.kind === 'above' || upper?.kind === 'below') return [];
    let from = minimum;
    let to = maximum;
    if (lower?.kind === 'value') {
      from = BigInt(lower.floor as number | bigint);
      if (low?.open === true || !lower.exact) from += 1n;
    }
    if (upper?.kind === 'value') {
      to = BigInt(upper.floor as number | bigint);
      if (high?.open === true && upper.exact) to -= 1n;
    }
    return spread(from, to);
  };
}
