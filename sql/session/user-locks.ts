/** User-level locks of a server (GET_LOCK): named, re-entrant, held by connections, granted in the order of asking. */

interface Lock {
  holder: number;
  count: number;
  readonly waiting: Waiter[];
}

interface Waiter {
  readonly connectionId: number;
  readonly grant: () => void;
}

export class UserLocks {
  readonly #locks = new Map<string, Lock>();

  holder(name: string): number | null {
    return this.#locks.get(name)?.holder ?? null;
  }

  /** How often its holder took it. */
  count(name: string): number {
    return this.#locks.get(name)?.count ?? 0;
  }

  namesOf(connectionId: number): readonly string[] {
    return [...this.#locks].filter(([, { holder }]) => holder === connectionId).map(([name]) => name);
  }

  /** True when the connection holds the lock now. */
  tryTake(name: string, connectionId: number): boolean {
    const lock = this.#locks.get(name);
    if (lock === undefined) {
      this.#locks.set(name, { holder: connectionId, count: 1, waiting: [] });
      return true;
    }
    if (lock.holder !== connectionId) return false;
    lock.count++;
    return true;
  }

  /** Queues for a lock somebody else holds; `grant` is called once it is the connection's. Answers how to give up. */
  wait(name: string, connectionId: number, grant: () => void): () => void {
    const waiting = this.#locks.get(name)?.waiting ?? [];
    const waiter: Waiter = { connectionId, grant };
    waiting.push(waiter);
    return () => {
      const at = waiting.indexOf(waiter);
      if (at >= 0) waiting.splice(at, 1);
    };
  }

  /** 1, or 0 for another connection's lock, or null when nobody holds it. */
  release(name: string, connectionId: number): number | null {
    const lock = this.#locks.get(name);
    if (lock === undefined) return null;
    if (lock.holder !== connectionId) return 0;
    lock.count--;
    if (lock.count === 0) this.#passOn(name, lock);
    return 1;
  }

  /** The number of locks given back, each as often as it was taken. */
  releaseAll(connectionId: number): number {
    let released = 0;
    for (const [name, lock] of [...this.#locks]) {
      if (lock.holder !== connectionId) continue;
      released += lock.count;
      this.#passOn(name, lock);
    }
    return released;
  }

  #passOn(name: string, lock: Lock): void {
    const next = lock.waiting.shift();
    if (next === undefined) {
      this.#locks.delete(name);
      return;
    }
    lock.holder = next.connectionId;
    lock.count = 1;
    next.grant();
  }
}
