/**
 * GET_LOCK among all gateways of a cluster. A lock is a record that names the gateway's registration and the connection; it
 * holds as long as the gateway is on the list of those that share the schema, so that locks of a gateway that is gone are
 * free when its lease has run out. Taking one commits inside the lease, and whoever takes one from a gateway that is gone
 * has seen that it is off the list: no two connections are told at the same time that a lock is theirs.
 *
 * Not a pessimistic transaction per lock, as in TiDB: a lock may be held for days, and would keep garbage for as long.
 *
 * Connections of one gateway queue for a lock here; the first of them asks for the record. A gateway that lost its
 * registration has lost its locks: their connections are cut, as MySQL's are when the server goes.
 */

import { type Env, type Key, keyOf, pause, type Ts } from '../../base/index.ts';
import { type Reader, type Storage, TransactionError } from '../../tikv-lite/index.ts';
import { decodeGateway, gatewayKey } from '../catalog/schema-records.ts';
import type { SchemaSync } from '../catalog/schema-sync.ts';
import { smallTransaction } from '../catalog/small-transaction.ts';
import type { UserLocks } from './user-locks.ts';

/** How often a lock that another gateway holds is looked at. */
const POLL_MS = 50;
const RETRY_MS = 1000;

interface LockRecord {
  readonly gatewayId: string;
  /** The gateway's registration, as text. */
  readonly registeredTs: string;
  readonly connectionId: number;
}

function lockKey(name: string): Key {
  return keyOf(`mshoal:user-lock:${Buffer.from(name, 'utf8').toString('latin1')}`);
}

export interface ClusterLocksOptions {
  readonly env: Env;
  /** Its transactions commit within the gateway's lease only. */
  readonly storage: Storage;
  readonly gateways: Pick<SchemaSync, 'gatewayId' | 'registeredTs' | 'isRegistered' | 'onLost'>;
  readonly local: UserLocks;
  /** Ends a connection whose locks are lost. */
  readonly cut: (connectionId: number) => void;
}

export class ClusterLocks {
  readonly #options: ClusterLocksOptions;
  /** Names whose record is a connection's of this gateway, or is about to be. */
  readonly #held = new Set<string>();
  /** Names that a connection of this gateway is asking for, at the head of the queue here. */
  readonly #asking = new Set<string>();

  constructor(options: ClusterLocksOptions) {
    this.#options = options;
    options.gateways.onLost(() => this.#lost());
  }

  /** 1 when the connection holds the lock, 0 after the timeout or when `signal` was given. */
  async take(name: string, connectionId: number, timeoutMs: number, signal: AbortSignal): Promise<number> {
    const { env, local } = this.#options;
    const isOwn = local.holder(name) === connectionId;
    const deadlineMs = env.clock.monotonicMs() + timeoutMs;
    if (!local.tryTake(name, connectionId)) {
      if (timeoutMs === 0 || !(await this.#waitHere(name, connectionId, timeoutMs, signal))) return 0;
    }
    if (isOwn) return 1;
    this.#asking.add(name);
    let isGranted = false;
    try {
      isGranted = await this.#claimUntil(deadlineMs, name, connectionId, signal);
    } finally {
      this.#asking.delete(name);
      if (!isGranted) local.release(name, connectionId);
    }
    return isGranted ? 1 : 0;
  }

  async #claimUntil(deadlineMs: number, name: string, connectionId: number, signal: AbortSignal): Promise<boolean> {
    const { env } = this.#options;
    while (!(await this.#claim(name, connectionId))) {
      if (signal.aborted || env.clock.monotonicMs() >= deadlineMs) return false;
      await pause(env.timers, POLL_MS);
    }
    if (signal.aborted) await this.#giveUp(name);
    return !signal.aborted;
  }

  /** The place at the head of this gateway's queue. */
  #waitHere(name: string, connectionId: number, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const { env, local } = this.#options;
    return new Promise((resolve) => {
      const giveUp = local.wait(name, connectionId, () => settle(true));
      const settle = (isGranted: boolean): void => {
        timer.cancel();
        signal.removeEventListener('abort', abort);
        if (!isGranted) giveUp();
        resolve(isGranted);
      };
      const abort = (): void => settle(false);
      const timer = env.timers.after(timeoutMs, () => settle(false));
      signal.addEventListener('abort', abort);
    });
  }

  /** Writes the record; false when another gateway holds the lock. */
  async #claim(name: string, connectionId: number): Promise<boolean> {
    const { env, storage } = this.#options;
    const key = lockKey(name);
    if (this.#isForeign(await storage.getLatest(key)) && (await this.#holderIn(await this.#now(), name)) !== null) {
      return false;
    }
    let isTaken = false;
    let registered: Ts | undefined;
    this.#held.add(name);
    try {
      await smallTransaction(env, storage, async (transaction) => {
        const { gatewayId, registeredTs } = this.#options.gateways;
        registered = registeredTs;
        const stored = await transaction.get(key);
        isTaken = this.#isForeign(stored) && (await this.#holderIn(transaction, name)) !== null;
        if (isTaken) return;
        const record: LockRecord = { gatewayId, registeredTs: `${registeredTs}`, connectionId };
        transaction.put(key, Buffer.from(JSON.stringify(record)));
      });
    } catch (error) {
      this.#held.delete(name);
      // The registration ended meanwhile, and what was written under it holds nothing.
      if (error instanceof TransactionError && error.kind === 'schema-changed') return false;
      throw error;
    }
    if (!isTaken && registered === this.#options.gateways.registeredTs) return true;
    this.#held.delete(name);
    return false;
  }

  #isForeign(stored: Uint8Array | undefined): boolean {
    return stored !== undefined && decodeLock(stored).gatewayId !== this.#options.gateways.gatewayId;
  }

  async #now(): Promise<Reader> {
    const { storage } = this.#options;
    return storage.snapshot(await storage.currentTs());
  }

  /** The connection that holds the lock, of whichever gateway. */
  async holder(name: string): Promise<number | null> {
    return this.#holderIn(await this.#now(), name);
  }

  async #holderIn(reader: Reader, name: string): Promise<number | null> {
    const stored = await reader.get(lockKey(name));
    if (stored === undefined) return null;
    const { gatewayId, registeredTs, connectionId } = decodeLock(stored);
    if (gatewayId === this.#options.gateways.gatewayId && !this.#held.has(name)) return null;
    const gateway = await reader.get(gatewayKey(gatewayId));
    if (gateway === undefined || `${decodeGateway(gateway).registeredTs}` !== registeredTs) return null;
    return connectionId;
  }

  /** 1, or 0 for another connection's lock, or null when nobody holds it. */
  async release(name: string, connectionId: number): Promise<number | null> {
    const { local } = this.#options;
    if (local.holder(name) !== connectionId) return (await this.holder(name)) === null ? null : 0;
    if (local.count(name) === 1) await this.#giveUp(name);
    return local.release(name, connectionId);
  }

  /** The number of locks given back, each as often as it was taken. */
  async releaseAll(connectionId: number): Promise<number> {
    const { local } = this.#options;
    let released = 0;
    for (const name of local.namesOf(connectionId)) {
      if (this.#asking.has(name)) continue;
      await this.#giveUp(name);
      for (let count = local.count(name); count > 0; count--) released += local.release(name, connectionId) ?? 0;
    }
    return released;
  }

  /** Removes the record; while that fails it is tried again in the background, for others wait for it. */
  async #giveUp(name: string): Promise<void> {
    if (!this.#held.delete(name)) return;
    try {
      await this.#remove(name);
    } catch {
      void this.#removeLater(name);
    }
  }

  async #removeLater(name: string): Promise<void> {
    const { env, gateways } = this.#options;
    const { registeredTs } = gateways;
    while (!this.#held.has(name) && gateways.registeredTs === registeredTs && gateways.isRegistered) {
      await pause(env.timers, RETRY_MS);
      const isRemoved = await this.#remove(name).then(
        () => true,
        () => false,
      );
      if (isRemoved) return;
    }
  }

  async #remove(name: string): Promise<void> {
    const { env, storage, gateways } = this.#options;
    await smallTransaction(env, storage, async (transaction) => {
      const stored = await transaction.get(lockKey(name));
      if (stored === undefined || this.#held.has(name)) return;
      if (decodeLock(stored).gatewayId === gateways.gatewayId) transaction.delete(lockKey(name));
    });
  }

  #lost(): void {
    const { local, cut } = this.#options;
    for (const name of this.#held) {
      const connectionId = local.holder(name);
      if (connectionId !== null) cut(connectionId);
    }
    this.#held.clear();
  }
}

function decodeLock(value: Uint8Array): LockRecord {
  return JSON.parse(Buffer.from(value).toString()) as LockRecord;
}
