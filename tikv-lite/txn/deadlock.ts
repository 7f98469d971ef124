/**
 * The wait-for graph of a store. A wait that would close a cycle is refused: the requesting transaction is the victim.
 * Bounded by the number of waiting requests.
 */

import type { Key, Ts } from '../../base/index.ts';

export class DeadlockDetector {
  /** Waiting transaction → key it waits for → holder of that key. */
  readonly #edges = new Map<Ts, Map<Key, Ts>>();

  /**
   * Records that `waiter` waits for `holder` on `key`. Answers the transactions of the cycle, from the waiter on, when
   * that would be a deadlock; then nothing is recorded.
   */
  wait(waiter: Ts, holder: Ts, key: Key): readonly Ts[] | undefined {
    const path = this.#pathTo(holder, waiter);
    if (path !== undefined) return [waiter, ...path];
    let keys = this.#edges.get(waiter);
    if (keys === undefined) {
      keys = new Map();
      this.#edges.set(waiter, keys);
    }
    keys.set(key, holder);
    return undefined;
  }

  done(waiter: Ts, key: Key): void {
    const keys = this.#edges.get(waiter);
    if (keys === undefined) return;
    keys.delete(key);
    if (keys.size === 0) this.#edges.delete(waiter);
  }

  get size(): number {
    return this.#edges.size;
  }

  /** The transactions from `from` to the one that waits for `target`; a walk over distinct transactions. */
  #pathTo(from: Ts, target: Ts): Ts[] | undefined {
    if (from === target) return [];
    const cameFrom = new Map<Ts, Ts | undefined>([[from, undefined]]);
    const open: Ts[] = [from];
    for (let current = open.pop(); current !== undefined; current = open.pop()) {
      for (const holder of this.#edges.get(current)?.values() ?? []) {
        if (holder === target) return pathOf(cameFrom, current);
        if (cameFrom.has(holder)) continue;
        cameFrom.set(holder, current);
        open.push(holder);
      }
    }
    return undefined;
  }
}

function pathOf(cameFrom: ReadonlyMap<Ts, Ts | undefined>, last: Ts): Ts[] {
  const path: Ts[] = [];
  for (let at: Ts | undefined = last; at !== undefined; at = cameFrom.get(at)) path.unshift(at);
  return path;
}
