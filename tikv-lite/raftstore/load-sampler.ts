/**
 * Finds out whether a region is so busy that it should be split, and where its requests divide evenly: counts requests and
 * keeps the keys of the last ones, thinned out. TiKV's load-base-split, for points.
 */

import type { Key } from '../../base/index.ts';
import { DATA_FAMILY, LOCK_FAMILY, plainUserKey } from '../mvcc/keys.ts';
import { RAW_FAMILY, userKeyOfRaw } from '../raw/raw-keys.ts';
import { regionKeyOf } from './region-keys.ts';

/** Every so many requests one key is remembered. */
const STRIDE = 32;
const SAMPLES = 256;
/** Both sides of a split have at least this share of the requests. */
const MIN_SHARE = 0.375;

export class LoadSampler {
  #requests = 0;
  #untilSample = STRIDE;
  /** Region keys. */
  #keys: Key[] = [];
  #next = 0;
  #busySeconds = 0;

  /** A read at a user key, or at a raw key. */
  note(key: Key, isRaw = false): void {
    this.#requests++;
    if (--this.#untilSample <= 0) this.#sample(isRaw ? key : regionKeyOf(key));
  }

  /** A write, by its engine key; those of other families than the rows' are counted, and the next one is sampled. */
  noteWrite(engineKey: Key): void {
    this.#requests++;
    if (--this.#untilSample > 0) return;
    if (engineKey.startsWith(DATA_FAMILY) || engineKey.startsWith(LOCK_FAMILY))
      this.#sample(regionKeyOf(plainUserKey(engineKey)));
    else if (engineKey.startsWith(RAW_FAMILY)) this.#sample(userKeyOfRaw(engineKey));
  }

  #sample(regionKey: Key): void {
    this.#untilSample = STRIDE;
    this.#keys[this.#next] = regionKey;
    this.#next = (this.#next + 1) % SAMPLES;
  }

  /**
   * Called once a second: the region key at which to split, if there were `requestsPerSecond` or more in each of the last
   * `seconds` seconds and they divide. Then it starts over.
   */
  second(requestsPerSecond: number, seconds: number): Key | undefined {
    const isBusy = this.#requests >= requestsPerSecond;
    this.#requests = 0;
    if (!isBusy) {
      if (this.#keys.length > 0) this.reset();
      return undefined;
    }
    if (++this.#busySeconds < seconds) return undefined;
    const key = dividingKey(this.#keys);
    this.reset();
    return key;
  }

  reset(): void {
    this.#busySeconds = 0;
    this.#keys = [];
    this.#next = 0;
  }
}

/** The key nearest to the middle of `keys` that leaves enough on both sides: what is below it, and itself with the rest. */
function dividingKey(keys: readonly Key[]): Key | undefined {
  const sorted = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = Math.floor(sorted.length / 2);
  const reach = Math.floor(sorted.length * (0.5 - MIN_SHARE));
  for (let distance = 0; distance <= reach; distance++) {
    for (const at of [middle + distance, middle - distance]) {
      const key = sorted[at];
      const below = sorted[at - 1];
      if (key !== undefined && below !== undefined && below < key) return key;
    }
  }
  return undefined;
}
