/** Timestamps of a placement driver that may be away for a while: asked again until it answers. */

import { isPromise, type Random, type Timers, type Ts, type ValueOrPromise } from '../../base/index.ts';
import { PdError, type TimestampOracle } from '../../pd/index.ts';
import { BackOff } from './back-off.ts';

export class ClusterOracle implements TimestampOracle {
  readonly #pd: TimestampOracle;
  readonly #timers: Timers;
  readonly #random: Random;

  constructor(pd: TimestampOracle, timers: Timers, random: Random) {
    this.#pd = pd;
    this.#timers = timers;
    this.#random = random;
  }

  /** Rejects with TransactionError 'unavailable' when the placement driver stays away. */
  getTs(): ValueOrPromise<Ts> {
    const ts = this.#pd.getTs();
    return isPromise(ts) ? ts.catch((error: unknown) => this.#askAgain(error)) : ts;
  }

  async #askAgain(first: unknown): Promise<Ts> {
    const backOff = new BackOff({ timers: this.#timers, random: this.#random });
    let error = first;
    for (;;) {
      if (!(error instanceof PdError)) throw error;
      await backOff.wait('placement-driver', `a timestamp: ${error.message}`);
      try {
        return await this.#pd.getTs();
      } catch (again) {
        error = again;
      }
    }
  }
}
