/** The transactions of this client that have begun and not ended: garbage they may still read is left alone. */

import type { Ts } from '../../base/index.ts';

interface Started {
  readonly startTs: Ts;
}

export class ActiveTransactions {
  readonly #members = new Set<Started>();

  get size(): number {
    return this.#members.size;
  }

  add(transaction: Started): void {
    this.#members.add(transaction);
  }

  delete(transaction: Started): void {
    this.#members.delete(transaction);
  }

  /** The smallest start_ts. */
  oldest(): Ts | undefined {
    let oldest: Ts | undefined;
    for (const { startTs } of this.#members) if (oldest === undefined || startTs < oldest) oldest = startTs;
    return oldest;
  }
}
