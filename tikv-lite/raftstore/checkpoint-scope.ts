/** What a checkpoint says of a store's replicas, and what may leave the raft log because of it. */

import type { RegionId } from '../../base/index.ts';
import type { Tombstone } from './arrivals.ts';
import type { RegionCheckpoint } from './checkpoint.ts';
import { MAX_RETAINED_SEGMENTS } from './limits.ts';
import type { LogItem } from './log/log-items.ts';
import type { RaftLog } from './log/raft-log.ts';
import type { Peer } from './peer.ts';
import type { PeerDirectory } from './peer-directory.ts';

export interface CompletedCheckpoint {
  readonly replicas: readonly RegionCheckpoint[];
  /** To be written in the same group, behind the checkpoint. */
  readonly items: readonly LogItem[];
}

/** Every replica as it is now, and the tombstones of those that are not here any more. */
export function captureReplicas(
  peers: PeerDirectory<Peer>,
  tombstones: ReadonlyMap<RegionId, Tombstone>,
): readonly RegionCheckpoint[] {
  const replicas: RegionCheckpoint[] = [];
  for (const peer of peers.inKeyOrder) replicas.push(peer.checkpoint);
  for (const [regionId, tombstone] of tombstones) {
    if (peers.get(regionId)?.isInitialised !== true) replicas.push(buried(tombstone));
  }
  return replicas;
}

function buried({ region, peerId, applied, mergedInto, installedVersion }: Tombstone): RegionCheckpoint {
  return { state: 'tombstone', region, peerId, ...applied, mergedInto, installedVersion };
}

/**
 * The same replicas when the group is put together; one whose log a snapshot has replaced meanwhile, and those that ended
 * with that, stand there as the log says, and so do those that a snapshot has brought to life meanwhile. With them goes
 * what the checkpoint makes superfluous: entries up to its index, logs of removed replicas. A log without a beginning stays:
 * it holds the votes of a replica that came after the removed one, which count also when nobody has spoken to it since the start.
 */
export function completeCheckpoint(
  captured: readonly RegionCheckpoint[],
  peers: PeerDirectory<Peer>,
  tombstones: ReadonlyMap<RegionId, Tombstone>,
  log: RaftLog,
): CompletedCheckpoint {
  const items: LogItem[] = log.stateItems();
  const replicas: RegionCheckpoint[] = [];
  const tooOld = log.regionsBehind(MAX_RETAINED_SEGMENTS);
  for (const replica of captured) {
    const { state, region, index } = replica;
    const { regionId } = region;
    const peer = peers.get(regionId);
    replicas.push(state === 'tombstone' ? replica : (afterSnapshot(replica, peer, tombstones, log) ?? replica));
    if (state === 'tombstone' && peer === undefined) {
      if (log.isFounded(regionId)) items.push({ kind: 'purge', regionId });
    } else if (state !== 'tombstone' && peer !== undefined && !peer.isInstalling) {
      if (tooOld.has(regionId)) peer.releaseLog('applied');
      items.push(...truncation(peer, peer.truncatableTo(index), log));
    }
  }
  replicas.push(...begunSince(captured, peers, log));
  return { replicas, items };
}

/**
 * Replicas that knew nothing when the others were looked at, and to which a snapshot came since: the log says so already,
 * or says so in this very group.
 */
function begunSince(
  captured: readonly RegionCheckpoint[],
  peers: PeerDirectory<Peer>,
  log: RaftLog,
): RegionCheckpoint[] {
  const known = new Set<RegionId>();
  for (const { state, region } of captured) if (state !== 'tombstone') known.add(region.regionId);
  const begun: RegionCheckpoint[] = [];
  for (const peer of peers.all()) {
    if (known.has(peer.regionId)) continue;
    const noted = log.checkpoint?.get(peer.regionId);
    if (peer.isInstalling) begun.push(peer.checkpoint);
    else if (noted?.state === 'applying' && noted.peerId === peer.peerId) begun.push(noted);
  }
  return begun;
}

/** What a snapshot that began to be applied after the replicas were looked at has made of one of them. */
function afterSnapshot(
  { region: { regionId }, peerId, index }: RegionCheckpoint,
  peer: Peer | undefined,
  tombstones: ReadonlyMap<RegionId, Tombstone>,
  log: RaftLog,
): RegionCheckpoint | undefined {
  if (peer?.isInstalling === true) return peer.checkpoint;
  const tombstone = tombstones.get(regionId);
  if (tombstone?.isReplaced === true && tombstone.peerId === peerId) return buried(tombstone);
  const noted = log.checkpoint?.get(regionId);
  return noted?.state === 'applying' && noted.index > index ? noted : undefined;
}

function truncation(peer: Peer, index: number, log: RaftLog): LogItem[] {
  const { regionId } = peer;
  const regionLog = log.region(regionId);
  const term = regionLog.termAt(index);
  if (index <= regionLog.truncatedIndex || term === undefined) return [];
  return [
    { kind: 'truncated', regionId, index, term },
    { kind: 'hard-state', regionId, hardState: peer.takeHardState() ?? regionLog.hardState },
  ];
}
