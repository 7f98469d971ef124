/**
 * How much of the regions' logs stays in memory, which is also what a member that lags behind can be served from: below
 * that it gets a snapshot. A leader keeps what its slowest member lacks, a follower a tail for the case that it has to
 * lead, and all together no more than `MAX_CACHED_LOG_BYTES`, so that a member that is down costs bounded memory. On disk
 * a checkpoint truncates every log to what is in memory.
 */

import type { RawNode } from '../../raft/index.ts';
import { FOLLOWER_TAIL_ENTRIES, MAX_CACHED_LOG_BYTES } from './limits.ts';
import type { RegionLog } from './log/region-log.ts';

/** The last index that no member will ask for, as far as raft knows. */
export function unneededIndex(node: RawNode, log: RegionLog): number {
  if (!node.isLeader) return node.lastIndex - FOLLOWER_TAIL_ENTRIES;
  let index = node.lastIndex;
  for (const [id, { match, state, pendingSnapshot }] of node.status().progress) {
    if (id === node.id) continue;
    const known = state === 'StateSnapshot' ? Math.max(match, pendingSnapshot) : match;
    const needsSnapshot = known > 0 && known < log.firstIndex - 1;
    if (!needsSnapshot) index = Math.min(index, known);
  }
  return index;
}

/** What trimming needs of a replica. */
export interface TrimmedReplica {
  readonly cachedLogBytes: number;
  /** Lets go of applied entries: of those that nobody needs, or of all. */
  releaseLog(which: 'unneeded' | 'applied'): void;
}

export function trimLogs(replicas: Iterable<TrimmedReplica>, quotaBytes = MAX_CACHED_LOG_BYTES): void {
  let total = 0;
  const holding: TrimmedReplica[] = [];
  for (const replica of replicas) {
    if (replica.cachedLogBytes === 0) continue;
    replica.releaseLog('unneeded');
    total += replica.cachedLogBytes;
    holding.push(replica);
  }
  if (total <= quotaBytes) return;
  holding.sort((a, b) => b.cachedLogBytes - a.cachedLogBytes);
  for (const replica of holding) {
    if (total <= quotaBytes) return;
    total -= replica.cachedLogBytes;
    replica.releaseLog('applied');
    total += replica.cachedLogBytes;
  }
}
