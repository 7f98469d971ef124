/**
 * Reads as of a timestamp, over all regions. Synchronous as long as the regions answer synchronously and no lock is in
 * the way; otherwise the slow path settles the lock or finds the region anew, and goes on.
 */

import {
  chain,
  isPromise,
  type Key,
  type KeyRange,
  type KvPair,
  MAX_TS,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { CoprocessorReply } from '../coprocessor/request.ts';
import type { LockInfo } from '../mvcc/lock.ts';
import { type ReadTs, readTsOf, type ScanPage } from '../mvcc/read.ts';
import { LockedRead, type RegionService } from '../txn/region-service.ts';
import { type BackOff, MAX_EAGER_ATTEMPTS } from './back-off.ts';
import { type ClientContext, newBackOff } from './client-context.ts';
import { type DagPage, divide, RegionDagStream } from './dag-stream.ts';
import { isRetryable, type RetryableError, regionFailure, waitAfter } from './failures.ts';
import { groupByRegion, inParallel } from './region-groups.ts';
import { clip } from './region-router.ts';
import type { DagSelect, DagStream, Scanner, ScanOptions, Snapshot } from './storage.ts';

/** Transactions whose locks one snapshot may read past; beyond, it waits for them. */
const MAX_BYPASSED = 1024;
/** Batch gets under way at once for one reader. */
const PARALLEL_BATCHES = 8;

export class SnapshotReader implements Snapshot {
  readonly #context: ClientContext;
  readonly #at: ReadTs;
  readonly #checkInterrupted: (() => void) | undefined;
  #bypass: Set<Ts> | undefined;

  constructor(context: ClientContext, ts: Ts, checkInterrupted?: () => void) {
    this.#context = context;
    this.#at = readTsOf(ts);
    this.#checkInterrupted = checkInterrupted;
  }

  get ts(): Ts {
    return this.#at.ts;
  }

  hold(): () => void {
    return this.#context.active.hold(this.#at.ts);
  }

  get(key: Key): ValueOrPromise<Uint8Array | undefined> {
    this.#context.garbage.require(this.#at.ts);
    const region = this.#context.router.locate(key);
    if (isPromise(region)) return this.#getSlowly(key, undefined);
    let value: ValueOrPromise<Uint8Array | undefined | LockedRead>;
    try {
      value = region.get(key, this.#at, this.#bypass);
    } catch (error) {
      return this.#getSlowly(key, { region, error });
    }
    if (value === undefined || value instanceof Uint8Array) return value;
    return this.#getSlowly(key, { region, value });
  }

  batchGet(keys: readonly Key[]): ValueOrPromise<Map<Key, Uint8Array>> {
    if (this.#context.router.isRemote && keys.length > 1) return this.#batchGetRemotely(keys);
    const found = new Map<Key, Uint8Array>();
    let pending: Promise<unknown>[] | undefined;
    for (const key of keys) {
      const value = this.get(key);
      if (isPromise(value)) {
        pending ??= [];
        pending.push(value.then((late) => late !== undefined && found.set(key, late)));
      } else if (value !== undefined) found.set(key, value);
    }
    return pending === undefined ? found : Promise.all(pending).then(() => found);
  }

  /** One request per region; keys whose locks were settled, or whose region moved, are asked for again. */
  async #batchGetRemotely(keys: readonly Key[]): Promise<Map<Key, Uint8Array>> {
    const { router, garbage } = this.#context;
    const found = new Map<Key, Uint8Array>();
    const backOff = newBackOff(this.#context);
    let left: readonly Key[] = [...new Set(keys)];
    for (let attempts = 0; left.length > 0; attempts++) {
      if (attempts > MAX_EAGER_ATTEMPTS) await this.#until(backOff.wait('lock', 'locks that come again'));
      garbage.require(this.#at.ts);
      const again: Key[] = [];
      const locks: LockInfo[] = [];
      let failure: RetryableError | undefined;
      const groups = await this.#until(groupByRegion(router, left));
      await inParallel(groups, PARALLEL_BATCHES, async ([region, group]) => {
        try {
          const reply = await this.#until(region.batchGet(group, this.#at, this.#bypass));
          for (const { key, value } of reply.pairs) found.set(key, value);
          for (const lock of reply.locks) {
            locks.push(lock);
            again.push(lock.key);
          }
        } catch (error) {
          if (!isRetryable(error)) throw regionFailure(error);
          router.failed(region, error);
          failure = error;
          again.push(...group);
        }
      });
      for (const lock of locks) await this.#until(this.#settleLock(new LockedRead(lock), backOff));
      if (failure !== undefined) await this.#until(waitAfter(failure, backOff));
      left = again;
    }
    return found;
  }

  scan(range: KeyRange, options: ScanOptions): Scanner {
    return this.#context.router.isRemote
      ? new RemoteScanner(this, range, options)
      : new SnapshotScanner(this, range, options);
  }

  async #getSlowly(key: Key, first: FirstTry<Uint8Array | undefined | LockedRead> | undefined) {
    const locate = (): ValueOrPromise<RegionService> => this.#context.router.locate(key);
    const attempt = (region: RegionService) => {
      this.#context.garbage.require(this.#at.ts);
      return region.get(key, this.#at, this.#bypass);
    };
    return this.#settle(locate, attempt, first);
  }

  /** One page of the part of `range` that one region holds, and the rest of the range. */
  page(range: KeyRange, limit: number, reverse: boolean): ValueOrPromise<ScanPage> {
    this.#context.garbage.require(this.#at.ts);
    const located = this.#locateEdge(range, reverse);
    if (isPromise(located)) return this.#pageSlowly(range, limit, reverse, undefined);
    let page: ValueOrPromise<ScanPage | LockedRead>;
    const part = clip(range, located.range);
    try {
      page = located.scan(part, this.#at, limit, reverse, this.#bypass);
    } catch (error) {
      return this.#pageSlowly(range, limit, reverse, { region: located, error });
    }
    if (isPromise(page) || page instanceof LockedRead)
      return this.#pageSlowly(range, limit, reverse, { region: located, value: page });
    return restored(page, range, part, reverse);
  }

  /** The region that holds the first key of the scan direction. */
  #locateEdge(range: KeyRange, reverse: boolean): ValueOrPromise<RegionService> {
    const { router } = this.#context;
    if (!reverse) return router.locate(range.start);
    return chain(router.locate(keyNearEnd(range)), (region) => upTo(region));

    function upTo(region: RegionService): ValueOrPromise<RegionService> {
      const regionEnd = region.range.end;
      if (regionEnd === undefined || (range.end !== undefined && range.end <= regionEnd)) return region;
      return chain(router.locate(regionEnd), upTo);
    }
  }

  async #pageSlowly(
    range: KeyRange,
    limit: number,
    reverse: boolean,
    first: FirstTry<ScanPage | LockedRead> | undefined,
  ): Promise<ScanPage> {
    const locate = (): ValueOrPromise<RegionService> => this.#locateEdge(range, reverse);
    let part = range;
    const attempt = (region: RegionService) => {
      this.#context.garbage.require(this.#at.ts);
      part = clip(range, region.range);
      return region.scan(part, this.#at, limit, reverse, this.#bypass);
    };
    if (first !== undefined) part = clip(range, first.region.range);
    const page = await this.#settle(locate, attempt, first);
    return restored(page, range, part, reverse);
  }

  select(request: DagSelect): DagStream {
    this.#context.garbage.require(this.#at.ts);
    return new RegionDagStream(request.dag, request.ranges, {
      locate: (range, reverse) => this.#until(this.#locateEdge(range, reverse)),
      page: (ranges, pageRows) => this.#dagPage(request, ranges, pageRows),
      warn: (warning) => request.warn(warning),
    });
  }

  /** One reply of the region at the edge of `ranges`, and what remains of them. */
  #dagPage(request: DagSelect, ranges: readonly KeyRange[], pageRows: number): ValueOrPromise<DagPage> {
    const { dag, parameters, settings } = request;
    const { reverse } = dag.scan;
    const edge = (reverse ? ranges.at(-1) : ranges[0])!;
    let outside: readonly KeyRange[] = [];
    const attempt = (region: RegionService): ValueOrPromise<CoprocessorReply | LockedRead> => {
      this.#context.garbage.require(this.#at.ts);
      const divided = divide(ranges, region.range, reverse);
      outside = divided.outside;
      // A region that holds nothing of them says so itself, and where they are.
      const inside = divided.inside.length > 0 ? divided.inside : [edge];
      return region.coprocessor({
        dag,
        ranges: inside,
        at: this.#at,
        bypass: this.#bypass,
        parameters,
        settings,
        pageRows,
      });
    };
    const pageOf = (reply: CoprocessorReply): DagPage => {
      const rest = reply.kind === 'rows' ? reply.rest : [];
      return { reply, rest: reverse ? [...outside, ...rest] : [...rest, ...outside] };
    };
    const locate = (): ValueOrPromise<RegionService> => this.#locateEdge(edge, reverse);
    const slowly = (first: FirstTry<CoprocessorReply | LockedRead> | undefined): Promise<DagPage> =>
      this.#settle(locate, attempt, first).then(pageOf);
    const region = locate();
    if (isPromise(region)) return slowly(undefined);
    let reply: ValueOrPromise<CoprocessorReply | LockedRead>;
    try {
      reply = attempt(region);
    } catch (error) {
      return slowly({ region, error });
    }
    return isPromise(reply) || reply instanceof LockedRead ? slowly({ region, value: reply }) : pageOf(reply);
  }

  #settle<T>(
    locate: () => ValueOrPromise<RegionService>,
    attempt: (region: RegionService) => ValueOrPromise<T | LockedRead>,
    first: FirstTry<T | LockedRead> | undefined,
  ): Promise<T> {
    const settleLock = (lock: LockedRead, backOff: BackOff): Promise<void> => this.#settleLock(lock, backOff);
    return settle(this.#context, { locate, attempt, settleLock, checkInterrupted: this.#checkInterrupted }, first);
  }

  /** Ends early when the read is not wanted any more. */
  #until<T>(work: ValueOrPromise<T>): ValueOrPromise<T> {
    return this.#context.waits.until(work, this.#checkInterrupted);
  }

  async #settleLock(locked: LockedRead, backOff: BackOff): Promise<void> {
    const { lock } = locked;
    const resolution = await this.#context.resolver.resolve(lock, this.#at.ts);
    if (resolution === 'bypass' && (this.#bypass?.size ?? 0) < MAX_BYPASSED) {
      this.#bypass ??= new Set();
      this.#bypass.add(lock.startTs);
    } else if (resolution !== 'resolved') await backOff.wait('lock', 'a lock');
  }
}

interface FirstTry<T> {
  readonly region: RegionService;
  readonly value?: ValueOrPromise<T>;
  readonly error?: unknown;
}

/** A read that is made again and again until it succeeds. */
interface PatientRead<T> {
  readonly locate: () => ValueOrPromise<RegionService>;
  readonly attempt: (region: RegionService) => ValueOrPromise<T | LockedRead>;
  readonly settleLock: (locked: LockedRead, backOff: BackOff) => Promise<void>;
  readonly checkInterrupted: (() => void) | undefined;
}

/**
 * Repeats a read until it meets neither a lock nor a region error. `first` is an attempt made already. Every wait ends
 * early with what `checkInterrupted` throws, and nothing is asked after that.
 */
async function settle<T>(
  context: ClientContext,
  { locate, attempt, settleLock, checkInterrupted }: PatientRead<T>,
  first: FirstTry<T | LockedRead> | undefined,
): Promise<T> {
  const backOff = newBackOff(context);
  const until = <V>(work: ValueOrPromise<V>): ValueOrPromise<V> => context.waits.until(work, checkInterrupted);
  let made = first;
  for (let attempts = 0; ; attempts++) {
    if (attempts > MAX_EAGER_ATTEMPTS) await until(backOff.wait('lock', 'locks that come again'));
    const region = made?.region ?? (await until(locate()));
    try {
      if (made !== undefined && 'error' in made) throw made.error;
      const value = await until(made === undefined ? attempt(region) : made.value!);
      if (!(value instanceof LockedRead)) return value;
      await until(settleLock(value, backOff));
    } catch (error) {
      if (!isRetryable(error)) throw regionFailure(error);
      context.router.failed(region, error);
      await until(waitAfter(error, backOff));
    }
    made = undefined;
  }
}

/** The newest committed value of a key, past locks whose owners have not committed. */
export function getLatestSlowly(
  context: ClientContext,
  key: Key,
  first: FirstTry<Uint8Array | undefined | LockedRead> | undefined,
  checkInterrupted: (() => void) | undefined,
): Promise<Uint8Array | undefined> {
  const read: PatientRead<Uint8Array | undefined> = {
    locate: () => context.router.locate(key),
    attempt: (region) => region.getLatest(key),
    settleLock: async (locked, backOff) => {
      const resolution = await context.resolver.resolve(locked.lock, MAX_TS);
      if (resolution !== 'resolved') await backOff.wait('lock', 'a lock');
    },
    checkInterrupted,
  };
  return settle(context, read, first);
}

class SnapshotScanner implements Scanner {
  readonly #snapshot: SnapshotReader;
  readonly #reverse: boolean;
  #rest: KeyRange | undefined;
  /** Pairs the caller wants in all, as far as it said; pages do not look further. */
  #wanted: number;

  constructor(snapshot: SnapshotReader, range: KeyRange, options: ScanOptions) {
    this.#snapshot = snapshot;
    this.#reverse = options.reverse === true;
    this.#rest = range.end !== undefined && range.end <= range.start ? undefined : range;
    this.#wanted = options.limit ?? Number.POSITIVE_INFINITY;
  }

  next(maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    while (this.#rest !== undefined) {
      const limit = this.#wanted > 0 ? Math.min(maxPairs, this.#wanted) : maxPairs;
      const page = this.#snapshot.page(this.#rest, limit, this.#reverse);
      if (isPromise(page)) return chain(page, (late) => this.#take(late, maxPairs));
      this.#rest = page.rest;
      if (page.pairs.length === 0) continue;
      this.#wanted -= page.pairs.length;
      return page.pairs;
    }
    return [];
  }

  #take(page: ScanPage, maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    this.#rest = page.rest;
    this.#wanted -= page.pairs.length;
    return page.pairs.length === 0 ? this.next(maxPairs) : page.pairs;
  }

  close(): void {
    this.#rest = undefined;
  }
}

/** client-go's default page; a caller that takes large batches gets larger ones, up to the limit. */
const FIRST_REMOTE_PAGE = 256;
const MAX_REMOTE_PAGE = 1024;

/**
 * Scans over the network: pages larger than the caller's, the next one asked for while the last is used. A caller that
 * said how much it wants gets no page ahead of that.
 */
class RemoteScanner implements Scanner {
  readonly #snapshot: SnapshotReader;
  readonly #reverse: boolean;
  #rest: KeyRange | undefined;
  /** Pairs the caller wants beyond those asked for already. */
  #wanted: number;
  #pageSize: number;
  #page: readonly KvPair[] = [];
  #at = 0;
  #ahead: Promise<ScanPage> | undefined;
  /** Grows with pages that hold nothing visible, so that a small limit does not crawl over deleted rows. */
  #leastPage = 1;

  constructor(snapshot: SnapshotReader, range: KeyRange, options: ScanOptions) {
    this.#snapshot = snapshot;
    this.#reverse = options.reverse === true;
    this.#rest = range.end !== undefined && range.end <= range.start ? undefined : range;
    this.#wanted = options.limit ?? Number.POSITIVE_INFINITY;
    this.#pageSize = FIRST_REMOTE_PAGE;
  }

  next(maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    if (this.#at < this.#page.length) return this.#take(maxPairs);
    if (this.#rest === undefined && this.#ahead === undefined) return [];
    return this.#turnPage(maxPairs);
  }

  async #turnPage(maxPairs: number): Promise<readonly KvPair[]> {
    while (this.#at >= this.#page.length) {
      this.#ahead ??= this.#ask(maxPairs);
      if (this.#ahead === undefined) return [];
      const page = await this.#ahead;
      this.#ahead = undefined;
      this.#page = page.pairs;
      this.#at = 0;
      this.#wanted -= page.pairs.length;
      this.#rest = page.rest;
      this.#leastPage = page.pairs.length > 0 ? 1 : Math.min(MAX_REMOTE_PAGE, this.#leastPage * 8);
      if (this.#wanted > 0 && page.pairs.length > 0) {
        this.#pageSize = Math.min(MAX_REMOTE_PAGE, this.#pageSize * 2);
        this.#ahead = this.#ask(maxPairs);
        // Whoever takes the page hears of its failure.
        this.#ahead?.catch(() => undefined);
      }
    }
    return this.#take(maxPairs);
  }

  #ask(maxPairs: number): Promise<ScanPage> | undefined {
    if (this.#rest === undefined) return undefined;
    const wanted = this.#wanted > 0 ? this.#wanted : maxPairs;
    const size = Math.max(Math.min(wanted, Math.max(this.#pageSize, maxPairs)), this.#leastPage);
    const limit = Math.min(MAX_REMOTE_PAGE, size);
    return Promise.resolve(this.#snapshot.page(this.#rest, limit, this.#reverse));
  }

  #take(maxPairs: number): readonly KvPair[] {
    const pairs = this.#page.slice(this.#at, this.#at + maxPairs);
    this.#at += pairs.length;
    return pairs;
  }

  close(): void {
    this.#rest = undefined;
    this.#ahead = undefined;
    this.#page = [];
  }
}

/** A key at or shortly below the upper end of the range. */
function keyNearEnd(range: KeyRange): Key {
  if (range.end === undefined) return '\xff\xff\xff\xff\xff\xff\xff\xff\xff' as Key;
  const { end } = range;
  const last = end.charCodeAt(end.length - 1);
  const shorter = end.slice(0, -1);
  if (last === 0) return shorter as Key;
  return `${shorter}${String.fromCharCode(last - 1)}\xff\xff\xff\xff\xff\xff\xff\xff` as Key;
}

/** The page of one region's part of a range, with what remains of the whole range. */
function restored(page: ScanPage, range: KeyRange, part: KeyRange, reverse: boolean): ScanPage {
  const { pairs, rest } = page;
  if (rest !== undefined) {
    const isWhole = part.end === range.end && part.start === range.start;
    if (isWhole) return page;
    return { pairs, rest: reverse ? { start: range.start, end: rest.end } : { start: rest.start, end: range.end } };
  }
  if (reverse) return { pairs, rest: part.start > range.start ? { start: range.start, end: part.start } : undefined };
  if (part.end === undefined || part.end === range.end) return page;
  return { pairs, rest: { start: part.end, end: range.end } };
}
