/**
 * What this client reads now or may yet read: its transactions, from begin to end, and the snapshots that are held. Garbage
 * that one of them may read is left alone.
 */

import type { Ts } from '../../base/index.ts';

interface Reading {
  readonly ts: Ts;
}

export class ActiveReads {
  readonly #members = new Set<Reading>();

  get size(): number {
    return this.#members.size;
  }

  /** Reads at `ts` go on until the answer is called; calling it again does nothing. */
  hold(ts: Ts): () => void {
    const reading: Reading = { ts };
    this.#members.add(reading);
    return () => void this.#members.delete(reading);
  }

  /** The smallest timestamp. */
  oldest(): Ts | undefined {
    let oldest: Ts | undefined;
    for (const { ts } of this.#members) if (oldest === undefined || ts < oldest) oldest = ts;
    return oldest;
  }
}
