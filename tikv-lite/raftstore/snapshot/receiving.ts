/**
 * Snapshots that come in, in these steps:
 *
 * 1. the contents are written to a staging file, which is durable before raft hears of the snapshot;
 * 2. the newest checkpoint is one that no entry of which, replayed, could write into the snapshot's range, and that knows
 *    every region split off from the replica so far; otherwise a new one is made first;
 * 3. one log item replaces the replica's log and marks it 'applying'; with it end the replicas here whose regions had become
 *    part of the snapshot's (stale-replicas.ts). From here on a start finishes the work;
 * 4. the data of the range, old and new, is removed, and the file written into the engine. Meanwhile the replica answers
 *    votes and heartbeats but takes no entries and serves no reads;
 * 5. the replica works; the next checkpoint says so, and the file goes.
 *
 * Installations run one at a time.
 */

import type { KeyRange, Logger, RegionId, Timers } from '../../../base/index.ts';
import type { Region } from '../../../pd/index.ts';
import type { Snapshot } from '../../../raft/index.ts';
import type { KvEngine } from '../../kv/kv-engine.ts';
import type { RegionCheckpoint } from '../checkpoint.ts';
import { MAX_INCOMING_SNAPSHOTS } from '../limits.ts';
import type { Peer } from '../peer.ts';
import { rangesOverlap } from '../peer-directory.ts';
import { RegionError } from '../region-kv.ts';
import type { RegionMessage } from '../transport.ts';
import { writeContents } from './contents.ts';
import { decodeDescription } from './format.ts';
import { untilSilent } from './silence.ts';
import type { SnapshotPoint, StagingArea } from './staging.ts';

export interface ReceivingHost {
  readonly engine: KvEngine;
  readonly timers: Timers;
  readonly staging: StagingArea;
  readonly logger: Logger | undefined;
  checkpoint(): ReadonlyMap<RegionId, RegionCheckpoint> | undefined;
  peer(regionId: RegionId): Peer | undefined;
  replicasIn(range: KeyRange): readonly Peer[];
  /** Whether a removed replica's data in the range is not gone yet. */
  isBeingCleared(range: KeyRange): boolean;
  /** Replicas of merged regions that end with a snapshot of `region`, each with the region that took its own over. */
  replacedBy(region: Region): ReadonlyMap<Peer, Region>;
  /** A snapshot of the region is refused because of a replica in its range. */
  refused(region: Region): void;
  deliver(message: RegionMessage): void;
  makeCheckpoint(): Promise<void>;
  clearData(range: KeyRange, except: Peer): Promise<void>;
  installed(peer: Peer): void;
  wake(peer: Peer): void;
  pause(ms: number): Promise<void>;
  /** A store that has failed or is closed installs nothing more. */
  isOver(): boolean;
}

const RETRY_MS = 1000;

interface Arrival {
  readonly point: SnapshotPoint;
  readonly region: Region;
  /** The log is told that it is applied, so that a start may need the file. */
  hasBegun: boolean;
}

export class SnapshotReceiver {
  readonly #host: ReceivingHost;
  /** Regions whose contents are on their way into a file. */
  readonly #receiving = new Set<RegionId>();
  /** In their files, given to raft. */
  readonly #arrived = new Map<RegionId, Arrival>();
  /** Regions for which a checkpoint is made. */
  readonly #preparing = new Set<RegionId>();
  #installing: Promise<void> = Promise.resolve();

  constructor(host: ReceivingHost) {
    this.#host = host;
  }

  /** Resolves when the snapshot is durable here and with raft. Rejects with RegionError or DiskError when it is not taken. */
  async receive(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const arrival = this.#admit(header);
    const { point } = arrival;
    const { regionId } = point;
    if (this.#receiving.size >= MAX_INCOMING_SNAPSHOTS) throw refusal(regionId, 'too many snapshots arrive here');
    this.#receiving.add(regionId);
    try {
      await this.#host.staging.receive(point, untilSilent(chunks, this.#host.timers));
    } finally {
      this.#receiving.delete(regionId);
    }
    try {
      this.#admit(header);
    } catch (error) {
      await this.#host.staging.discard(point);
      throw error;
    }
    this.#arrived.set(regionId, arrival);
    this.#host.deliver(header);
  }

  /** Whether raft may hand out the snapshot that it holds for `peer`; when not, it may later, and the store is woken then. */
  mayApply(peer: Peer): boolean {
    const arrival = this.#arrived.get(peer.regionId);
    if (arrival === undefined) return true;
    const { region } = arrival;
    const isFree = this.#obstacle(region) === undefined;
    if (isFree && this.#isCovered(peer, region)) return true;
    if (this.#preparing.has(peer.regionId)) return false;
    this.#preparing.add(peer.regionId);
    const prepared = isFree
      ? this.#host.makeCheckpoint().catch(() => this.#host.pause(RETRY_MS))
      : this.#host.pause(RETRY_MS);
    prepared
      .finally(() => {
        this.#preparing.delete(peer.regionId);
        this.#host.wake(peer);
      })
      .catch(() => {});
    return false;
  }

  /** What the log has to say of the replica once raft handed out `snapshot`, and the replicas that end with that. */
  begin(
    peer: Peer,
    { index, term }: Snapshot,
  ): { readonly replica: RegionCheckpoint; readonly replacing: ReadonlyMap<Peer, Region> } {
    const arrival = this.#arrived.get(peer.regionId);
    if (arrival?.point.index !== index || arrival.point.term !== term) {
      throw new Error(`region ${peer.regionId}: raft restores a snapshot that is not here`);
    }
    arrival.hasBegun = true;
    const { region } = arrival;
    const replica = { state: 'applying' as const, region, peerId: peer.peerId, index, term };
    return { replica, replacing: this.#host.replacedBy(region) };
  }

  /** Raft had no use for what arrived, or its replica is gone. */
  forget(peer: Peer): void {
    const arrival = this.#arrived.get(peer.regionId);
    if (arrival === undefined) return;
    this.#arrived.delete(peer.regionId);
    if (!arrival.hasBegun) this.#host.staging.discard(arrival.point).catch(() => {});
  }

  get hasArrivals(): boolean {
    return this.#arrived.size > 0;
  }

  /** The log says 'applying': what follows. `formerRange` is what the replica held before. */
  install(peer: Peer, formerRange: KeyRange | undefined): void {
    const arrival = this.#arrived.get(peer.regionId);
    if (arrival === undefined) return;
    this.#arrived.delete(peer.regionId);
    this.#installing = this.#installing.then(() => this.#install(peer, arrival, formerRange));
  }

  async #install(peer: Peer, { point, region }: Arrival, formerRange: KeyRange | undefined): Promise<void> {
    const { engine, staging, logger } = this.#host;
    const isWanted = (): boolean => !peer.isRemoved && !this.#host.isOver();
    while (isWanted()) {
      try {
        if (formerRange !== undefined) await this.#host.clearData(formerRange, peer);
        await this.#host.clearData(region.range, peer);
        await writeContents(engine, staging, point, isWanted);
        if (!isWanted()) break;
        this.#host.installed(peer);
        await this.#host.makeCheckpoint();
        break;
      } catch (error) {
        logger?.warn({ regionId: point.regionId, error: String(error) }, 'a snapshot could not be applied');
        if (!peer.isInstalling) break;
        await this.#host.pause(RETRY_MS);
      }
    }
    if (!this.#host.isOver()) await this.#discardCovered(point);
  }

  /** The file stays for as long as a start might need it. */
  async #discardCovered(point: SnapshotPoint): Promise<void> {
    const replica = this.#host.checkpoint()?.get(point.regionId);
    if (replica?.state === 'applying' && replica.index === point.index) return;
    await this.#host.staging.discard(point);
  }

  #admit(header: RegionMessage): Arrival {
    const { regionId, message, to } = header;
    const snapshot = message?.snapshot;
    const region = snapshot === undefined ? undefined : decodeDescription(snapshot.data);
    const peer = this.#host.peer(regionId);
    if (snapshot === undefined || region === undefined) throw refusal(regionId, 'not a snapshot of this store');
    if (peer === undefined || peer.peerId !== to.peerId) throw refusal(regionId, `peer ${to.peerId} is not here`);
    if (peer.isInstalling || this.#arrived.has(regionId) || this.#receiving.has(regionId)) {
      throw refusal(regionId, 'another snapshot of the region is being applied');
    }
    this.#checkRange(region);
    return { region, point: { regionId, index: snapshot.index, term: snapshot.term }, hasBegun: false };
  }

  #checkRange(region: Region): void {
    const { regionId, range } = region;
    const obstacle = this.#obstacle(region);
    if (obstacle !== undefined) {
      this.#host.refused(region);
      throw refusal(regionId, `region ${obstacle} is in its range`);
    }
    for (const { region: arriving } of this.#arrived.values()) {
      if (rangesOverlap(arriving.range, range)) throw refusal(regionId, 'a snapshot is being applied in its range');
    }
    if (this.#host.isBeingCleared(range)) throw refusal(regionId, 'its range is being cleared');
  }

  /** A region in the range of a snapshot whose replica here does not end with it. */
  #obstacle({ regionId, range, ...rest }: Region): RegionId | undefined {
    const others = this.#host.replicasIn(range).filter((other) => other.regionId !== regionId);
    if (others.length === 0) return undefined;
    const replaced = this.#host.replacedBy({ regionId, range, ...rest });
    return others.find((other) => !replaced.has(other))?.regionId;
  }

  /** Step 2 of the above. */
  #isCovered(peer: Peer, region: Region): boolean {
    const checkpoint = this.#host.checkpoint();
    if (checkpoint === undefined) return false;
    const known = checkpoint.get(peer.regionId);
    const knownVersion = known?.state === 'normal' || known?.state === 'merging' ? known.region.epoch.version : 0;
    if (peer.isInitialised && knownVersion !== peer.epoch.version) return false;
    const replaced = new Set<RegionId>();
    for (const [{ regionId, epoch }] of this.#host.replacedBy(region)) {
      if (checkpoint.get(regionId)?.region.epoch.version !== epoch.version) return false;
      replaced.add(regionId);
    }
    for (const { state, region: other } of checkpoint.values()) {
      if (state === 'tombstone' || other.regionId === region.regionId || replaced.has(other.regionId)) continue;
      if (rangesOverlap(other.range, region.range)) return false;
    }
    return true;
  }
}

function refusal(regionId: RegionId, message: string): RegionError {
  return new RegionError('server-is-busy', regionId, `the snapshot is refused: ${message}`);
}
