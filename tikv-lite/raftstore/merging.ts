/**
 * Merging two neighbours: what each step makes of the regions, and which merges are not allowed. Pure functions.
 *
 * The source stops first (PrepareMerge, in its own log): from there on it takes neither writes nor reads. Then the target's
 * leader takes it over (CommitMerge, in the target's log): wherever that entry is applied, the source's replica on the same
 * store is brought up to PrepareMerge first, with the entries that the command carries for a replica that lags, and ends.
 * All members of both lie on the same stores. If the target changed in between, CommitMerge can never be applied, and the
 * source goes on (RollbackMerge).
 */

import type { KeyRange } from '../../base/index.ts';
import type { Region, RegionEpoch } from '../../pd/index.ts';
import { isJoint } from './membership.ts';

/** What a source that was stopped waits for. */
export interface MergeState {
  /** As the merge expects it. */
  readonly target: Region;
  /** Every member's log reaches up to here. */
  readonly minIndex: number;
  /** Where PrepareMerge stands in the log. */
  readonly commit: number;
  readonly commitTerm: number;
}

/** Why `source` cannot be merged into `target`; `local` is the target as this store knows it. */
export function refuseMerge(source: Region, target: Region, local: Region | undefined): string | undefined {
  if (local === undefined) return `region ${target.regionId} has no replica beside this one`;
  if (!sameEpoch(local.epoch, target.epoch)) return `region ${target.regionId} is not as it was expected`;
  if (source.regionId === target.regionId || !areNeighbours(source.range, local.range)) return 'only neighbours merge';
  if (isJoint(source) || isJoint(local)) return 'no merge in a joint state';
  if (source.peers.length !== local.peers.length) return 'the members are on different stores';
  for (const { storeId, role } of source.peers) {
    const counterpart = local.peers.find((peer) => peer.storeId === storeId);
    if (counterpart === undefined) return 'the members are on different stores';
    if (counterpart.role !== role) return `the members on store ${storeId} have different roles`;
  }
  return undefined;
}

function areNeighbours(a: KeyRange, b: KeyRange): boolean {
  return (a.end !== undefined && a.end === b.start) || (b.end !== undefined && b.end === a.start);
}

export function sameEpoch(a: RegionEpoch, b: RegionEpoch): boolean {
  return a.version === b.version && a.confVer === b.confVer;
}

export function regionAfterPrepare(source: Region): Region {
  const { confVer, version } = source.epoch;
  return { ...source, epoch: { confVer: confVer + 1, version: version + 1 } };
}

export function regionAfterRollback(source: Region): Region {
  const { confVer, version } = source.epoch;
  return { ...source, epoch: { confVer, version: version + 1 } };
}

export function regionAfterMerge(target: Region, source: Region): Region {
  const { confVer, version } = target.epoch;
  const [left, right] = source.range.end === target.range.start ? [source, target] : [target, source];
  const { start } = left.range;
  const { end } = right.range;
  return {
    ...target,
    range: end === undefined ? { start } : { start, end },
    epoch: { confVer, version: Math.max(version, source.epoch.version) + 1 },
  };
}
