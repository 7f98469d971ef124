/** What all regions of a store share: the largest read timestamp and the wait-for graph. */

import type { Ts } from '../../base/index.ts';
import { MaxTs } from '../mvcc/max-ts.ts';
import { DeadlockDetector } from './deadlock.ts';

export class ConcurrencyManager {
  readonly maxTs = new MaxTs();
  readonly deadlocks = new DeadlockDetector();
  #isSynced = false;

  /** False until a fresh timestamp covers the reads that earlier leaders served; no commit_ts is promised before. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** `freshTs` was handed out after this store took the lead. */
  synced(freshTs: Ts): void {
    this.maxTs.advance(freshTs);
    this.#isSynced = true;
  }
}
