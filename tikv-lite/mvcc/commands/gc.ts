/**
 * Garbage collection of one key: removes what no read at or above the safe point can see.
 *
 * Kept are every version above the safe point and, below it, the newest one if it is a put. Records of rollbacks and
 * lock-only commits go when they are below the safe point. All of a key goes in one batch.
 */

import { type Key, MAX_TS, NO_TS, type Ts } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import { dataKey, historyRange, statusRange, versionedTs } from '../keys.ts';
import type { MvccReader } from '../reader.ts';
import { commitTsOf, decodeStatus, isPut, isVersion, newestTsOf } from '../version.ts';

/** Records looked at per key and call; the rest waits for the next round. */
const GC_PAGE = 1024;

export function gcKey(reader: MvccReader, key: Key, safePoint: Ts): Changes {
  const changes = new Changes();
  const newest = reader.newest(key);
  const newestIsBelow = newest !== undefined && isVersion(newest) && commitTsOf(newest) <= safePoint;
  const history = reader.page(historyRange(key, safePoint), GC_PAGE);
  const dropsAll = newest === undefined || newestIsBelow || (history[0] !== undefined && !isPut(history[0].value));
  const seesAllVersions = history.length < GC_PAGE;
  // The oldest go first and a deletion last: cut short, nothing reappears.
  for (let i = history.length - 1; i >= (dropsAll ? 0 : 1); i--) {
    const isGuard = i === 0 && !seesAllVersions;
    if (!isGuard) changes.deleteRecord(history[i]!.key);
  }
  const statuses = reader.page(statusRange(key, MAX_TS), GC_PAGE);
  for (const pair of statuses) {
    const status = decodeStatus(pair.value);
    const statusTs = status.commitTs === NO_TS ? versionedTs(pair.key) : status.commitTs;
    if (statusTs <= safePoint) changes.deleteRecord(pair.key);
  }
  const seesAll = seesAllVersions && statuses.length < GC_PAGE;
  if (newest !== undefined && seesAll && isDead(newest, safePoint)) changes.deleteRecord(dataKey(key));
  return changes;
}

/** Whether the `d` record tells nothing any more: a deletion or a bare status, all below the safe point. */
function isDead(newest: Uint8Array, safePoint: Ts): boolean {
  return !isPut(newest) && newestTsOf(newest) <= safePoint;
}
