/**
 * Which replicas of a store sleep. A sleeping replica gets no ticks: its leader sends no heartbeats for it, its followers
 * count no time. In their place stores watch each other: the store of sleeping leaders sends one heartbeat per follower
 * store, of any of its regions, and a store that hears nothing at all from another wakes the followers whose leaders are
 * there. So idle regions cost nothing, and a dead store is noticed as soon as with every region awake.
 */

import type { StoreId } from '../../base/index.ts';

export class Hibernation<P> {
  /** Each sleeper with the stores it depends on: a leader's followers', a follower's leader's. */
  readonly #sleepers = new Map<P, readonly StoreId[]>();
  readonly #leadersFor = new Map<StoreId, Set<P>>();
  readonly #followersOf = new Map<StoreId, Set<P>>();
  readonly #heardAtMs = new Map<StoreId, number>();

  get size(): number {
    return this.#sleepers.size;
  }

  isAsleep(peer: P): boolean {
    return this.#sleepers.has(peer);
  }

  /** Something came from a store. */
  heard(storeId: StoreId, nowMs: number): void {
    this.#heardAtMs.set(storeId, nowMs);
  }

  /** A leader falls asleep, with followers on these stores. */
  lullLeader(peer: P, followers: readonly StoreId[]): void {
    this.#lull(peer, followers, this.#leadersFor);
  }

  lullFollower(peer: P, leader: StoreId): void {
    this.#lull(peer, [leader], this.#followersOf);
  }

  /** False when it did not sleep. */
  rouse(peer: P): boolean {
    const stores = this.#sleepers.get(peer);
    if (stores === undefined) return false;
    this.#sleepers.delete(peer);
    for (const storeId of stores) {
      for (const index of [this.#leadersFor, this.#followersOf]) {
        const group = index.get(storeId);
        if (group?.delete(peer) === true && group.size === 0) index.delete(storeId);
      }
    }
    return true;
  }

  /** One sleeping leader for each store that has to hear of this one. */
  *speakers(): Generator<P> {
    for (const group of this.#leadersFor.values()) {
      const [speaker] = group;
      if (speaker !== undefined) yield speaker;
    }
  }

  /** The sleeping followers whose leader's store was silent for `silenceMs`. */
  orphans(nowMs: number, silenceMs: number): readonly P[] {
    const found: P[] = [];
    for (const [storeId, group] of this.#followersOf) {
      const heardAtMs = this.#heardAtMs.get(storeId);
      if (heardAtMs === undefined) this.#heardAtMs.set(storeId, nowMs);
      else if (nowMs - heardAtMs >= silenceMs) found.push(...group);
    }
    return found;
  }

  #lull(peer: P, stores: readonly StoreId[], index: Map<StoreId, Set<P>>): void {
    this.rouse(peer);
    this.#sleepers.set(peer, stores);
    for (const storeId of stores) {
      const group = index.get(storeId);
      if (group === undefined) index.set(storeId, new Set([peer]));
      else group.add(peer);
    }
  }
}
