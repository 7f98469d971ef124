/**
 * Finds out whether a region is so busy that it should be split, and where its requests divide evenly: counts requests and
 * keeps the keys of the last ones, thinned out. TiKV's load-base-split, for points.
 */

import type { Key } from '../../base/index.ts';
import { DATA_FAMILY, LOCK_FAMILY, plainUserKey } from '../mvcc/keys.ts';

/** Every so many requests one key is remembered. */
const STRIDE = 32;
const SAMPLES = 256;
/** Both sides of a split have at least this share of the requests. */
const MIN_SHARE = 0.375;

export class LoadSampler {
  #requests = 0;
  #untilSample = STRIDE;
  #keys: Key[] = [];
  #next = 0;
  #busySeconds = 0;

  note(key: Key): void {
    this.#requests++;
    if (--this.#untilSample > 0) return;
    this.#untilSample = STRIDE;
    this.#keys[this.#next] = key;
    this.#next = (this.#next + 1) % SAMPLES;
  }

  /** A write, by its engine key; told from a read only in that the key is looked at when it is sampled. */
  noteWrite(engineKey: Key): void {
    const isSampled =
      this.#untilSample <= 1 && (engineKey.startsWith(DATA_FAMILY) || engineKey.startsWith(LOCK_FAMILY));
    if (isSampled) this.note(plainUserKey(engineKey));
    else {
      this.#requests++;
      this.#untilSample--;
    }
  }

  /**
   * Called once a second: the user key at which to split, if there were `requestsPerSecond` or more in each of the last
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
