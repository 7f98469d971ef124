/** At most one row by a unique key, inside a larger plan. The hot path of single point reads is in `point-select.ts`. */

import { chain, type Key, type ValueOrPromise } from '../../base/index.ts';
import {
  type Batch,
  type CompiledPredicate,
  compilePredicate,
  type FieldType,
  type IndexCodec,
  type Operator,
  type RowAppender,
  recordAppender,
} from '../../engine/index.ts';
import { TransactionError } from '../../tikv-lite/index.ts';
import type { PhysicalPointGet } from '../planner/physical-plan.ts';
import { conjunction } from './conjunction.ts';
import type { ExecutionContext, OperatorFactory } from './execution-context.ts';
import { compileKey, type KeyFunction } from './key-function.ts';
import { batchOf, emptyVectors } from './table-access.ts';
import { type TableCodec, tableCodec } from './table-codec.ts';

interface IndexEntry {
  readonly index: IndexCodec;
  readonly key: Key;
}

interface CompiledPointGet {
  readonly plan: PhysicalPointGet;
  readonly codec: TableCodec;
  /** The record key, or the index key where the row is found through a unique index. */
  readonly key: KeyFunction;
  readonly viaIndex: boolean;
  readonly append: RowAppender;
  readonly predicate: CompiledPredicate | undefined;
  readonly output: readonly FieldType[];
}

export function compilePointGet(plan: PhysicalPointGet): OperatorFactory {
  const compiled: CompiledPointGet = {
    plan,
    codec: tableCodec(plan.table),
    key: compileKey(plan.table, plan.index, plan.key),
    viaIndex: plan.index !== undefined && !plan.index.primary,
    append: recordAppender(plan.table, plan.offsets),
    predicate: plan.conditions.length === 0 ? undefined : compilePredicate(conjunction(plan.conditions)),
    output: plan.columns.map((column) => column.type),
  };
  return (context) => new PointGet(compiled, context);
}

class PointGet implements Operator {
  readonly output: readonly FieldType[];
  readonly #get: CompiledPointGet;
  readonly #context: ExecutionContext;
  #done = false;

  constructor(get: CompiledPointGet, context: ExecutionContext) {
    this.#get = get;
    this.#context = context;
    this.output = get.output;
  }

  open(): void {
    this.#done = false;
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#done) return null;
    this.#done = true;
    const key = this.#get.key(this.#context.evaluation);
    if (key === undefined) return null;
    if (!this.#get.viaIndex) return this.#readRecord(key, undefined);
    return chain(this.#context.reader.get(key), (entry) => {
      if (entry === undefined) return null;
      const { plan, codec } = this.#get;
      const index = codec.indexCodec(plan.index as NonNullable<typeof plan.index>);
      return this.#readRecord(codec.recordKey(index.decodeHandle(key, entry)), { index, key });
    });
  }

  /** `via`: the entry of the unique index that led here. */
  #readRecord(key: Key, via: IndexEntry | undefined): ValueOrPromise<Batch | null> {
    const { locks } = this.#context;
    const { lock } = this.#get.plan;
    if (lock === undefined || locks === undefined) {
      return chain(this.#context.reader.get(key), (value) => this.#decode(key, value));
    }
    // Locking first makes the read repeatable without a retry: the lock is taken on the newest version.
    const { transaction, forUpdateTs } = locks;
    const taken = transaction.lockKeys([key], {
      forUpdateTs,
      waitTimeoutMs: lock.wait === 'wait' ? locks.waitTimeoutMs : 0,
      skipLocked: lock.wait === 'skip-locked',
      returnValues: true,
      onlyIfExists: via === undefined && !locks.locksMissingKeys,
    });
    return chain(taken, ({ locked, values }) => {
      if (locked.length === 0) return null;
      const buffered = transaction.buffered(key);
      const value = buffered === undefined ? values.get(key) : (buffered ?? undefined);
      if (via !== undefined) this.#checkEntry(key, value, via);
      return this.#decode(key, value);
    });
  }

  /** The locked row may be newer than the entry: if that leads elsewhere by now, the statement has to look again. */
  #checkEntry(key: Key, value: Uint8Array | undefined, via: IndexEntry): void {
    const { codec } = this.#get;
    const zone = this.#context.evaluation.timeZone;
    const handle = codec.handleOf(key);
    const row = value === undefined ? undefined : codec.rowDecoder().decode(handle, value, zone);
    if (row !== undefined && via.index.encodeKey(row, handle, zone) === via.key) return;
    throw new TransactionError('write-conflict', 'the row that was locked is another one than the index led to', key);
  }

  #decode(key: Key, value: Uint8Array | undefined): Batch | null {
    if (value === undefined) return null;
    const { append, output, predicate } = this.#get;
    const { evaluation } = this.#context;
    const vectors = emptyVectors(output.length);
    append(vectors, key, value, evaluation.timeZone);
    const batch = batchOf(vectors, output, 1);
    return predicate !== undefined && predicate.select(batch, evaluation).length === 0 ? null : batch;
  }

  close(): void {}
}
