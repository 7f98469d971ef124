/** One partition of a window: peers, frames, and the value of each function for each row. */

import { sqlErrors } from '../errors/sql-errors.ts';
import type { Accumulator } from '../expression/aggregate/accumulator.ts';
import { type CompiledAggregate, compileAggregate } from '../expression/aggregate/compile-aggregate.ts';
import { comparatorOf, nullsFirst } from '../expression/compare.ts';
import { type CompiledExpression, compileExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Frame, FrameBound, WindowDescriptor } from '../expression/window/window-function.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { plainVector, rowAt, sliceBatch } from '../vector/row-store.ts';
import { rowOrder, type SortItem, sortKeys } from './sort-key.ts';

export interface CompiledWindowFunction {
  readonly name: string;
  readonly type: FieldType;
  readonly args: readonly CompiledExpression[];
  /** Over a batch of the argument columns alone. */
  readonly aggregate: CompiledAggregate | undefined;
}

export function compileWindowFunction(descriptor: WindowDescriptor): CompiledWindowFunction {
  const { name, type, args, aggregate } = descriptor;
  const inner =
    aggregate === undefined
      ? undefined
      : compileAggregate({
          ...aggregate,
          args: aggregate.args.map((arg, index) => ({ kind: 'column', index, type: arg.type, name: '' })),
          orderBy: [],
        });
  return { name, type, args: args.map(compileExpression), aggregate: inner };
}

export class Partition {
  readonly rows: Batch;
  /** First row of each row's peer group, and the first row after it. */
  readonly peerStart: readonly number[];
  readonly peerEnd: readonly number[];
  readonly #orderBy: readonly SortItem[];
  readonly #frame: Frame | undefined;
  readonly #context: EvaluationContext;
  #orderValues: readonly Datum[] | undefined;

  constructor(rows: Batch, orderBy: readonly SortItem[], frame: Frame | undefined, context: EvaluationContext) {
    this.rows = rows;
    this.#orderBy = orderBy;
    this.#frame = frame;
    this.#context = context;
    const { length } = rows;
    const start = new Array<number>(length).fill(0);
    const end = new Array<number>(length).fill(length);
    if (orderBy.length > 0) {
      const order = rowOrder(
        orderBy,
        orderBy.map((item) => sortKeys(item, rows, context)),
      );
      for (let i = 1; i < length; i++) start[i] = order(i - 1, i) === 0 ? start[i - 1]! : i;
      for (let i = length - 2; i >= 0; i--) end[i] = start[i + 1] === start[i] ? end[i + 1]! : i + 1;
    }
    this.peerStart = start;
    this.peerEnd = end;
  }

  get length(): number {
    return this.rows.length;
  }

  /** The frame of a row: first row and the row after the last; empty when equal. */
  frameOf(row: number): readonly [number, number] {
    const frame = this.#frame;
    if (frame === undefined) return [0, this.#orderBy.length === 0 ? this.length : this.peerEnd[row]!];
    const start = Math.max(0, this.#boundary(frame, frame.start, row, false));
    const end = Math.min(this.length, this.#boundary(frame, frame.end, row, true));
    return start < end ? [start, end] : [0, 0];
  }

  #boundary(frame: Frame, bound: FrameBound, row: number, isEnd: boolean): number {
    switch (bound.kind) {
      case 'unbounded-preceding':
        return 0;
      case 'unbounded-following':
        return this.length;
      case 'current-row':
        if (frame.unit === 'rows') return isEnd ? row + 1 : row;
        return isEnd ? this.peerEnd[row]! : this.peerStart[row]!;
      case 'rows': {
        const count = bound.count.evaluateRow([], this.#context);
        if (count === null || (count as number) < 0) throw sqlErrors.windowFrameIllegal('<unnamed window>');
        return row + bound.sign * Number(count) + (isEnd ? 1 : 0);
      }
      case 'range':
        return this.#rangeBoundary(bound.target, row, isEnd);
    }
  }

  /** Rows of equal order key with the target belong to the frame; a NULL key frames its peers only. */
  #rangeBoundary(target: CompiledExpression, row: number, isEnd: boolean): number {
    const item = this.#orderBy[0]!;
    this.#orderValues ??= item.expression.evaluate(this.rows, this.#context).values;
    if (this.#orderValues[row] === null) return isEnd ? this.peerEnd[row]! : this.peerStart[row]!;
    const wanted = target.evaluateRow(rowAt(this.rows, row), this.#context);
    const compare = mixedComparator(item.expression.type, target.type);
    const sign = item.descending ? -1 : 1;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = nullsFirst(compare)(this.#orderValues[middle]!, wanted) * sign;
      if (order < 0 || (isEnd && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Order keys and targets may differ in class (int key, decimal offset): numbers then compare as doubles. */
function mixedComparator(left: FieldType, right: FieldType): (left: Datum, right: Datum) => number {
  if (left.class === right.class) return comparatorOf(left);
  const toNumber = (value: Datum) => Number(String(value));
  return (x, y) => toNumber(x) - toNumber(y);
}

/** The function's value for every row of the partition. */
export function computeWindow(each: CompiledWindowFunction, partition: Partition, context: EvaluationContext): Datum[] {
  if (each.aggregate !== undefined) return aggregateOverFrames(each, each.aggregate, partition, context);
  const { length } = partition;
  switch (each.name) {
    case 'row_number':
      return fill(length, (row) => row + 1);
    case 'rank':
      return fill(length, (row) => partition.peerStart[row]! + 1);
    case 'dense_rank':
      return denseRanks(partition);
    case 'percent_rank':
      return fill(length, (row) => (length === 1 ? 0 : partition.peerStart[row]! / (length - 1)));
    case 'cume_dist':
      return fill(length, (row) => partition.peerEnd[row]! / length);
    case 'ntile':
      return ntile(each, partition, context);
    case 'lag':
    case 'lead':
      return shifted(each, partition, context);
    default:
      return frameValues(each, partition, context);
  }
}

function fill(length: number, valueAt: (row: number) => Datum): Datum[] {
  return Array.from({ length }, (_, row) => valueAt(row));
}

function denseRanks(partition: Partition): Datum[] {
  let rank = 0;
  return fill(partition.length, (row) => (partition.peerStart[row] === row ? ++rank : rank));
}

function ntile(each: CompiledWindowFunction, partition: Partition, context: EvaluationContext): Datum[] {
  const buckets = Number(each.args[0]!.evaluateRow([], context) ?? 0);
  if (buckets <= 0) throw sqlErrors.wrongArguments('ntile');
  const size = Math.floor(partition.length / buckets);
  const larger = partition.length % buckets;
  const inLarger = larger * (size + 1);
  return fill(partition.length, (row) =>
    row < inLarger ? Math.floor(row / (size + 1)) + 1 : larger + Math.floor((row - inLarger) / size) + 1,
  );
}

function shifted(each: CompiledWindowFunction, partition: Partition, context: EvaluationContext): Datum[] {
  const [value, offset, otherwise] = each.args;
  const { values } = value!.evaluate(partition.rows, context);
  const distance = offset === undefined ? 1 : Number(offset.evaluateRow([], context) ?? 0);
  const by = each.name === 'lag' ? -distance : distance;
  const defaults = otherwise?.evaluate(partition.rows, context).values;
  return fill(partition.length, (row) => {
    const source = row + by;
    if (source >= 0 && source < partition.length) return values[source]!;
    return defaults === undefined ? null : defaults[row]!;
  });
}

function frameValues(each: CompiledWindowFunction, partition: Partition, context: EvaluationContext): Datum[] {
  const { values } = each.args[0]!.evaluate(partition.rows, context);
  const nth = each.name === 'nth_value' ? Number(each.args[1]!.evaluateRow([], context) ?? 0) : 1;
  if (nth <= 0) throw sqlErrors.wrongArguments('nth_value');
  return fill(partition.length, (row) => {
    const [start, end] = partition.frameOf(row);
    const index = each.name === 'last_value' ? end - 1 : start + nth - 1;
    return index >= start && index < end ? values[index]! : null;
  });
}

/** Frames that start where the last one did are extended; others are computed afresh. */
function aggregateOverFrames(
  each: CompiledWindowFunction,
  aggregate: CompiledAggregate,
  partition: Partition,
  context: EvaluationContext,
): Datum[] {
  const inputs: Batch = {
    length: partition.length,
    columns: each.args.map((arg) => plainVector(arg.type, arg.evaluate(partition.rows, context).values)),
  };
  let accumulator: Accumulator | undefined;
  let from = 0;
  let to = 0;
  let last: Datum = null;
  return fill(partition.length, (row) => {
    const [start, end] = partition.frameOf(row);
    if (accumulator !== undefined && start === from && end === to) return last;
    if (accumulator === undefined || start !== from || end < to) {
      accumulator = aggregate.accumulator();
      accumulator.reserve(1);
      from = start;
      to = start;
    }
    if (end > to) accumulator.add(sliceBatch(inputs, to, end), new Array<number>(end - to).fill(0), context);
    to = end;
    last = accumulator.result(0, context);
    return last;
  });
}
