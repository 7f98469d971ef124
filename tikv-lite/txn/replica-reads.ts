/**
 * Snapshot reads on a replica that does not lead. Its lock table is the `l` family itself: whatever the leader had in
 * memory only is either applied here (the leader waited for it before it told its commit index) or commits above the
 * read timestamp.
 */

import type { Key, KeyRange, Ts, ValueOrPromise } from '../../base/index.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import { familyRange, LOCK_FAMILY, lockKey, plainUserKey } from '../mvcc/keys.ts';
import { decodeLock, type LockInfo, lockInfo } from '../mvcc/lock.ts';
import { blocksRead, type ReadTs, readPage, readValue, type ScanPage } from '../mvcc/read.ts';
import { readInFrontOf } from './clear-page.ts';
import { LockedRead } from './region-service.ts';

const LOCK_PAGE = 256;

export function replicaGet(
  reader: KvReader,
  key: Key,
  at: ReadTs,
  bypass: ReadonlySet<Ts> | undefined,
): ValueOrPromise<Uint8Array | undefined | LockedRead> {
  const record = reader.get(lockKey(key));
  if (record !== undefined) {
    const lock = decodeLock(record);
    if (blocksRead(lock, key, at.ts, bypass)) return new LockedRead(lockInfo(key, lock));
  }
  return readValue(reader, key, at);
}

/** Like the leader's scan: up to the first lock in the way, which is answered when nothing lies in front of it. */
export async function replicaScan(
  reader: KvReader,
  range: KeyRange,
  at: ReadTs,
  limit: number,
  reverse: boolean,
  bypass: ReadonlySet<Ts> | undefined,
): Promise<ScanPage | LockedRead> {
  const blocking = await firstBlocking(reader, range, at.ts, reverse, bypass);
  if (blocking === undefined) return readPage(reader, range, at, limit, reverse);
  const page = await readInFrontOf(blocking.key, reader, range, at, limit, reverse);
  return page ?? new LockedRead(blocking);
}

async function firstBlocking(
  reader: KvReader,
  range: KeyRange,
  ts: Ts,
  reverse: boolean,
  bypass: ReadonlySet<Ts> | undefined,
): Promise<LockInfo | undefined> {
  let { start, end } = familyRange(LOCK_FAMILY, range);
  for (;;) {
    const page = await reader.scan({ start, end }, LOCK_PAGE, reverse);
    for (const { key: engineKey, value } of page) {
      const key = plainUserKey(engineKey);
      const lock = decodeLock(value);
      if (blocksRead(lock, key, ts, bypass)) return lockInfo(key, lock);
    }
    const last = page[LOCK_PAGE - 1];
    if (last === undefined) return undefined;
    if (reverse) end = last.key;
    else start = `${last.key}\0` as Key;
  }
}
