/**
 * The end of replicas: what the store remembers of them, and what they leave behind on the disk. Part of Store, which
 * decides who goes and tells the observers.
 *
 * A replica takes part in nothing from its end on. Its part of the log goes once a checkpoint says that it is gone, and
 * only then its data, except where another replica lives by then. What a store that stopped in between left is cleared
 * by the next start.
 */

import { type KeyRange, type Logger, MIN_KEY, type RegionId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { EntryId } from '../../raft/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import type { Tombstone } from './arrivals.ts';
import { clearRegionData, uncovered } from './clear-data.ts';
import { SPACE_CHECK_MS } from './limits.ts';
import type { Peer } from './peer.ts';
import { rangesOverlap } from './peer-directory.ts';
import { Tombstones } from './tombstones.ts';

/** How a replica ends. */
export interface ReplicaEnd extends Pick<Tombstone, 'region' | 'mergedInto' | 'isReplaced'> {
  readonly clearsData: boolean;
  /** An entry that it was told to be committed. */
  readonly committed?: EntryId | undefined;
}

/** What departures need of the store. */
export interface DepartureHost {
  readonly engine: KvEngine;
  readonly logger: Logger | undefined;
  /** The replica is none of the store's any more. */
  forget(peer: Peer): void;
  regionsIn(range: KeyRange): readonly Region[];
  /** Rejects when no checkpoint could be made. */
  makeCheckpoint(): Promise<void>;
  /** Resolves after a while. */
  pause(ms: number): Promise<void>;
  /** The store is closed or failed: what is left behind stays. */
  isOver(): boolean;
}

export class Departures {
  readonly #host: DepartureHost;
  readonly tombstones = new Tombstones();
  /** Whose log and data are not gone yet. */
  readonly #leaving = new Map<RegionId, KeyRange>();
  /** Where no replica was when the store was opened; not looked through yet. */
  readonly #unclaimed = new Set<KeyRange>();

  constructor(host: DepartureHost) {
    this.#host = host;
  }

  /** Whether log and data of a replica that was removed are not gone yet. */
  isLeaving(regionId: RegionId): boolean {
    return this.#leaving.has(regionId);
  }

  /** Whether data in `range` may still be of a replica that was removed. */
  isBeingCleared(range: KeyRange): boolean {
    return [...this.#leaving.values(), ...this.#unclaimed].some((leaving) => rangesOverlap(leaving, range));
  }

  /** For a store that was just opened: removes what replicas that went before it stopped have left. */
  clearUnclaimed(): void {
    const everything: KeyRange = { start: MIN_KEY };
    for (const gap of uncovered(everything, this.#host.regionsIn(everything))) this.#unclaimed.add(gap);
    this.#clearEach([...this.#unclaimed]).catch((error: unknown) => {
      this.#host.logger?.warn({ error: String(error) }, 'data of removed replicas stays until the next start');
    });
  }

  async #clearEach(gaps: readonly KeyRange[]): Promise<void> {
    try {
      for (const gap of gaps) {
        if (this.#host.isOver()) return;
        await this.#clearData(gap);
        this.#unclaimed.delete(gap);
      }
    } finally {
      this.#unclaimed.clear();
    }
  }

  /** The replica takes part in nothing any more; what it leaves behind goes later. */
  end(peer: Peer, { clearsData, committed, ...rest }: ReplicaEnd): void {
    const { regionId, peerId, installedVersion, applied: own } = peer;
    const { logger } = this.#host;
    const applied = committed !== undefined && committed.index > own.index ? committed : own;
    peer.remove();
    this.#host.forget(peer);
    this.tombstones.set(regionId, { ...rest, peerId, applied, installedVersion });
    this.#leaving.set(regionId, peer.region.range);
    logger?.info({ regionId, peerId }, 'a replica was removed');
    this.#retire(regionId, clearsData).catch((error: unknown) => {
      logger?.warn({ regionId, error: String(error) }, 'the rest of a removed replica stays');
    });
  }

  /** Once nothing in the log is needed for others any more, the replica's part of it goes, and then its data. */
  async #retire(regionId: RegionId, hasData: boolean): Promise<void> {
    while (!(await this.#isCheckpointed())) await this.#host.pause(SPACE_CHECK_MS);
    if (hasData) await this.#clearData(this.#leaving.get(regionId));
    this.#leaving.delete(regionId);
  }

  /** Makes a checkpoint; false when that failed and may be tried again. */
  #isCheckpointed(): Promise<boolean> {
    return this.#host.makeCheckpoint().then(
      () => true,
      (error: unknown) => {
        if (this.#host.isOver()) throw error;
        return false;
      },
    );
  }

  /** Removes what the store holds in a range of region keys, except where replicas live. */
  async #clearData(range: KeyRange | undefined): Promise<void> {
    if (range === undefined) return;
    await clearRegionData(this.#host.engine, range, (part) => this.#host.regionsIn(part));
  }
}
