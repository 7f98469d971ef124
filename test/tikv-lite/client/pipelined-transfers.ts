/**
 * Transfers as a pipelined client makes them: it flushes values that later flushes take over, reads back what it flushed,
 * commits on the primary, and leaves some of the rest to whoever meets the locks. It asks again until it has an answer.
 */

import assert from 'node:assert/strict';
import { type Key, NO_TS, type SeededRandom, type Ts } from '../../../base/index.ts';
import { TransactionError } from '../../../tikv-lite/client/storage.ts';
import type { KeyError } from '../../../tikv-lite/mvcc/key-error.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { RegionError } from '../../../tikv-lite/raftstore/region-kv.ts';
import {
  type RegionArguments,
  type RegionMethod,
  type RegionReply,
  StoreUnreachableError,
} from '../../../tikv-lite/txn/kv-service.ts';
import { ACCOUNTS, type Bank } from './bank.ts';
import { bytes, text } from './cluster.ts';
import type { Client, Stores } from './stores.ts';

const LOCK_TTL_MS = 5000;
/** How often a flush settles locks in its way before the transfer is given up. */
const MAX_MEETINGS = 20;
/** Longer than what the lock table keeps. */
const INTERIM = 'interim '.repeat(50);

class Aborted extends Error {}

export class PipelinedTransfers {
  readonly #stores: Stores;
  readonly #client: Client;
  readonly #bank: Bank;
  readonly #random: SeededRandom;
  /** Values read back that a later flush had taken over. */
  readBack = 0;

  constructor(stores: Stores, client: Client, bank: Bank, random: SeededRandom) {
    this.#stores = stores;
    this.#client = client;
    this.#bank = bank;
    this.#random = random;
  }

  async transfer(): Promise<void> {
    const receipt = this.#bank.nextReceipt();
    try {
      const startTs = await this.#client.storage.currentTs();
      const [primary, ...others] = await this.#flushAll(startTs, receipt);
      if (this.#random.below(10) === 0) {
        for (const key of [primary!, ...others])
          await this.#send(key, 'resolveLock', [{ keys: [key], startTs, commitTs: NO_TS }]);
        throw new Aborted('by choice');
      }
      const commitTs = await this.#commit(primary!, startTs);
      this.#bank.acknowledged.push(receipt);
      for (const key of others.filter(() => this.#random.below(2) === 0))
        assert.deepEqual(await this.#send(key, 'resolveLock', [{ keys: [key], startTs, commitTs }]), { kind: 'ok' });
    } catch (error) {
      if (!(error instanceof Aborted) && !(error instanceof TransactionError)) throw error;
      this.#bank.refused.push(receipt);
    }
  }

  /** Answers the keys, the primary first. */
  async #flushAll(startTs: Ts, receipt: Key): Promise<readonly Key[]> {
    const from = ACCOUNTS[this.#random.below(ACCOUNTS.length)]!;
    const to = ACCOUNTS.filter((account) => account !== from)[this.#random.below(ACCOUNTS.length - 1)]!;
    const snapshot = this.#client.storage.snapshot(startTs);
    const final = new Map<Key, string>([
      [from, `${Number(text(await snapshot.get(from))) - 1}`],
      [to, `${Number(text(await snapshot.get(to))) + 1}`],
      [receipt, 'done'],
    ]);
    const flushes: (readonly [Key, string])[] = [
      [from, INTERIM],
      [receipt, 'interim'],
      [receipt, 'done'],
      [to, final.get(to)!],
      [from, final.get(from)!],
    ];
    for (const [at, [key, value]] of flushes.entries()) await this.#flush(startTs, from, at + 1, key, value);
    for (const [key, value] of final) {
      const pairs = await this.#send(key, 'bufferBatchGet', [[key], startTs]);
      if (pairs[0] === undefined) throw new Aborted('somebody rolled it back');
      assert.equal(text(pairs[0].value), value, 'the newest flush is read back');
      this.readBack++;
    }
    return [...final.keys()];
  }

  async #flush(startTs: Ts, primary: Key, generation: number, key: Key, value: string): Promise<void> {
    const mutations = [{ op: 'put' as const, key, value: bytes(value) }];
    const request = { mutations, primary, startTs, generation, lockTtlMs: LOCK_TTL_MS, assertionLevel: 'off' as const };
    for (let meetings = 0; meetings < MAX_MEETINGS; meetings++) {
      const reply = await this.#send(key, 'flush', [request]);
      if (reply.kind === 'ok') return;
      const [error] = reply.errors;
      if (error?.kind !== 'key-is-locked') throw new Aborted(error?.kind);
      await this.#client.storage.snapshot(await this.#client.storage.currentTs()).get(key);
      await this.#pause();
    }
    throw new Aborted('too many locks');
  }

  async #commit(primary: Key, startTs: Ts): Promise<Ts> {
    for (;;) {
      const commitTs = await this.#client.storage.currentTs();
      const reply = await this.#send(primary, 'commit', [{ keys: [primary], startTs, commitTs }]);
      if (reply.kind === 'ok') return commitTs;
      const { kind }: KeyError = reply.error;
      if (kind !== 'commit-ts-expired') throw new Aborted(kind);
    }
  }

  async #send<M extends RegionMethod>(key: Key, method: M, args: RegionArguments<M>): Promise<RegionReply<M>> {
    for (;;) {
      const found = await this.#stores.pd.getRegion(regionKeyOf(key));
      const peer = found?.leader;
      if (found !== undefined && peer !== undefined) {
        const { regionId, epoch } = found.region;
        try {
          return await this.#client.wire.call(peer.storeId, { regionId, epoch, peer }, method, args);
        } catch (error) {
          if (!(error instanceof RegionError) && !(error instanceof StoreUnreachableError)) throw error;
        }
      }
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#stores.world.queue.schedule(20 + this.#random.below(100), resolve);
    });
  }
}
