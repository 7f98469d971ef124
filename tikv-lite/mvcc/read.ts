/**
 * Snapshot reads over the `d` and `h` families, and the rules by which a read heeds or ignores a lock.
 *
 * The newest version is inline, so a read is one lookup and a scan one ordered walk; `h` is sought only for keys whose
 * newest version is too new. Timestamps are compared as bytes.
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
import type { KvReader } from '../kv/kv-engine.ts';
import { DATA_FAMILY, dataKey, familyRange, historyRange } from './keys.ts';
import { type Lock, usesAsyncCommit } from './lock.ts';
import { tsHigh, tsLow } from './timestamp.ts';
import { isCommittedAfter, isPut, valueBytesOf } from './version.ts';

/** The timestamp of a read with its halves split off. */
export interface ReadTs {
  readonly ts: Ts;
  readonly high: number;
  readonly low: number;
}

export function readTsOf(ts: Ts): ReadTs {
  return { ts, high: tsHigh(ts), low: tsLow(ts) };
}

/** Whether a snapshot read of `key` at `ts` has to settle this lock first. `bypass` holds start timestamps. */
export function blocksRead(lock: Lock, key: Key, ts: Ts, bypass: ReadonlySet<Ts> | undefined): boolean {
  if (lock.kind === 'lock' || lock.kind === 'pessimistic') return false;
  if (lock.startTs > ts || lock.minCommitTs > ts) return false;
  if (bypass?.has(lock.startTs) === true) return false;
  return !(ts === MAX_TS && key === lock.primary && !usesAsyncCommit(lock));
}

/** The value of `key` as of the read timestamp. Locks are the caller's business. */
export function readValue(kv: KvReader, key: Key, at: ReadTs): ValueOrPromise<Uint8Array | undefined> {
  const newest = kv.get(dataKey(key));
  if (newest === undefined) return undefined;
  if (isCommittedAfter(newest, at.high, at.low)) return readHistory(kv, key, at);
  return isPut(newest) ? valueBytesOf(newest) : undefined;
}

/** The newest committed value. */
export function readNewest(kv: KvReader, key: Key): Uint8Array | undefined {
  const newest = kv.get(dataKey(key));
  return newest !== undefined && isPut(newest) ? valueBytesOf(newest) : undefined;
}

function readHistory(kv: KvReader, key: Key, at: ReadTs): ValueOrPromise<Uint8Array | undefined> {
  return chain(kv.scan(historyRange(key, at.ts), 1, false), (page) => {
    const version = page[0]?.value;
    return version !== undefined && isPut(version) ? valueBytesOf(version) : undefined;
  });
}

/** Pairs of one page of a scan, and where the next page begins; `next` undefined at the end of the range. */
export interface ScanPage {
  readonly pairs: readonly KvPair[];
  /** The rest of the range. */
  readonly rest: KeyRange | undefined;
}

/**
 * One page of a range as of the read timestamp: looks at `limit` keys, which may yield fewer pairs, even none.
 */
export function readPage(
  kv: KvReader,
  range: KeyRange,
  at: ReadTs,
  limit: number,
  reverse: boolean,
): ValueOrPromise<ScanPage> {
  const records = kv.scan(familyRange(DATA_FAMILY, range), limit, reverse);
  return chain(records, (page) => pageOf(kv, page, range, at, limit, reverse));
}

function pageOf(
  kv: KvReader,
  records: readonly KvPair[],
  range: KeyRange,
  at: ReadTs,
  limit: number,
  reverse: boolean,
): ValueOrPromise<ScanPage> {
  const pairs: KvPair[] = [];
  let pending: Promise<unknown>[] | undefined;
  for (const record of records) {
    const { value } = record;
    if (!isCommittedAfter(value, at.high, at.low)) {
      if (isPut(value)) pairs.push({ key: record.key.slice(1) as Key, value: valueBytesOf(value) });
      continue;
    }
    const key = record.key.slice(1) as Key;
    const older = readHistory(kv, key, at);
    if (!isPromise(older)) {
      if (older !== undefined) pairs.push({ key, value: older });
      continue;
    }
    const slot = pairs.length;
    pairs.push({ key, value: PENDING });
    pending ??= [];
    pending.push(older.then((found) => (pairs[slot] = { key, value: found ?? ABSENT })));
  }
  const rest = restOf(records, range, limit, reverse);
  if (pending === undefined) return { pairs, rest };
  return Promise.all(pending).then(() => ({ pairs: pairs.filter((pair) => pair.value !== ABSENT), rest }));
}

const PENDING = new Uint8Array(0);
const ABSENT = new Uint8Array(0);

function restOf(records: readonly KvPair[], range: KeyRange, limit: number, reverse: boolean): KeyRange | undefined {
  const last = records[limit - 1];
  if (last === undefined) return undefined;
  const key = last.key.slice(1);
  return reverse ? { start: range.start, end: key as Key } : { start: `${key}\0` as Key, end: range.end };
}
