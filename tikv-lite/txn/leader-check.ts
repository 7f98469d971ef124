/**
 * What leaders tell the other replicas of their regions, many regions in one message per store (kvrpcpb.CheckLeader):
 * who leads since when, and up to which timestamp a replica may be read without asking. A sleeping region stays asleep.
 *
 * The answer names the regions for which the asked store agrees about the leader: a quorum of agreeing members after a
 * moment proves that nobody else was elected before that moment.
 */

import type { PeerId, RegionId, StoreId, Ts } from '../../base/index.ts';
import type { PeerDescriptor, Region, RegionEpoch } from '../../pd/index.ts';
import type { RegionReplica } from '../raftstore/region-kv.ts';
import type { SafeTimestamps } from './safe-timestamps.ts';

/** A replica that has applied the log up to here has everything that is committed at or below `safeTs`, for good. */
export interface ReadState {
  readonly appliedIndex: number;
  readonly safeTs: Ts;
}

export interface LeaderClaim {
  readonly regionId: RegionId;
  readonly epoch: RegionEpoch;
  readonly leader: PeerId;
  readonly term: number;
  /** The newest that is certain, and holds for this version of the region. */
  readonly readState: ReadState | undefined;
}

/** How leaders reach other stores. */
export interface LeaderCheckClient {
  /** The regions of the claims about which the store agrees. Rejects when it does not answer in time. */
  checkLeaders(storeId: StoreId, claims: readonly LeaderClaim[]): Promise<readonly RegionId[]>;
}

/** Where claims are judged. */
export interface JudgingStore {
  region(regionId: RegionId): RegionReplica | undefined;
}

/** The asked store's side: takes the read states over, and answers about which regions it agrees. */
export function judgeClaims(
  store: JudgingStore,
  safe: SafeTimestamps,
  claims: readonly LeaderClaim[],
): readonly RegionId[] {
  const agreed: RegionId[] = [];
  for (const { regionId, epoch, leader, term, readState } of claims) {
    const replica = store.region(regionId);
    if (replica === undefined || replica.epoch.version !== epoch.version) continue;
    if (readState !== undefined) safe.note(replica, readState);
    const isSame = replica.term === term && replica.leader?.peerId === leader;
    if (isSame && replica.epoch.confVer === epoch.confVer) agreed.push(regionId);
  }
  return agreed;
}

/** Whether those who agree are a quorum of the members; in a joint state, of the old and of the new ones. */
export function isQuorum({ peers }: Region, agrees: (peer: PeerDescriptor) => boolean): boolean {
  const hasMajority = (voters: readonly PeerDescriptor[]): boolean => voters.filter(agrees).length * 2 > voters.length;
  const incoming = peers.filter(({ role }) => role === 'voter' || role === 'incoming-voter');
  const outgoing = peers.filter(({ role }) => role === 'voter' || role === 'demoting-voter');
  return hasMajority(incoming) && hasMajority(outgoing);
}
