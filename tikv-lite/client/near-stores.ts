/** Which stores stand where this process does, by their label `zone`; looked up now and then. */

import type { StoreId, TimerHandle, Timers } from '../../base/index.ts';
import type { PdClient } from '../../pd/index.ts';

const ZONE_LABEL = 'zone';
const LOOKUP_MS = 10_000;

export class NearStores {
  readonly #pd: PdClient;
  readonly #timers: Timers;
  readonly #zone: string;
  #near: ReadonlySet<StoreId> = new Set();
  #timer: TimerHandle | undefined;
  #isClosed = false;

  constructor(pd: PdClient, timers: Timers, zone: string) {
    this.#pd = pd;
    this.#timers = timers;
    this.#zone = zone;
    this.#look();
  }

  has(storeId: StoreId): boolean {
    return this.#near.has(storeId);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** What is known stays when the placement driver does not answer. */
  #look(): void {
    this.#pd
      .getAllStores()
      .then(
        (stores) => {
          const isHere = stores.filter(({ labels }) =>
            labels.some(({ key, value }) => key === ZONE_LABEL && value === this.#zone),
          );
          this.#near = new Set(isHere.map(({ storeId }) => storeId));
        },
        () => undefined,
      )
      .finally(() => {
        if (!this.#isClosed) this.#timer = this.#timers.after(LOOKUP_MS, () => this.#look());
      });
  }
}
