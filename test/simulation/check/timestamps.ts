/** Wraps a timestamp oracle: what is asked for after an answer was given must be greater than that answer. */

import { chain, NO_TS, type Ts, type ValueOrPromise } from '../../../base/index.ts';
import type { TimestampOracle } from '../../../pd/index.ts';
import { check } from '../support/outcome.ts';

/** Lives as long as the run: the order holds across restarts of the oracle. */
export class TimestampOrder {
  #greatest: Ts = NO_TS;
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  watch(oracle: TimestampOracle): TimestampOracle {
    return {
      getTs: (): ValueOrPromise<Ts> => {
        const before = this.#greatest;
        return chain(oracle.getTs(), (ts) => {
          this.#answered(before, ts);
          return ts;
        });
      },
    };
  }

  #answered(before: Ts, ts: Ts): void {
    try {
      check(ts > before, () => `the oracle answered ${ts} after ${before}`);
    } catch (error) {
      this.#failed(error);
    }
    if (ts > this.#greatest) this.#greatest = ts;
  }
}
