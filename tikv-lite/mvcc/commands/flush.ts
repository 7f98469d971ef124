/**
 * Flush and the reads of what was flushed: a pipelined transaction writes its locks while it is still at work, reads its
 * own writes back from them, and forgets them on the client's side.
 *
 * A flush is an optimistic two-phase prewrite with a number, its generation. A key may be flushed again by a later
 * generation, which takes the lock over; a flush that comes late or twice changes nothing. Rows 7 of "Prewrite".
 */

import type { Key, KvPair, Ts } from '../../../base/index.ts';
import { NO_TS } from '../../../base/index.ts';
import type { KvReader } from '../../kv/kv-engine.ts';
import { lockKey } from '../keys.ts';
import { decodeLock } from '../lock.ts';
import type { Mutation, PrewriteRequest } from './prewrite.ts';

export interface FlushRequest {
  /** Keys are distinct. */
  readonly mutations: readonly Mutation[];
  readonly primary: Key;
  readonly startTs: Ts;
  readonly lockTtlMs: number;
  /** Greater than 0, and greater than that of the flush before. */
  readonly generation: number;
  readonly assertionLevel: 'off' | 'fast' | 'strict';
}

/** How many keys the transaction will have is unknown: more than could be resolved one by one. */
const UNKNOWN_SIZE = 0xffff_ffff;
const DELETED = new Uint8Array(0);

/** The locks promise a commit_ts above start_ts, so that readers may push it: such transactions live long. */
export function prewriteOfFlush({ assertionLevel, ...request }: FlushRequest): PrewriteRequest {
  return {
    ...request,
    assertionLevel,
    forUpdateTs: NO_TS,
    txnSize: UNKNOWN_SIZE,
    minCommitTs: (request.startTs + 1n) as Ts,
    maxCommitTs: NO_TS,
    tryOnePc: false,
  };
}

/**
 * What the transaction flushed of `keys`, in key order, each key once; an empty value is a deletion. Keys that it did not
 * flush, or only locked, are absent.
 */
export function readFlushed(kv: KvReader, keys: readonly Key[], startTs: Ts): readonly KvPair[] {
  const pairs: KvPair[] = [];
  for (const key of [...new Set(keys)].sort()) {
    const record = kv.get(lockKey(key));
    if (record === undefined) continue;
    const lock = decodeLock(record);
    if (lock.startTs !== startTs) continue;
    if (lock.kind === 'put') pairs.push({ key, value: lock.value ?? DELETED });
    else if (lock.kind === 'delete') pairs.push({ key, value: DELETED });
  }
  return pairs;
}
