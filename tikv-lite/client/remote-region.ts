/** A region behind the network: forwards each call to the replica that is believed to lead it. */

import { defined, type Key, type KeyRange, type Ts } from '../../base/index.ts';
import type { PeerDescriptor, Region } from '../../pd/index.ts';
import type { ReadTs } from '../mvcc/read.ts';
import type { RegionArguments, RegionMethod, RegionReply, StoreClient } from '../txn/kv-service.ts';
import type { GcCursor, RegionService } from '../txn/region-service.ts';

const TIMEOUT_MS = 5000;
/** Calls that walk over much data. */
const LONG_TIMEOUT_MS = 60_000;

export interface RemoteRegionParts {
  readonly stores: StoreClient;
  readonly region: Region;
  /** In user keys. */
  readonly range: KeyRange;
  readonly leader: PeerDescriptor | undefined;
}

export class RemoteRegion implements RegionService {
  readonly range: KeyRange;
  readonly region: Region;
  readonly #stores: StoreClient;
  /** Replicas that can lead. */
  readonly #candidates: readonly PeerDescriptor[];
  #leader: PeerDescriptor;
  /** Replicas asked in vain since one answered. */
  #tried = 0;

  constructor(parts: RemoteRegionParts) {
    const { region, leader } = parts;
    this.#stores = parts.stores;
    this.range = parts.range;
    this.region = region;
    const voters = region.peers.filter(({ role }) => role !== 'learner');
    this.#candidates = voters.length > 0 ? voters : region.peers;
    const known = this.#candidates.find(({ peerId }) => peerId === leader?.peerId);
    this.#leader = known ?? defined(this.#candidates[0], 'a region has replicas');
  }

  get leader(): PeerDescriptor {
    return this.#leader;
  }

  /** A store said who leads; false when that is no replica known here. */
  led(leader: PeerDescriptor): boolean {
    const known = this.#candidates.find(({ peerId }) => peerId === leader.peerId);
    if (known === undefined) return false;
    if (known === this.#leader) return this.tryNextPeer();
    this.#tried++;
    this.#leader = known;
    return this.#tried <= 2 * this.#candidates.length;
  }

  /** The replica does not answer, or knows nobody who leads; false when all of them were tried. */
  tryNextPeer(): boolean {
    this.#tried++;
    if (this.#tried >= this.#candidates.length) return false;
    const at = this.#candidates.indexOf(this.#leader);
    this.#leader = this.#candidates[(at + 1) % this.#candidates.length]!;
    return true;
  }

  /** Asks the first replica that suits, if there is one. */
  prefer(suits: (peer: PeerDescriptor) => boolean): void {
    this.#leader = this.#candidates.find(suits) ?? this.#leader;
  }

  async #call<M extends RegionMethod>(
    method: M,
    args: RegionArguments<M>,
    timeoutMs = TIMEOUT_MS,
  ): Promise<RegionReply<M>> {
    const { regionId, epoch } = this.region;
    const peer = this.#leader;
    const reply = await this.#stores.call(peer.storeId, { regionId, epoch, peer }, method, args, { timeoutMs });
    this.#tried = 0;
    return reply;
  }

  get(key: Key, at: ReadTs, bypass: ReadonlySet<Ts> | undefined) {
    return this.#call('get', [key, at, bypass]);
  }

  batchGet(keys: readonly Key[], at: ReadTs, bypass: ReadonlySet<Ts> | undefined) {
    return this.#call('batchGet', [keys, at, bypass]);
  }

  getLatest(key: Key) {
    return this.#call('getLatest', [key]);
  }

  scan(range: KeyRange, at: ReadTs, limit: number, reverse: boolean, bypass: ReadonlySet<Ts> | undefined) {
    return this.#call('scan', [range, at, limit, reverse, bypass]);
  }

  coprocessor(...args: RegionArguments<'coprocessor'>) {
    return this.#call('coprocessor', args, LONG_TIMEOUT_MS);
  }

  prewrite(...args: RegionArguments<'prewrite'>) {
    return this.#call('prewrite', args);
  }

  bufferBatchGet(...args: RegionArguments<'bufferBatchGet'>) {
    return this.#call('bufferBatchGet', args);
  }

  flush(...args: RegionArguments<'flush'>) {
    return this.#call('flush', args);
  }

  commit(...args: RegionArguments<'commit'>) {
    return this.#call('commit', args);
  }

  batchRollback(...args: RegionArguments<'batchRollback'>) {
    return this.#call('batchRollback', args);
  }

  cleanup(...args: RegionArguments<'cleanup'>) {
    return this.#call('cleanup', args);
  }

  checkTxnStatus(...args: RegionArguments<'checkTxnStatus'>) {
    return this.#call('checkTxnStatus', args);
  }

  checkSecondaryLocks(...args: RegionArguments<'checkSecondaryLocks'>) {
    return this.#call('checkSecondaryLocks', args);
  }

  resolveLock(...args: RegionArguments<'resolveLock'>) {
    return this.#call('resolveLock', args);
  }

  pessimisticLock(...args: RegionArguments<'pessimisticLock'>) {
    return this.#call('pessimisticLock', args, TIMEOUT_MS + Math.max(0, args[1]));
  }

  pessimisticLockAll(...args: RegionArguments<'pessimisticLockAll'>) {
    return this.#call('pessimisticLockAll', args);
  }

  pessimisticRollback(...args: RegionArguments<'pessimisticRollback'>) {
    return this.#call('pessimisticRollback', args);
  }

  txnHeartBeat(...args: RegionArguments<'txnHeartBeat'>) {
    return this.#call('txnHeartBeat', args);
  }

  scanLocks(...args: RegionArguments<'scanLocks'>) {
    return this.#call('scanLocks', args);
  }

  collectGarbage(safePoint: Ts, cursor: GcCursor) {
    return this.#call('collectGarbage', [safePoint, cursor], LONG_TIMEOUT_MS);
  }

  destroyRange(...args: RegionArguments<'destroyRange'>) {
    return this.#call('destroyRange', args, LONG_TIMEOUT_MS);
  }
}
