/** Which stores stand where this process does, by their label `zone`; looked up now and then. */

import { Rounds, type StoreId, type Timers } from '../../base/index.ts';
import type { PdClient } from '../../pd/index.ts';

const ZONE_LABEL = 'zone';
const LOOKUP_MS = 10_000;

export class NearStores {
  readonly #pd: PdClient;
  readonly #zone: string;
  readonly #rounds: Rounds;
  #near: ReadonlySet<StoreId> = new Set();

  constructor(pd: PdClient, timers: Timers, zone: string) {
    this.#pd = pd;
    this.#zone = zone;
    // What is known stays when the placement driver does not answer.
    this.#rounds = new Rounds({ timers, intervalMs: LOOKUP_MS, round: () => this.#look() });
    this.#rounds.startNow();
  }

  has(storeId: StoreId): boolean {
    return this.#near.has(storeId);
  }

  close(): void {
    this.#rounds.close();
  }

  async #look(): Promise<void> {
    const stores = await this.#pd.getAllStores();
    const isHere = stores.filter(({ labels }) =>
      labels.some(({ key, value }) => key === ZONE_LABEL && value === this.#zone),
    );
    this.#near = new Set(isHere.map(({ storeId }) => storeId));
  }
}
