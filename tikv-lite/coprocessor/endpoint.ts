/**
 * The store's side of a coprocessor call: runs a DAG over the MVCC data of one region.
 *
 * A reply covers as many rows as its page, its bytes and its memory allow, and tells what remains; what is aggregated or
 * cut is so for the rows of the reply. A lock in the way ends the reply before it; when nothing was read yet, the lock is
 * the answer. Each slice looks at the region anew, so that a region that split or lost its leader in between fails the
 * call instead of answering for others.
 */

import {
  chain,
  isPromise,
  type Key,
  type KeyRange,
  type KvPair,
  nextKey,
  type ValueOrPromise,
} from '../../base/index.ts';
import { type Batch, batchBytes, drain, type Operator, SqlError } from '../../engine/index.ts';
import type { ScanPage } from '../mvcc/read.ts';
import { LockedRead, type RegionService } from '../txn/region-service.ts';
import { compileDag, type PairSource } from './compile-dag.ts';
import { DagEvaluation } from './dag-evaluation.ts';
import { REPLY_BYTES, SLICE_ROWS } from './limits.ts';
import type { CoprocessorReply, CoprocessorRequest } from './request.ts';

export interface CoprocessorRegion {
  scan: RegionService['scan'];
  batchGet: RegionService['batchGet'];
  /** Resolves in a later turn of the store. */
  pause(): Promise<void>;
}

export function runCoprocessor(
  region: CoprocessorRegion,
  request: CoprocessorRequest,
): ValueOrPromise<CoprocessorReply | LockedRead> {
  const source = new RegionSource(region, request);
  const evaluation = new DagEvaluation(request.parameters, request.settings, () => source.pauseIfDue());
  const batches: Batch[] = [];
  let bytes = 0;
  const keep = (batch: Batch): void => {
    batches.push(batch);
    bytes += batchBytes(batch);
  };
  if (Number.isFinite(request.pageRows)) source.isFull = () => bytes >= REPLY_BYTES || evaluation.isFull;
  const reply = (): CoprocessorReply | LockedRead => {
    if (source.locked !== undefined) return source.locked;
    return { kind: 'rows', batches, warnings: evaluation.warnings, rest: source.rest };
  };
  const failed = (error: unknown): CoprocessorReply => {
    if (!(error instanceof SqlError)) throw error;
    return { kind: 'failed', error, warnings: evaluation.warnings };
  };
  try {
    const operator = compileDag(request.dag).make(source, evaluation);
    const done = collect(operator, evaluation, keep);
    return isPromise(done) ? done.then(reply, failed) : reply();
  } catch (error) {
    return failed(error);
  }
}

/** Every call makes operators of its own: what is left open after an error is dropped with them. */
function collect(operator: Operator, evaluation: DagEvaluation, keep: (batch: Batch) => void): ValueOrPromise<void> {
  return chain(operator.open(), () => chain(drain(operator, evaluation, keep), () => operator.close()));
}

type KeysRead = Awaited<ReturnType<RegionService['batchGet']>>;

/** The pairs of a request's ranges, until the page is full or a lock is met. */
class RegionSource implements PairSource {
  readonly #region: CoprocessorRegion;
  readonly #request: CoprocessorRequest;
  readonly #reverse: boolean;
  /** In scan order, the next one last. */
  readonly #rest: KeyRange[];
  #rowsLeft: number;
  #rowsInSlice = 0;
  #hasRead = false;
  isFull: () => boolean = () => false;
  /** The lock that was met before anything was read. */
  locked: LockedRead | undefined;

  constructor(region: CoprocessorRegion, request: CoprocessorRequest) {
    this.#region = region;
    this.#request = request;
    this.#reverse = request.dag.scan.reverse;
    this.#rest = this.#reverse ? [...request.ranges] : request.ranges.toReversed();
    this.#rowsLeft = request.pageRows;
  }

  /** Ascending, as in the request. */
  get rest(): readonly KeyRange[] {
    return this.#reverse ? this.#rest : this.#rest.toReversed();
  }

  pauseIfDue(): Promise<void> | undefined {
    if (this.#rowsInSlice < SLICE_ROWS) return undefined;
    this.#rowsInSlice = 0;
    return this.#region.pause();
  }

  next(maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    for (;;) {
      const range = this.#rest.at(-1);
      if (range === undefined || this.#isDone()) return [];
      const { at, bypass } = this.#request;
      const limit = Math.min(maxPairs, this.#rowsLeft);
      const keys = this.#leadingKeys(limit);
      if (keys.length > 1) {
        return chain(this.#region.batchGet(keys, at, bypass), (found) =>
          this.#taken(this.#takeKeys(keys, found), maxPairs),
        );
      }
      const page = this.#region.scan(range, at, limit, this.#reverse, bypass);
      if (isPromise(page)) return page.then((late) => this.#continue(late, limit, maxPairs));
      const pairs = this.#take(page, limit);
      if (pairs === undefined || pairs.length > 0) return pairs ?? [];
      const pause = this.pauseIfDue();
      if (pause !== undefined) return pause.then(() => this.next(maxPairs));
    }
  }

  /** Single keys in front of the ranges, as of a reader that comes from an index. */
  #leadingKeys(limit: number): readonly Key[] {
    const keys: Key[] = [];
    for (let at = this.#rest.length - 1; at >= 0 && keys.length < limit; at--) {
      const { start, end } = this.#rest[at] as KeyRange;
      if (end === undefined || end.length !== start.length + 1 || end !== nextKey(start)) break;
      keys.push(start);
    }
    return keys;
  }

  /** Up to the first lock. */
  #takeKeys(keys: readonly Key[], { pairs, locks }: KeysRead): readonly KvPair[] {
    const found = new Map(pairs.map((pair) => [pair.key, pair]));
    const locked = new Map(locks.map((lock) => [lock.key, lock]));
    const taken: KvPair[] = [];
    for (const key of keys) {
      const lock = locked.get(key);
      if (lock !== undefined) {
        if (this.#hasRead) this.#rowsLeft = 0;
        else this.locked = new LockedRead(lock);
        break;
      }
      this.#rest.pop();
      this.#hasRead = true;
      this.#rowsLeft--;
      this.#rowsInSlice++;
      const pair = found.get(key);
      if (pair !== undefined) taken.push(pair);
    }
    return taken;
  }

  #continue(page: ScanPage | LockedRead, limit: number, maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    return this.#taken(this.#take(page, limit), maxPairs);
  }

  #taken(pairs: readonly KvPair[] | undefined, maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    if (pairs === undefined || pairs.length > 0) return pairs ?? [];
    return chain(this.pauseIfDue(), () => this.next(maxPairs));
  }

  #isDone(): boolean {
    return this.locked !== undefined || this.#rowsLeft <= 0 || this.isFull();
  }

  /** Undefined at a lock. A page looks at `limit` keys, deleted ones among them, unless the range ends before. */
  #take(page: ScanPage | LockedRead, limit: number): readonly KvPair[] | undefined {
    if (page instanceof LockedRead) {
      if (this.#hasRead) this.#rowsLeft = 0;
      else this.locked = page;
      return undefined;
    }
    this.#rest.pop();
    if (page.rest !== undefined) this.#rest.push(page.rest);
    this.#hasRead = true;
    const rows = page.rest === undefined ? page.pairs.length : limit;
    this.#rowsLeft -= rows;
    this.#rowsInSlice += rows;
    return page.pairs;
  }

  close(): void {}
}
