/**
 * Table and index scans. Rows are decoded from key-value pairs straight into vectors; batches start small, so that short
 * queries read little, and grow. An index that does not hold all columns is followed by a batched read of the records, in
 * index order. Scans of locking statements lock the rows that pass their conditions before handing them on, and no more
 * rows than the plan above will take.
 */

import { chain, isPromise, type Key, type KeyRange, type KvPair, type ValueOrPromise } from '../../base/index.ts';
import {
  type Batch,
  type CompiledPredicate,
  compilePredicate,
  type FieldType,
  indexAppender,
  type Operator,
  type RowAppender,
  recordAppender,
} from '../../engine/index.ts';
import type { Scanner } from '../../tikv-lite/index.ts';
import type { PhysicalScan } from '../planner/physical-plan.ts';
import { conjunction } from './conjunction.ts';
import type { ExecutionContext, OperatorFactory } from './execution-context.ts';
import { compileRanges, type RangeFunction } from './key-ranges.ts';
import { lockRows } from './row-locker.ts';
import { batchOf, emptyVectors, gather } from './table-access.ts';
import { type TableCodec, tableCodec } from './table-codec.ts';

const FIRST_BATCH = 128;
const MAX_BATCH = 1024;

/** What all executions of one scan share. */
export interface CompiledScan {
  readonly plan: PhysicalScan;
  readonly codec: TableCodec;
  readonly ranges: RangeFunction;
  readonly append: RowAppender;
  readonly predicate: CompiledPredicate | undefined;
  readonly output: readonly FieldType[];
  /** The index entries lead to records. */
  readonly lookup: boolean;
}

/** How many rows of an operator the plan above it takes at most, in one execution. */
export type RowGoal = (context: ExecutionContext) => number;

export function compileScan(plan: PhysicalScan, goal: RowGoal | undefined): OperatorFactory {
  const lookup = plan.index !== undefined && !plan.covering;
  const compiled: CompiledScan = {
    plan,
    codec: tableCodec(plan.table),
    ranges: compileRanges(plan.table, plan.index, plan.ranges),
    append:
      plan.index !== undefined && plan.covering
        ? indexAppender(plan.table, plan.index, plan.offsets)
        : recordAppender(plan.table, plan.offsets),
    predicate: plan.conditions.length === 0 ? undefined : compilePredicate(conjunction(plan.conditions)),
    output: plan.columns.map((column) => column.type),
    lookup,
  };
  return (context) => {
    const wanted = goal === undefined ? Number.POSITIVE_INFINITY : goal(context);
    return new ScanOperator(compiled, context, wanted);
  };
}

class ScanOperator implements Operator {
  readonly output: readonly FieldType[];
  readonly #scan: CompiledScan;
  readonly #context: ExecutionContext;
  #ranges: readonly KeyRange[] = [];
  #rangeAt = 0;
  #scanner: Scanner | undefined;
  #batchSize: number;
  /** Rows that the plan above will still take; of interest where they are locked. */
  #wanted: number;

  constructor(scan: CompiledScan, context: ExecutionContext, wanted: number) {
    this.#scan = scan;
    this.#context = context;
    this.output = scan.output;
    const isExact = scan.predicate === undefined && wanted !== Number.POSITIVE_INFINITY;
    this.#batchSize = Math.max(1, Math.min(MAX_BATCH, isExact ? wanted : FIRST_BATCH));
    this.#wanted = wanted;
  }

  open(): void {
    const ranges = this.#scan.ranges(this.#context.evaluation);
    this.#ranges = this.#scan.plan.reverse ? ranges.toReversed() : ranges;
  }

  next(): ValueOrPromise<Batch | null> {
    for (;;) {
      const scanner = this.#currentScanner();
      if (scanner === undefined) return null;
      this.#context.evaluation.checkInterrupted();
      const pairs = scanner.next(this.#batchSize);
      if (isPromise(pairs)) return pairs.then((page) => this.#continue(page));
      const batch = this.#take(pairs);
      if (isPromise(batch)) return batch.then((ready) => (ready === undefined ? this.next() : ready));
      if (batch !== undefined) return batch;
    }
  }

  #continue(pairs: readonly KvPair[]): ValueOrPromise<Batch | null> {
    return chain(this.#take(pairs), (batch) => batch ?? this.next());
  }

  #currentScanner(): Scanner | undefined {
    if (this.#scanner !== undefined) return this.#scanner;
    const range = this.#ranges[this.#rangeAt];
    if (range === undefined) return undefined;
    this.#scanner = this.#context.reader.scan(range, { reverse: this.#scan.plan.reverse, limit: this.#batchSize });
    return this.#scanner;
  }

  /** Rows of one page that pass; undefined when none do or the range is at its end. */
  #take(pairs: readonly KvPair[]): ValueOrPromise<Batch | undefined> {
    if (pairs.length === 0) {
      this.#scanner?.close();
      this.#scanner = undefined;
      this.#rangeAt++;
      return undefined;
    }
    if (pairs.length >= this.#batchSize) this.#batchSize = Math.min(MAX_BATCH, this.#batchSize * 2);
    return this.#scan.lookup ? this.#lookUp(pairs) : this.#decode(pairs);
  }

  #lookUp(entries: readonly KvPair[]): ValueOrPromise<Batch | undefined> {
    const { plan, codec } = this.#scan;
    const index = codec.indexCodec(plan.index as NonNullable<typeof plan.index>);
    const keys = entries.map((entry) => codec.recordKey(index.decodeHandle(entry.key, entry.value)));
    return chain(this.#context.reader.batchGet(keys), (found) => {
      const records: KvPair[] = [];
      for (const key of keys) {
        const value = found.get(key);
        if (value !== undefined) records.push({ key, value });
      }
      return this.#decode(records);
    });
  }

  #decode(pairs: readonly KvPair[]): ValueOrPromise<Batch | undefined> {
    const { append, output, predicate } = this.#scan;
    const { evaluation } = this.#context;
    const vectors = emptyVectors(output.length);
    for (const pair of pairs) append(vectors, pair.key, pair.value, evaluation.timeZone);
    let batch = batchOf(vectors, output, pairs.length);
    let rows: readonly number[] | undefined;
    if (predicate !== undefined) {
      rows = predicate.select(batch, evaluation);
      if (rows.length === 0) return undefined;
      batch = gather(batch, rows);
    }
    if (this.#scan.plan.lock === undefined || this.#context.locks === undefined) return batch;
    const keys = (rows?.map((row) => pairs[row] as KvPair) ?? pairs).map((pair) => this.#recordKey(pair));
    return chain(lockRows(this.#context.locks, this.#scan.plan.lock, keys, this.#wanted), (locked) => {
      this.#wanted -= locked.length;
      return locked.length === 0 ? undefined : gather(batch, locked);
    });
  }

  #recordKey(pair: KvPair): Key {
    const { plan, codec, lookup } = this.#scan;
    if (plan.index === undefined || lookup) return pair.key;
    return codec.recordKey(codec.indexCodec(plan.index).decodeHandle(pair.key, pair.value));
  }

  close(): void {
    this.#scanner?.close();
    this.#scanner = undefined;
  }
}
