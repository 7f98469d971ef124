/** Ids that are used for nothing else in the cluster, from windows that are made durable ahead of use. */

import type { StateFile } from './durable-state.ts';

const WINDOW = 1000;

export class IdAllocator {
  readonly #file: StateFile;
  #next: number;

  /** What the last life reserved and did not use is lost. */
  constructor(file: StateFile) {
    this.#file = file;
    this.#next = file.state.idBound;
  }

  /** The first of `count` consecutive ids. Rejects with DiskError. */
  async allocate(count: number): Promise<number> {
    const first = this.#next;
    const end = first + count;
    this.#next = end;
    if (end > this.#file.state.idBound) {
      await this.#file.change((state) => (state.idBound >= end ? state : { ...state, idBound: end + WINDOW }));
    }
    return first;
  }

  /** Ids below are in use already. */
  skipTo(id: number): void {
    this.#next = Math.max(this.#next, id);
  }
}
