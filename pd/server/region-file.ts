/**
 * The regions as last heard of, so that a restarted placement driver can route before the stores tell again. Written in
 * the background at most every few seconds; what it misses or has wrong the next heartbeats put right.
 */

import {
  type Disk,
  keyFromBytes,
  keyToBytes,
  type PeerId,
  type RegionId,
  type StoreId,
  type TimerHandle,
  type Timers,
} from '../../base/index.ts';
import { unheardInfo } from '../cluster/region-info.ts';
import type { RegionTree } from '../cluster/region-tree.ts';
import type { PeerRole } from '../meta.ts';

const SAVE_INTERVAL_MS = 5000;

/** One region: id, start, end ('' for none) in base64, confVer, version, peers, peer id of the leader (0 for none). */
type RegionRecord = readonly [
  number,
  string,
  string,
  number,
  number,
  readonly (readonly [number, number, PeerRole])[],
  number,
];

export class RegionFile {
  readonly #disk: Disk;
  readonly #timers: Timers;
  readonly #path: string;
  readonly #tree: RegionTree;
  #isChanged = false;
  #isSaving = false;
  #saving: Promise<void> | undefined;
  #timer: TimerHandle | undefined;
  #isClosed = false;

  constructor(disk: Disk, timers: Timers, path: string, tree: RegionTree) {
    this.#disk = disk;
    this.#timers = timers;
    this.#path = path;
    this.#tree = tree;
  }

  /** Puts what the file holds into the tree; contents that make no sense count as none. Rejects with DiskError. */
  async load(): Promise<void> {
    const bytes = await this.#disk.readFile(this.#path);
    if (bytes === undefined) return;
    let records: readonly RegionRecord[];
    try {
      records = JSON.parse(Buffer.from(bytes).toString()) as readonly RegionRecord[];
    } catch {
      return;
    }
    for (const record of records) this.#putRecord(record);
  }

  /** The tree changed: it is written before long. */
  changed(): void {
    this.#isChanged = true;
    if (this.#isSaving || this.#isClosed) return;
    this.#isSaving = true;
    this.#timer = this.#timers.after(SAVE_INTERVAL_MS, () => {
      this.#saving = this.#save();
    });
  }

  /** Writes what is not written yet, once a write under way is over: two of them would be in each other's way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#saving;
    if (this.#isChanged) await this.#write();
  }

  /** A failed write is tried again with the next change. */
  async #save(): Promise<void> {
    if (this.#isClosed) return;
    await this.#write().catch(() => {
      this.#isChanged = true;
    });
    this.#isSaving = false;
    if (this.#isChanged) this.changed();
  }

  async #write(): Promise<void> {
    this.#isChanged = false;
    const records: RegionRecord[] = [];
    for (const { region, leader } of this.#tree.values()) {
      const { start, end } = region.range;
      records.push([
        region.regionId,
        keyToBytes(start).toString('base64'),
        end === undefined ? '' : keyToBytes(end).toString('base64'),
        region.epoch.confVer,
        region.epoch.version,
        region.peers.map(({ peerId, storeId, role }) => [peerId, storeId, role] as const),
        leader?.peerId ?? 0,
      ]);
    }
    await this.#disk.replaceFile(this.#path, Buffer.from(JSON.stringify(records)));
  }

  #putRecord([regionId, start, end, confVer, version, peerRecords, leaderId]: RegionRecord): void {
    const peers = peerRecords.map(([peerId, storeId, role]) => ({
      peerId: peerId as PeerId,
      storeId: storeId as StoreId,
      role,
    }));
    const region = {
      regionId: regionId as RegionId,
      range: {
        start: keyFromBytes(Buffer.from(start, 'base64')),
        end: end === '' ? undefined : keyFromBytes(Buffer.from(end, 'base64')),
      },
      epoch: { confVer, version },
      peers,
    };
    this.#tree.put(
      unheardInfo(
        region,
        peers.find(({ peerId }) => peerId === leaderId),
      ),
    );
  }
}
