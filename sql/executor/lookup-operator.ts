/**
 * Reads through an index that leads to records, both halves computed where the data lies. Entries are taken in groups that
 * grow; the records of a group are read in their own order and put back into that of the index. Where stores answer later,
 * several groups are under way, a bounded number of them, and none ahead of the first.
 */

import { chain, isPromise, type Key, type KeyRange, nextKey, type ValueOrPromise } from '../../base/index.ts';
import { type Batch, type Datum, encodeIntHandle, type FieldType, type Operator } from '../../engine/index.ts';
import type { PhysicalLookup } from '../planner/physical-plan.ts';
import { DagRows } from './dag-rows.ts';
import type { ExecutionContext } from './execution-context.ts';
import type { CompiledReader } from './reader-operator.ts';
import { batchOf, emptyVectors } from './table-access.ts';
import { tableCodec } from './table-codec.ts';

/** Entries in the first group, and at most. */
const FIRST_GROUP = 256;
const MAX_GROUP = 2048;
/** Groups under way besides the one that is waited for. */
const MAX_AHEAD = 3;

type Handle = number | bigint;

/** Rows of a group in the order of the index; null behind the last one. */
type Group = Batch | null;

export class LookupOperator implements Operator {
  readonly output: readonly FieldType[];
  readonly #reader: CompiledReader;
  readonly #lookup: PhysicalLookup;
  readonly #context: ExecutionContext;
  readonly #recordPrefix: Key;
  #parameters: readonly Datum[] = [];
  #entries: DagRows | undefined;
  /** The last group of entries that was asked for: the next one follows it. */
  #gathering: ValueOrPromise<readonly Handle[]> = [];
  #groupSize = FIRST_GROUP;
  #isAtEnd = false;
  readonly #ahead: ValueOrPromise<Group>[] = [];
  #maxAhead = 0;

  constructor(reader: CompiledReader, lookup: PhysicalLookup, context: ExecutionContext) {
    this.#reader = reader;
    this.#lookup = lookup;
    this.#context = context;
    this.output = reader.output;
    this.#recordPrefix = tableCodec(reader.plan.scan.table).recordPrefix;
  }

  open(): void {
    const { ranges, parameters } = this.#reader;
    const { evaluation } = this.#context;
    this.#parameters = parameters(evaluation);
    this.#entries = new DagRows(this.#context, this.#lookup.dag, ranges(evaluation), this.#parameters);
  }

  next(): ValueOrPromise<Batch | null> {
    for (;;) {
      this.#context.evaluation.checkInterrupted();
      const group = this.#ahead.shift() ?? this.#nextGroup();
      if (isPromise(group)) {
        this.#askAhead();
        return group.then((late) => (this.#isEmpty(late) ? this.next() : late));
      }
      if (!this.#isEmpty(group)) return group;
    }
  }

  /** A group without rows, which is not the end. */
  #isEmpty(group: Group): boolean {
    this.#maxAhead = Math.min(MAX_AHEAD, this.#maxAhead * 2 + 1);
    return group !== null && group.length === 0;
  }

  #askAhead(): void {
    while (this.#ahead.length < this.#maxAhead && !this.#isAtEnd) {
      const group = this.#nextGroup();
      // Whoever takes the group hears of its failure.
      if (isPromise(group)) group.catch(() => undefined);
      this.#ahead.push(group);
    }
  }

  #nextGroup(): ValueOrPromise<Group> {
    const size = this.#groupSize;
    this.#groupSize = Math.min(MAX_GROUP, size * 2);
    this.#gathering = chain(this.#gathering, () => this.#gather([], size));
    return chain(this.#gathering, (handles) => (handles.length === 0 ? null : this.#records(handles)));
  }

  /** The handles of about `size` entries. */
  #gather(handles: Handle[], size: number): ValueOrPromise<readonly Handle[]> {
    while (handles.length < size && !this.#isAtEnd) {
      const batch = this.#entries?.next() ?? null;
      if (isPromise(batch)) return batch.then((late) => this.#gather(this.#take(handles, late), size));
      this.#take(handles, batch);
    }
    return handles;
  }

  #take(handles: Handle[], batch: Batch | null): Handle[] {
    if (batch === null) this.#isAtEnd = true;
    else for (const handle of batch.columns.at(-1)?.values ?? []) handles.push(handle as Handle);
    return handles;
  }

  #records(handles: readonly Handle[]): ValueOrPromise<Group> {
    const keys = handles.map((handle) => `${this.#recordPrefix}${encodeIntHandle(handle)}` as Key).sort(compareKeys);
    const ranges = keys.map((start): KeyRange => ({ start, end: nextKey(start) }));
    const rows = new DagRows(this.#context, this.#reader.plan.dag, ranges, this.#parameters);
    const collected = this.#collect(rows, []);
    const finish = (batches: readonly Batch[]): ValueOrPromise<Group> =>
      chain(rows.close(), () => inOrder(handles, batches, this.output));
    return chain(collected, finish);
  }

  #collect(rows: DagRows, batches: Batch[]): ValueOrPromise<readonly Batch[]> {
    for (;;) {
      const batch = rows.next();
      if (isPromise(batch)) {
        return batch.then((late) => {
          if (late === null) return batches;
          batches.push(late);
          return this.#collect(rows, batches);
        });
      }
      if (batch === null) return batches;
      batches.push(batch);
    }
  }

  close(): ValueOrPromise<void> {
    this.#isAtEnd = true;
    this.#ahead.length = 0;
    return this.#entries?.close();
  }
}

function compareKeys(left: Key, right: Key): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The rows of `batches`, whose last column is their handle, in the order of `handles`; without that column. */
function inOrder(handles: readonly Handle[], batches: readonly Batch[], types: readonly FieldType[]): Batch {
  const places = new Map<Handle, { readonly batch: Batch; readonly row: number }>();
  for (const batch of batches) {
    const column = batch.columns.at(-1)?.values ?? [];
    for (let row = 0; row < batch.length; row++) places.set(column[row] as Handle, { batch, row });
  }
  const vectors = emptyVectors(types.length);
  let length = 0;
  for (const handle of handles) {
    const place = places.get(handle);
    if (place === undefined) continue;
    length++;
    for (let i = 0; i < vectors.length; i++) {
      (vectors[i] as Datum[]).push((place.batch.columns[i] as Batch['columns'][number]).values[place.row] as Datum);
    }
  }
  return batchOf(vectors, types, length);
}
