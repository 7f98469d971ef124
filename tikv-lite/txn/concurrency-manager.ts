/** What all regions of a store share: the largest read timestamp, the wait-for graph and what was committed lately. */

import { MaxTs } from '../mvcc/max-ts.ts';
import { CommittedTransactions } from './committed-transactions.ts';
import { DeadlockDetector } from './deadlock.ts';

export class ConcurrencyManager {
  readonly maxTs = new MaxTs();
  readonly deadlocks = new DeadlockDetector();
  readonly committed = new CommittedTransactions();
}
