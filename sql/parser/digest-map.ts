/**
 * A bounded map from normalised statements to what was made of them. Hash equality is only the first step: the skeleton's
 * bytes are compared on each hit. When it is full, entries not used since the last sweep make room (second chance).
 */

import type { Normalized } from './normalize.ts';

interface Entry<V> {
  readonly skeleton: Uint8Array;
  readonly value: V;
  used: boolean;
}

export class DigestMap<V> {
  readonly #entries = new Map<number, Entry<V>>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Normalized): V | undefined {
    const entry = this.#entries.get(key.hash);
    if (entry === undefined || !key.matches(entry.skeleton)) return undefined;
    entry.used = true;
    return entry.value;
  }

  /** Of two statements with the same hash the later one stays. */
  set(key: Normalized, value: V): void {
    this.#entries.delete(key.hash);
    if (this.#entries.size >= this.#capacity) this.#evict();
    this.#entries.set(key.hash, { skeleton: key.skeleton(), value, used: false });
  }

  delete(key: Normalized): void {
    const entry = this.#entries.get(key.hash);
    if (entry !== undefined && key.matches(entry.skeleton)) this.#entries.delete(key.hash);
  }

  clear(): void {
    this.#entries.clear();
  }

  #evict(): void {
    for (const [hash, entry] of this.#entries) {
      this.#entries.delete(hash);
      if (!entry.used) return;
      entry.used = false;
      this.#entries.set(hash, entry);
    }
  }
}
