/** The largest timestamp any read of this store has used: what async commit and one-phase commit must stay above. */

import { MAX_TS, NO_TS, type Ts } from '../../base/index.ts';

export class MaxTs {
  #current = NO_TS;

  get current(): Ts {
    return this.#current;
  }

  /** Never lowers; MAX_TS ("latest") is not remembered. */
  advance(ts: Ts): void {
    if (ts > this.#current && ts !== MAX_TS) this.#current = ts;
  }
}
