/**
 * One slice of garbage collection in a region: walks the `h` family, then the `s` family, and cleans the keys it meets.
 * Whatever is garbage has a record there, so data without old versions costs nothing.
 */

import { type Key, type KeyRange, NO_TS, type Ts, type ValueOrPromise } from '../../base/index.ts';
import { Changes } from '../mvcc/changes.ts';
import { gcKey } from '../mvcc/commands/gc.ts';
import {
  type Family,
  familyRange,
  HISTORY_FAMILY,
  STATUS_FAMILY,
  versionedTs,
  versionedUserKey,
} from '../mvcc/keys.ts';
import type { MvccReader } from '../mvcc/reader.ts';
import { decodeStatus } from '../mvcc/version.ts';
import type { RegionKv } from '../raftstore/region-kv.ts';
import type { GcCursor, GcSlice } from './region-service.ts';

/** Records looked at per slice; bounds the time one turn takes. */
const SLICE_RECORDS = 256;

type RunLatched = (
  keys: readonly Key[],
  command: (reader: MvccReader) => { readonly changes: Changes },
) => ValueOrPromise<unknown>;

export async function collectSlice(
  kv: RegionKv,
  region: KeyRange,
  safePoint: Ts,
  cursor: GcCursor,
  run: RunLatched,
): Promise<GcSlice> {
  const family: Family = cursor.startsWith(STATUS_FAMILY) ? STATUS_FAMILY : HISTORY_FAMILY;
  const whole = familyRange(family, region);
  const start = cursor === '' ? whole.start : cursor;
  const page = await kv.read().scan({ start, end: whole.end }, SLICE_RECORDS, false);
  const keys = new Set<Key>();
  for (const { key, value } of page) {
    const commitTs = family === HISTORY_FAMILY ? versionedTs(key) : decodeStatus(value).commitTs;
    const ts = commitTs === NO_TS ? versionedTs(key) : commitTs;
    if (ts <= safePoint) keys.add(versionedUserKey(key));
  }
  let removedRecords = 0;
  const distinct = [...keys];
  if (distinct.length > 0) {
    await run(distinct, (reader) => {
      const changes = new Changes();
      for (const key of distinct) {
        for (const operation of gcKey(reader, key, safePoint).operations) changes.deleteRecord(operation.key);
      }
      removedRecords = changes.operations.length;
      return { changes };
    });
  }
  const last = page[SLICE_RECORDS - 1];
  if (last !== undefined) return { next: `${last.key}\0` as Key, removedRecords };
  const next = family === HISTORY_FAMILY ? familyRange(STATUS_FAMILY, region).start : undefined;
  return { next, removedRecords };
}
