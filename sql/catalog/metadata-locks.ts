/**
 * Metadata locks (MySQL manual 8.11.4): a transaction that wrote a table holds a shared lock on it until it ends; a
 * schema change takes it exclusively, so that no write made under the old schema commits beside the new one. Readers need
 * none: they see versions, and a table's data goes away only after its readers.
 *
 * Taking a free shared lock is synchronous. A waiting schema change goes first: new shared requests queue behind it.
 */

import type { Timers } from '../../base/index.ts';
import { sqlErrors } from '../../engine/index.ts';

/** The longest delay a timer takes: lock_wait_timeout may ask for a year. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface TableLock {
  readonly holders: Set<object>;
  exclusive: boolean;
  /** Schema changes that wait, first come first served. */
  readonly waiting: (() => void)[];
  /** Shared requests held back by a schema change. */
  readonly heldBack: (() => void)[];
}

/** An exclusive lock that is waited for without a promise. */
export interface ExclusiveClaim {
  readonly isGranted: boolean;
  /** Gives the lock, or the place in the queue, up. Once. */
  release(): void;
}

export class MetadataLocks {
  readonly #timers: Timers;
  readonly #tables = new Map<number, TableLock>();
  readonly #held = new WeakMap<object, Set<number>>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /**
   * Takes a shared lock for `owner` (a transaction), which keeps it until `release`; `timeoutMs` is asked only to wait. Undefined when it is granted at
   * once; else a promise that settles when it was, or rejects with 1205. A lock that had to wait may find the table
   * changed: the caller checks its schema version again.
   */
  lockShared(tableId: number, owner: object, timeoutMs: () => number): Promise<void> | undefined {
    const lock = this.#lockOf(tableId);
    if (lock.holders.has(owner)) return undefined;
    if (!lock.exclusive && lock.waiting.length === 0) {
      this.#grant(tableId, lock, owner);
      return undefined;
    }
    return this.#wait(lock.heldBack, timeoutMs()).then(() => this.lockShared(tableId, owner, timeoutMs));
  }

  /** Whether `owner` holds a shared lock on the table: it has written it, or was about to. */
  holds(owner: object, tableId: number): boolean {
    return this.#held.get(owner)?.has(tableId) === true;
  }

  /** Gives up all shared locks of `owner`; called when its transaction ends, more than once is harmless. */
  release(owner: object): void {
    const tables = this.#held.get(owner);
    if (tables === undefined) return;
    this.#held.delete(owner);
    for (const tableId of tables) {
      const lock = this.#tables.get(tableId);
      if (lock === undefined) continue;
      lock.holders.delete(owner);
      this.#advance(tableId, lock);
    }
  }

  /** Runs `change` while nobody else holds a lock on the tables; rejects with 1205 when that takes too long. */
  async withExclusive<T>(tableIds: readonly number[], timeoutMs: number, change: () => Promise<T>): Promise<T> {
    const sorted = [...new Set(tableIds)].sort((a, b) => a - b);
    const taken: number[] = [];
    try {
      for (const tableId of sorted) {
        await this.#lockExclusive(tableId, timeoutMs);
        taken.push(tableId);
      }
      return await change();
    } finally {
      for (const tableId of taken) this.#unlockExclusive(tableId);
    }
  }

  /** Queues for the exclusive lock of a table and keeps it until `release`: for a schema change on another server. */
  claimExclusive(tableId: number): ExclusiveClaim {
    const lock = this.#lockOf(tableId);
    let isGranted = false;
    const attempt = (): void => {
      if (lock.exclusive || lock.holders.size > 0) {
        lock.waiting.push(attempt);
        return;
      }
      lock.exclusive = true;
      isGranted = true;
      this.#tables.set(tableId, lock);
    };
    attempt();
    return {
      get isGranted() {
        return isGranted;
      },
      release: () => {
        if (isGranted) return this.#unlockExclusive(tableId);
        lock.waiting.splice(lock.waiting.indexOf(attempt), 1);
        this.#advance(tableId, lock);
      },
    };
  }

  async #lockExclusive(tableId: number, timeoutMs: number): Promise<void> {
    const lock = this.#lockOf(tableId);
    while (lock.exclusive || lock.holders.size > 0) {
      try {
        await this.#wait(lock.waiting, timeoutMs);
      } catch (error) {
        this.#advance(tableId, lock);
        throw error;
      }
    }
    lock.exclusive = true;
    this.#tables.set(tableId, lock);
  }

  #unlockExclusive(tableId: number): void {
    const lock = this.#lockOf(tableId);
    lock.exclusive = false;
    this.#advance(tableId, lock);
  }

  #lockOf(tableId: number): TableLock {
    let lock = this.#tables.get(tableId);
    if (lock === undefined) {
      lock = { holders: new Set(), exclusive: false, waiting: [], heldBack: [] };
      this.#tables.set(tableId, lock);
    }
    return lock;
  }

  #grant(tableId: number, lock: TableLock, owner: object): void {
    lock.holders.add(owner);
    const tables = this.#held.get(owner);
    if (tables === undefined) this.#held.set(owner, new Set([tableId]));
    else tables.add(tableId);
  }

  /** Lets the next one go on after something was given up. */
  #advance(tableId: number, lock: TableLock): void {
    if (lock.exclusive || lock.holders.size > 0) return;
    const next = lock.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    for (const resume of lock.heldBack.splice(0)) resume();
    if (lock.waiting.length === 0 && lock.heldBack.length === 0) this.#tables.delete(tableId);
  }

  #wait(queue: (() => void)[], timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const resume = (): void => {
        timer.cancel();
        resolve();
      };
      const timer = this.#timers.after(Math.min(timeoutMs, MAX_TIMER_MS), () => {
        const at = queue.indexOf(resume);
        if (at < 0) return;
        queue.splice(at, 1);
        reject(sqlErrors.lockWaitTimeout());
      });
      queue.push(resume);
    });
  }
}
