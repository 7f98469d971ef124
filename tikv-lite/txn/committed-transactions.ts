/**
 * Transactions that were committed on this store lately. A prewrite that a slow network delivers once more, after its
 * transaction was committed, would otherwise leave a lock on a key whose pessimistic prewrite checks nothing; known as
 * a retry it looks, and finds its own commit.
 *
 * Two generations: when the younger is full the older is forgotten, so between one and two times the limit is known.
 */

import type { Ts } from '../../base/index.ts';

const GENERATION = 16_384;

export class CommittedTransactions {
  #young = new Set<Ts>();
  #old = new Set<Ts>();

  add(startTs: Ts): void {
    this.#young.add(startTs);
    if (this.#young.size < GENERATION) return;
    this.#old = this.#young;
    this.#young = new Set();
  }

  has(startTs: Ts): boolean {
    return this.#young.has(startTs) || this.#old.has(startTs);
  }
}
