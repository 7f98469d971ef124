/** What all regions of a store share: the largest read timestamp, the wait-for graph and what was committed lately. */

import type { Clock } from '../../base/index.ts';
import { MaxTs } from '../mvcc/max-ts.ts';
import { CommittedTransactions } from './committed-transactions.ts';
import { DeadlockDetector } from './deadlock.ts';
import type { DeadlockService } from './deadlock-service.ts';

export class ConcurrencyManager {
  readonly maxTs = new MaxTs();
  readonly deadlocks = new DeadlockDetector();
  /** Among several stores. */
  deadlockService: DeadlockService | undefined;
  readonly committed = new CommittedTransactions();
  /** Tells how long requests have waited; absent where nobody asks. */
  readonly clock: Clock | undefined;

  constructor(clock?: Clock) {
    this.clock = clock;
  }
}
