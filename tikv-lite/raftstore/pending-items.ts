/**
 * What goes into the next group of log items beside new entries. A group may be torn, so the order counts: first what
 * entries stand on, then the entries, then hard states, whose commit index must not lie beyond the log. A checkpoint that
 * goes with them repeats hard states as the log in memory has them, and that learns of a group when it is written: of two
 * of a replica in one group the last one counts, so it must not be the older one.
 */

import type { RegionId } from '../../base/index.ts';
import type { HardState } from '../../raft/index.ts';
import type { LogItem } from './log/log-items.ts';

/** A replica with a hard state that is not written yet. */
export interface HardStateOwner {
  readonly regionId: RegionId;
  takeHardState(): HardState | undefined;
}

export class PendingItems {
  #foundations: LogItem[] = [];
  readonly #owners = new Set<HardStateOwner>();

  get isEmpty(): boolean {
    return this.#foundations.length === 0 && this.#owners.size === 0;
  }

  add(items: readonly LogItem[]): void {
    this.#foundations.push(...items);
  }

  /** The replica's hard state goes into the next group, whatever else does. */
  remember(owner: HardStateOwner): void {
    this.#owners.add(owner);
  }

  takeFoundations(): readonly LogItem[] {
    const taken = this.#foundations;
    this.#foundations = [];
    return taken;
  }

  takeHardStates(): readonly LogItem[] {
    const items: LogItem[] = [];
    for (const owner of this.#owners) {
      const hardState = owner.takeHardState();
      if (hardState !== undefined) items.push({ kind: 'hard-state', regionId: owner.regionId, hardState });
    }
    this.#owners.clear();
    return items;
  }
}

/** `items`, which stand behind `hardStates` in a group, with nothing in them that is older than those. */
export function withNewest(items: readonly LogItem[], hardStates: readonly LogItem[]): readonly LogItem[] {
  if (hardStates.length === 0) return items;
  const newest = new Map<RegionId, LogItem>();
  for (const item of hardStates) if (item.kind === 'hard-state') newest.set(item.regionId, item);
  return items.map((item) => (item.kind === 'hard-state' ? (newest.get(item.regionId) ?? item) : item));
}
