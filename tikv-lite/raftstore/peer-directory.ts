/**
 * The replicas of a store: by region, and those that hold a range in key order. Invariant: ranges of the store's
 * initialised replicas never overlap.
 */

import { assert, type Key, type KeyRange, type RegionId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';

/** What the directory has to know of a replica. */
export interface Resident {
  readonly regionId: RegionId;
  readonly region: Region;
  /** User keys. */
  readonly regionRange: KeyRange;
  /** False until it knows its range: made by a message, waiting for a snapshot. */
  readonly isInitialised: boolean;
}

function ends(range: KeyRange, start: Key): boolean {
  return range.end !== undefined && range.end <= start;
}

export function rangesOverlap(a: KeyRange, b: KeyRange): boolean {
  return !ends(a, b.start) && !ends(b, a.start);
}

export class PeerDirectory<P extends Resident> {
  readonly #byId = new Map<RegionId, P>();
  /** Initialised ones, by their start among the region keys. */
  readonly #byKey: P[] = [];

  get size(): number {
    return this.#byId.size;
  }

  get(regionId: RegionId): P | undefined {
    return this.#byId.get(regionId);
  }

  /** All of them, in no order. */
  all(): IterableIterator<P> {
    return this.#byId.values();
  }

  /** Those with a range, in key order. Changes with the directory. */
  get inKeyOrder(): readonly P[] {
    return this.#byKey;
  }

  add(peer: P): void {
    assert(!this.#byId.has(peer.regionId), `one replica of region ${peer.regionId} per store`);
    this.#byId.set(peer.regionId, peer);
    if (peer.isInitialised) this.#place(peer);
  }

  remove(peer: P): void {
    this.#byId.delete(peer.regionId);
    const at = this.#byKey.indexOf(peer);
    if (at >= 0) this.#byKey.splice(at, 1);
  }

  /** Runs `change`, in which ranges of `peers` change, and finds their places anew. */
  move(peers: readonly P[], change: () => void): void {
    for (const peer of peers) {
      const at = this.#byKey.indexOf(peer);
      if (at >= 0) this.#byKey.splice(at, 1);
    }
    change();
    for (const peer of peers) if (this.#byId.get(peer.regionId) === peer && peer.isInitialised) this.#place(peer);
  }

  /** The replica whose range holds a user key. */
  atUserKey(key: Key): P | undefined {
    const peer = this.#byKey[this.#firstBehind((one) => one.regionRange.start <= key) - 1];
    return peer === undefined || ends(peer.regionRange, key) ? undefined : peer;
  }

  /** Replicas whose range meets a range of region keys, in key order. */
  overlapping(range: KeyRange): readonly P[] {
    const found: P[] = [];
    let at = this.#firstBehind((one) => one.region.range.start <= range.start) - 1;
    for (at = Math.max(0, at); at < this.#byKey.length; at++) {
      const peer = this.#byKey[at];
      if (peer === undefined || (range.end !== undefined && peer.region.range.start >= range.end)) break;
      if (rangesOverlap(peer.region.range, range)) found.push(peer);
    }
    return found;
  }

  #place(peer: P): void {
    const { range } = peer.region;
    const at = this.#firstBehind((one) => one.region.range.start <= range.start);
    const [before, behind] = [this.#byKey[at - 1], this.#byKey[at]];
    assert(
      before === undefined || !rangesOverlap(before.region.range, range),
      `region ${peer.regionId} overlaps region ${before?.regionId}`,
    );
    assert(
      behind === undefined || !rangesOverlap(behind.region.range, range),
      `region ${peer.regionId} overlaps region ${behind?.regionId}`,
    );
    this.#byKey.splice(at, 0, peer);
  }

  /** How many at the beginning satisfy `isBefore`. */
  #firstBehind(isBefore: (peer: P) => boolean): number {
    let low = 0;
    let high = this.#byKey.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const peer = this.#byKey[middle];
      if (peer !== undefined && isBefore(peer)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
