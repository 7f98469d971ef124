/** What a replica and its store are to each other. */

import type { KeyRange, RegionId, StoreId } from '../../base/index.ts';
import type { PeerDescriptor, Region } from '../../pd/index.ts';
import type { Message, Snapshot } from '../../raft/index.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import type { FlowControl, ProposalLoad, Refusal } from './flow-control.ts';
import type { RegionLog } from './log/region-log.ts';
import type { MergeState } from './merging.ts';
import type { Peer } from './peer.ts';
import type { ApplyState } from './region.ts';
import type { RegionErrorKind, RegionObserver } from './region-kv.ts';

/** What a peer needs of the store it lives in. */
export interface PeerHost {
  readonly storeId: StoreId;
  readonly reader: KvReader;
  readonly observers: readonly RegionObserver[];
  readonly flow: FlowControl;
  /** Why the store does not take a proposal of a region with `load` under way; undefined when it does. */
  refusal(entryBytes: number, load: ProposalLoad): Refusal | undefined;
  /** Why the store answers no reads. */
  readRefusal(): { readonly kind: RegionErrorKind; readonly message: string } | undefined;
  /** The peer has work: it waits in the store's next turn. */
  wake(peer: Peer): void;
  /** Hands a raft message to another replica, past raft's own queue. */
  send(peer: Peer, message: Message): void;
  monotonicMs(): number;
  randomBelow(bound: number): number;
  /** Resolves after a while. */
  pause(ms: number): Promise<void>;
  /** Publishes the members of `peer`'s region. */
  membersChanged(peer: Peer, region: Region): void;
  /** Makes the replicas of `parts`, in key order, of which `parent` keeps the last. */
  regionSplit(parent: Peer, parts: readonly Region[]): void;
  /** Something happened to a replica that may be asleep. */
  rouse(peer: Peer): void;
  /** Another replica of the store. */
  neighbour(regionId: RegionId): Peer | undefined;
  /** The peer cannot apply what is committed before another replica is there: it is asked again in every turn. */
  block(peer: Peer): void;
  mergePrepared(source: Peer): void;
  /** `source` ends, and `target` becomes `region`. */
  regionMerged(source: Peer, target: Peer, region: Region): void;
  /** A snapshot of the region for raft, if one is ready. */
  takeSnapshot(peer: Peer): Snapshot | undefined;
  /** The replica is no member any more; `region` is the last it knows. */
  removePeer(peer: Peer, region: Region): void;
  /** The regions that lie in a range of region keys, for callers that have to route anew. */
  regionsIn(range: KeyRange): readonly Region[];
}

/** What a replica begins with. */
export interface PeerBirth {
  readonly own: PeerDescriptor;
  /** Without members while the replica knows nothing but its own name. */
  readonly region: Region;
  readonly log: RegionLog;
  /** The last entry whose effect is in the engine. */
  readonly applied: ApplyState;
  /** When it was stopped for a merge. */
  readonly merge?: MergeState | undefined;
  /** See `Witness`; 0 by default. */
  readonly installedVersion?: number | undefined;
  /** It has no earlier life in which it may have granted a lease. */
  readonly isNewborn: boolean;
}
