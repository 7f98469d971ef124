/** Bytes that all statements of a server hold together: one that would exceed the limit fails, the others go on. */

import type { MemoryTracker } from '../../engine/index.ts';
import { sqlErrors } from '../../engine/index.ts';

export class MemoryAccount implements MemoryTracker {
  readonly limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Throws 1037 and takes nothing when the limit would be exceeded. */
  consume(bytes: number): void {
    if (this.#usedBytes + bytes > this.limitBytes) throw sqlErrors.outOfMemory(bytes);
    this.#usedBytes += bytes;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
