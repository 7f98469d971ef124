/** What stays of replicas that were removed, the newest `MAX_TOMBSTONES` of them: each takes its place in every checkpoint. */

import type { RegionId } from '../../base/index.ts';
import type { Tombstone } from './arrivals.ts';
import { MAX_TOMBSTONES } from './limits.ts';

export class Tombstones extends Map<RegionId, Tombstone> {
  /** The last one set is the newest, even when its region had one. */
  override set(regionId: RegionId, tombstone: Tombstone): this {
    this.delete(regionId);
    super.set(regionId, tombstone);
    const [oldest] = this.keys();
    if (this.size > MAX_TOMBSTONES && oldest !== undefined) this.delete(oldest);
    return this;
  }
}
