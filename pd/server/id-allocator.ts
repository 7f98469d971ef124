/** Ids that are used for nothing else in the cluster, from windows that are made durable ahead of use. */

import type { StateFile } from './durable-state.ts';

const WINDOW = 1000;

export class IdAllocator {
  readonly #file: StateFile;
  #next: number;
  #isReserving = false;

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
      await this.#raiseBound(end + WINDOW);
    }
    return first;
  }

  /** One id at once, from what is durable; undefined while more is being reserved. */
  takeNow(): number | undefined {
    const { idBound } = this.#file.state;
    if (idBound - this.#next < WINDOW / 2) this.#reserve();
    return this.#next < idBound ? this.#next++ : undefined;
  }

  /** Makes sure that `takeNow` can answer so often. Rejects with DiskError. */
  async prepare(count: number): Promise<void> {
    const bound = this.#next + count;
    if (bound > this.#file.state.idBound) await this.#raiseBound(bound + WINDOW);
  }

  /** Ids below are in use already. */
  skipTo(id: number): void {
    this.#next = Math.max(this.#next, id);
  }

  /** A failure shows when the window is used up and is reserved again. */
  #reserve(): void {
    if (this.#isReserving) return;
    this.#isReserving = true;
    this.#raiseBound(this.#next + WINDOW)
      .catch(() => undefined)
      .finally(() => {
        this.#isReserving = false;
      });
  }

  async #raiseBound(bound: number): Promise<void> {
    await this.#file.change((state) => (state.idBound >= bound ? state : { ...state, idBound: bound }));
  }
}
