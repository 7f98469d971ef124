/** What stores told lately, and for how long each has been silent. */

import type { StoreId } from '../../base/index.ts';
import type { StoreHeartbeat } from '../client/pd-client.ts';

export interface StoreReport {
  /** undefined before the first heartbeat in this life of the placement driver. */
  readonly heartbeat: StoreHeartbeat | undefined;
  /** Monotonic; of a store that was not heard yet, when it was first looked for. */
  readonly heardAtMs: number;
  /** Wall clock; 0 when never. */
  readonly heardAtWallMs: number;
}

export class StoreReports {
  readonly #reports = new Map<StoreId, StoreReport>();

  heard(heartbeat: StoreHeartbeat, heardAtMs: number, heardAtWallMs: number): void {
    this.#reports.set(heartbeat.storeId, { heartbeat, heardAtMs, heardAtWallMs });
  }

  /** A store that only said it is there counts as heard. */
  expect(storeId: StoreId, nowMs: number): StoreReport {
    let report = this.#reports.get(storeId);
    if (report === undefined) {
      report = { heartbeat: undefined, heardAtMs: nowMs, heardAtWallMs: 0 };
      this.#reports.set(storeId, report);
    }
    return report;
  }

  /** Milliseconds since the store was last heard. */
  silentMs(storeId: StoreId, nowMs: number): number {
    return Math.max(0, nowMs - this.expect(storeId, nowMs).heardAtMs);
  }
}
