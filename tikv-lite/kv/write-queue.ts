/**
 * Writes on their way to the disk part: generations, oldest first. Each becomes one batch; the oldest may be in flight,
 * the newest takes new writes until it is full. Reads see through all of them, the newest first.
 */

import { defined, type Key, type KeyRange } from '../../base/index.ts';
import type { WriteOperation } from './kv-engine.ts';
import { mergePending } from './merge-scan.ts';
import { type PendingPair, PendingWrites } from './pending-writes.ts';

/** A batch is closed beyond this: making one blocks the event loop for some 10 ms per MB. */
const MAX_GENERATION_BYTES = 1 << 20;

/** One batch of merged writes, and those who wait for it. */
export class Generation {
  readonly writes: PendingWrites;
  readonly done: Promise<void>;
  sync = false;
  resolve!: () => void;
  reject!: (error: Error) => void;

  constructor(writes: PendingWrites) {
    this.writes = writes;
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.done.catch(() => {});
  }
}

export class WriteQueue {
  #generations: Generation[] = [];
  #isFlying = false;

  get sizeBytes(): number {
    let sizeBytes = 0;
    for (const { writes } of this.#generations) sizeBytes += writes.sizeBytes;
    return sizeBytes;
  }

  get isFlying(): boolean {
    return this.#isFlying;
  }

  /** The next one to write, if any and if none is in flight. */
  get waiting(): Generation | undefined {
    return this.#isFlying ? undefined : this.#generations[0];
  }

  /** The newest one: when it is written, everything added so far is. */
  get newest(): Generation | undefined {
    return this.#generations.at(-1);
  }

  add(operations: readonly WriteOperation[], sync: boolean): Generation {
    let newest = this.newest;
    const isClosed = this.#isFlying && this.#generations.length === 1;
    if (newest === undefined || isClosed || newest.writes.sizeBytes >= MAX_GENERATION_BYTES) {
      newest = new Generation(new PendingWrites());
      this.#generations.push(newest);
    }
    newest.writes.add(operations);
    if (sync) newest.sync = true;
    return newest;
  }

  takeOff(): Generation {
    this.#isFlying = true;
    return defined(this.#generations[0], 'something waits');
  }

  landed(): void {
    this.#isFlying = false;
    this.#generations.shift()?.resolve();
  }

  /** Nothing more can be written: rejects everyone, keeps all writes visible and first in line. */
  fail(error: Error): void {
    this.#isFlying = false;
    const failed = this.#generations;
    if (failed.length === 0) return;
    const merged = new PendingWrites();
    for (let i = failed.length - 1; i >= 0; i--) merged.addOlder((failed[i] as Generation).writes);
    this.#generations = [new Generation(merged)];
    for (const generation of failed) generation.reject(error);
  }

  removeRange(range: KeyRange): void {
    for (const { writes } of this.#generations) writes.removeRange(range);
  }

  /** TOMBSTONE when deleted, undefined when nothing is pending for the key. */
  get(key: Key): Uint8Array | undefined {
    for (let i = this.#generations.length - 1; i >= 0; i--) {
      const value = (this.#generations[i] as Generation).writes.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** What a page of `limit` pairs needs to know of the pending writes in a range, in scan order. */
  collect(range: KeyRange, limit: number, reverse: boolean): PendingPair[] {
    let merged: PendingPair[] = [];
    for (let i = this.#generations.length - 1; i >= 0; i--) {
      const older = (this.#generations[i] as Generation).writes.collect(range, limit + merged.length, reverse);
      merged = mergePending(merged, older, reverse);
    }
    return merged;
  }

  copy(): PendingWrites {
    const copy = new PendingWrites();
    for (let i = this.#generations.length - 1; i >= 0; i--) copy.addOlder((this.#generations[i] as Generation).writes);
    return copy;
  }
}
