/** The part of the placement driver's client that transactions need most. */

import type { Ts, ValueOrPromise } from '../../base/index.ts';

export interface TimestampOracle {
  /** A timestamp greater than every one handed out before, by whichever placement driver. */
  getTs(): ValueOrPromise<Ts>;
}
