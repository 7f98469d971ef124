/**
 * Replicas that are left over: their region removed them, or became part of another one, while they heard nothing. They
 * hold a range that others have by now, so they are in the way of new replicas, and they must go. But only when nobody can
 * need them any more:
 *
 * - A replica that its region removed never becomes a member again, since every new one gets an id of its own. Whoever knows
 *   the region at a later conf_ver without that replica can tell it so ('tombstone').
 * - A replica whose region R was merged into region T is still needed by T's replica on this store, for as long as that may
 *   apply CommitMerge: it brings R's replica up to the merge and takes its data over. T's version was `mergedInto`'s right
 *   after that entry, so T's replica has got past it, without R's, if it stands at that version or a later one (by a
 *   snapshot), and it never gets there if it was removed, which may happen to one that never came to life here: then the
 *   others are asked in its name.
 * - A snapshot of T from behind the merge puts T's replica past it. R's replica goes in the very group of log items in which
 *   that snapshot replaces T's log: either T's log or the snapshot is here, never T's log without R. If T was merged in
 *   its turn, the same snapshot may be the one of the last region of the chain, and all of the chain go with it.
 *
 * Nothing is concluded from epochs alone: a region may have moved away from its old range and live.
 */

import type { KeyRange, PeerId, RegionId, StoreId } from '../../base/index.ts';
import type { PeerDescriptor, Region, RegionEpoch } from '../../pd/index.ts';
import type { Tombstone } from './arrivals.ts';
import { ASK_STALE_AGAIN_MS } from './limits.ts';
import { type RegionMessage, signalOf } from './transport.ts';

/** Merges of merges that are followed. */
const MAX_CHAIN = 64;

/** What has to be known of a replica here. */
export interface StaleSuspect {
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  readonly peer: PeerDescriptor;
  readonly region: Region;
  readonly epoch: RegionEpoch;
  readonly isLeader: boolean;
  /** Stopped for a merge: then even a leader may be left over. */
  readonly isMerging: boolean;
  readonly isInitialised: boolean;
  readonly isInstalling: boolean;
  /** It has applied what it knew to be committed when the store started: whatever its splits made is here. */
  readonly isReplayed: boolean;
  /** Others that it has heard of. */
  readonly acquaintances: { readonly all: readonly PeerDescriptor[] };
}

export interface StaleReplicasHost<P extends StaleSuspect> {
  readonly storeId: StoreId;
  resident(regionId: RegionId): P | undefined;
  residentsIn(range: KeyRange): readonly P[];
  tombstone(regionId: RegionId): Tombstone | undefined;
  send(messages: readonly RegionMessage[]): void;
  monotonicMs(): number;
  /** The replica goes, by itself. */
  remove(peer: P, mergedInto: Region): void;
}

interface Rumour {
  readonly confVer: number;
  readonly members: readonly PeerDescriptor[];
}

export class StaleReplicas<P extends StaleSuspect> {
  readonly #host: StaleReplicasHost<P>;
  /** Of replicas here: the region that theirs became part of, right after that. */
  readonly #mergedInto = new Map<RegionId, Region>();
  /** Of the regions those became part of: replicas here up to this one are gone, or never were. */
  readonly #goneUpTo = new Map<RegionId, PeerId>();
  readonly #askedAtMs = new WeakMap<P, number>();
  readonly #rumours = new WeakMap<P, Rumour>();

  constructor(host: StaleReplicasHost<P>) {
    this.#host = host;
  }

  /** Asks the other members whether the replica is one still; not more often than once in a while. */
  ask(peer: P): void {
    if (peer.isLeader && !peer.isMerging) return;
    const nowMs = this.#host.monotonicMs();
    if (nowMs - (this.#askedAtMs.get(peer) ?? Number.NEGATIVE_INFINITY) < ASK_STALE_AGAIN_MS) return;
    this.#askedAtMs.set(peer, nowMs);
    this.#askAll(peer);
  }

  /** Somebody else has a range, or a part of it, in a region of this epoch: older replicas that are in the way ask. */
  askWhoeverHolds(range: KeyRange, regionId: RegionId, { version }: RegionEpoch): void {
    for (const peer of this.#host.residentsIn(range)) {
      if (peer.regionId !== regionId && peer.epoch.version < version) this.ask(peer);
    }
  }

  #askAll(peer: P): void {
    const others = new Map<PeerId, PeerDescriptor>();
    const members = this.#rumours.get(peer)?.members ?? [];
    for (const one of [...peer.region.peers, ...peer.acquaintances.all, ...members]) others.set(one.peerId, one);
    others.delete(peer.peerId);
    const questions = [...others.values()].map((to) => signalOf(peer.region, peer.peer, to, 'check-stale-peer'));
    const target = this.#mergedInto.get(peer.regionId);
    if (target !== undefined) questions.push(...this.#questionsFor(target));
    if (questions.length > 0) this.#host.send(questions);
  }

  /** In the name of the replica here of a region that took another one over, while there is none. */
  #questionsFor(target: Region): readonly RegionMessage[] {
    const own = target.peers.find(({ storeId }) => storeId === this.#host.storeId);
    if (own === undefined || this.#host.resident(target.regionId) !== undefined) return [];
    return target.peers.filter((one) => one !== own).map((to) => signalOf(target, own, to, 'check-stale-peer'));
  }

  /** A message came for a replica that is not here: it was removed, or it is a younger one than those that were. */
  noteAbsent({ regionId, to, signal }: RegionMessage): void {
    if (this.#mergedInto.size === 0) return;
    const isAwaited = [...this.#mergedInto.values()].some((target) => target.regionId === regionId);
    const peerId = (signal === 'tombstone' ? to.peerId : to.peerId - 1) as PeerId;
    if (!isAwaited || peerId <= (this.#goneUpTo.get(regionId) ?? 0)) return;
    this.#goneUpTo.set(regionId, peerId);
    this.settle();
  }

  /** Later members of the region than the replica knows of. */
  noteMembers(peer: P, { epoch, members = [] }: RegionMessage): void {
    if (epoch.confVer <= (this.#rumours.get(peer)?.confVer ?? peer.epoch.confVer)) return;
    this.#rumours.set(peer, { confVer: epoch.confVer, members });
    this.#askAll(peer);
  }

  /**
   * Whether the region of the replica is known to be part of region `regionId`, as it stands at `epoch`. Then it is no
   * reason to wait with a replica of that one: no split of what is here makes it, and its snapshot takes the range over.
   */
  isPartOf({ regionId: merged }: P, regionId: RegionId, { version }: RegionEpoch): boolean {
    let target = this.#mergedInto.get(merged);
    for (let depth = 0; target !== undefined && depth < MAX_CHAIN; depth++) {
      if (target.regionId === regionId) return version >= target.epoch.version;
      target = this.#mergedInto.get(target.regionId);
    }
    return false;
  }

  noteMerged({ regionId }: P, mergedInto: Region): void {
    this.#mergedInto.set(regionId, mergedInto);
    this.settle();
  }

  /** Removes the replicas of merged regions that nobody can need any more. */
  settle(): void {
    for (const [regionId, mergedInto] of this.#mergedInto) {
      const peer = this.#host.resident(regionId);
      if (peer !== undefined && !(peer.isReplayed && this.#isPast(mergedInto))) continue;
      this.#mergedInto.delete(regionId);
      if (this.#mergedInto.size === 0) this.#goneUpTo.clear();
      if (peer !== undefined) this.#host.remove(peer, mergedInto);
    }
  }

  /** The replicas that go when a snapshot of `region` is applied, with the regions they are part of. */
  replacedBy(region: Region): ReadonlyMap<P, Region> {
    const replaced = new Map<P, Region>();
    for (const [regionId, mergedInto] of this.#mergedInto) {
      const peer = this.#host.resident(regionId);
      if (peer !== undefined && this.#endsWith(peer, region, 0)) replaced.set(peer, mergedInto);
    }
    return replaced;
  }

  #endsWith(peer: P, snapshot: Region, depth: number): boolean {
    const target = this.#mergedInto.get(peer.regionId);
    if (target === undefined || peer.isInstalling || !peer.isReplayed || depth > MAX_CHAIN) return false;
    if (target.regionId === snapshot.regionId) return snapshot.epoch.version >= target.epoch.version;
    if (this.#isPast(target)) return true;
    const between = this.#host.resident(target.regionId);
    return between !== undefined && this.#endsWith(between, snapshot, depth + 1);
  }

  /** Whether the replica here of the region that took another one over will never apply the entry by which it did. */
  #isPast(target: Region): boolean {
    const own = target.peers.find(({ storeId }) => storeId === this.#host.storeId);
    if (own === undefined) return false;
    const resident = this.#host.resident(target.regionId);
    if (resident !== undefined && resident.peerId >= own.peerId) {
      return resident.peerId > own.peerId || (resident.isInitialised && resident.epoch.version >= target.epoch.version);
    }
    if ((this.#goneUpTo.get(target.regionId) ?? 0) >= own.peerId) return true;
    const tombstone = this.#host.tombstone(target.regionId);
    return tombstone !== undefined && tombstone.peerId >= own.peerId;
  }
}
