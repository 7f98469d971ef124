/**
 * Merging two neighbours: what each step makes of the regions, and which merges are not allowed. Functions of their arguments.
 *
 * The source stops first (PrepareMerge, in its own log): from there on it takes neither writes nor reads. Then the target's
 * leader takes it over (CommitMerge, in the target's log): wherever that entry is applied, the source's replica on the same
 * store is brought up to PrepareMerge first, with the entries that the command carries for a replica that lags, and ends.
 * All members of both lie on the same stores. If the target changed in between, CommitMerge can never be applied, and the
 * source goes on (RollbackMerge).
 */

import type { KeyRange } from '../../base/index.ts';
import type { Region, RegionEpoch } from '../../pd/index.ts';
import { type Entry, entriesSize, type Status } from '../../raft/index.ts';
import { decodeCommand, isPrepareMerge } from './command-codec.ts';
import { MERGE_MAX_LOG_BYTES, MERGE_MAX_LOG_GAP } from './limits.ts';
import type { RegionLog } from './log/region-log.ts';
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

/** A target's replica on the store of the source's leader. */
export interface Neighbour {
  readonly region: Region;
  readonly isMerging: boolean;
}

/** Why `source` cannot be merged into `target`, of which `replica` is the one here. */
export function refuseMerge(source: Region, target: Region, replica: Neighbour | undefined): string | undefined {
  const local = replica?.region;
  if (local === undefined) return `region ${target.regionId} has no replica beside this one`;
  if (replica?.isMerging === true) return `region ${target.regionId} is about to become part of another one`;
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

/** What a replica of a merge's target, here or gone, can tell of the target's log. */
export interface Witness {
  readonly epoch: RegionEpoch;
  /** Of the region, in the last snapshot: how it came about is unknown to the replica. 0 when it had none. */
  readonly installedVersion: number;
}

/**
 * Whether the target's log went past the point at which it could have taken `source`, which was stopped, over, and did not:
 * the source is still here. A snapshot from behind the merge would show nothing; it has a later version than both of them.
 */
export function hasPassed(expected: RegionEpoch, source: RegionEpoch, { epoch, installedVersion }: Witness): boolean {
  const isPast = epoch.version > expected.version || epoch.confVer > expected.confVer;
  return isPast && installedVersion <= Math.max(expected.version, source.version);
}

/** Entries with low < index ≤ high, unless some of them are gone, or not durable yet. */
export function entriesBetween(log: RegionLog, low: number, high: number): readonly Entry[] | undefined {
  return low + 1 < log.firstIndex || high > log.lastIndex ? undefined : log.slice(low + 1, high + 1);
}

/**
 * The index up to which every member has the log of a leader, when what is behind it may travel with CommitMerge: few
 * entries, small, and none that changes the region.
 */
export function mergeFrom(status: Status, log: RegionLog): number | undefined {
  const { lastIndex } = status;
  const minIndex = matchedByAll(status);
  if (minIndex === lastIndex) return minIndex;
  const gap = lastIndex - minIndex > MERGE_MAX_LOG_GAP ? undefined : entriesBetween(log, minIndex, lastIndex);
  const fits = gap !== undefined && entriesSize(gap) <= MERGE_MAX_LOG_BYTES && !gap.some(changesRegion);
  return fits ? minIndex : undefined;
}

/** The index up to which every member has the log of a leader, as far as that knows. */
export function matchedByAll({ id, lastIndex, progress }: Status): number {
  let index = lastIndex;
  for (const [peerId, { match }] of progress) if (peerId !== id) index = Math.min(index, match);
  return index;
}

/** The `minIndex` of a PrepareMerge that stands in the log and is not applied: what is behind it may have to travel. */
export function preparedFrom(log: RegionLog, applied: number): number | undefined {
  const entry = entriesBetween(log, applied, log.lastIndex)?.find(isPrepareMerge);
  const command = entry && decodeCommand(entry.data);
  return command?.kind === 'prepare-merge' ? command.minIndex : undefined;
}

function changesRegion({ type, data }: Entry): boolean {
  if (type !== 'EntryNormal') return true;
  if (data.byteLength === 0) return false;
  const { kind } = decodeCommand(data);
  return kind !== 'write' && kind !== 'destroy-range';
}
