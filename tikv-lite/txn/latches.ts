/**
 * Latches: commands on the same key run one at a time, in order of arrival.
 *
 * A ticket joins the queues of all its keys in one step, so every queue has the same order and no two tickets can wait
 * for each other. Held from the first read of a command until its writes are applied.
 */

import { assert, type Key } from '../../base/index.ts';

export class LatchTicket {
  /** Distinct. */
  keys: readonly Key[];
  /** Keys that others hold or claimed earlier; 0 means held. */
  missing = 0;
  resume: (() => void) | undefined;
  /** Version of the region's epoch when the ticket was taken. */
  epochVersion = 0;

  constructor(keys: readonly Key[]) {
    this.keys = keys;
  }

  get isHeld(): boolean {
    return this.missing === 0;
  }

  /** Resolves when all keys are held. For a ticket that is not held yet, once. */
  held(): Promise<void> {
    return new Promise((resolve) => {
      this.resume = resolve;
    });
  }
}

export class Latches {
  readonly #owners = new Map<Key, LatchTicket>();
  readonly #queues = new Map<Key, LatchTicket[]>();
  /** Readers that wait for a holder to finish; they claim nothing. */
  readonly #watchers = new Map<Key, (() => void)[]>();

  isFree(key: Key): boolean {
    return this.#owners.size === 0 || !this.#owners.has(key);
  }

  /** Claims keys (a repeated one counts once); the ticket is held at once when all of them are free. */
  acquire(keys: readonly Key[]): LatchTicket {
    const ticket = new LatchTicket(keys);
    let hasRepeats = false;
    for (const key of keys) {
      const owner = this.#owners.get(key);
      if (owner === undefined) {
        this.#owners.set(key, ticket);
        continue;
      }
      const queue = this.#queues.get(key);
      if (owner === ticket || queue?.[queue.length - 1] === ticket) {
        hasRepeats = true;
        continue;
      }
      ticket.missing++;
      if (queue === undefined) this.#queues.set(key, [ticket]);
      else queue.push(ticket);
    }
    if (hasRepeats) ticket.keys = [...new Set(keys)];
    return ticket;
  }

  release(ticket: LatchTicket): void {
    assert(ticket.isHeld, 'only a held ticket is released');
    for (const key of ticket.keys) {
      if (this.#watchers.size > 0) this.#notify(key);
      if (this.#queues.size > 0) this.#handOver(key);
      else this.#owners.delete(key);
    }
  }

  /** Resolves when the present holder of the key has finished; the next may hold it then. */
  whenReleased(key: Key): Promise<void> {
    assert(this.#owners.has(key), 'somebody holds the key');
    return new Promise((resolve) => {
      const watchers = this.#watchers.get(key);
      if (watchers === undefined) this.#watchers.set(key, [resolve]);
      else watchers.push(resolve);
    });
  }

  #notify(key: Key): void {
    const watchers = this.#watchers.get(key);
    if (watchers === undefined) return;
    this.#watchers.delete(key);
    for (const watcher of watchers) watcher();
  }

  #handOver(key: Key): void {
    const queue = this.#queues.get(key);
    const next = queue?.shift();
    if (queue?.length === 0) this.#queues.delete(key);
    if (next === undefined) {
      this.#owners.delete(key);
      return;
    }
    this.#owners.set(key, next);
    next.missing--;
    if (next.missing === 0) next.resume?.();
  }
}
