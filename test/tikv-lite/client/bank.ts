/**
 * Transfers between accounts by concurrent transactions of both modes. Every transfer also writes a receipt, so that at
 * the end the sum is unchanged, no acknowledged transfer is missing and none that failed for certain is there.
 */

import assert from 'node:assert/strict';
import { type Key, keyOf, type SeededRandom } from '../../../base/index.ts';

import { type Reader, type Storage, type Transaction, TransactionError } from '../../../tikv-lite/client/storage.ts';
import { bytes, text } from './cluster.ts';

export const ACCOUNTS = ['b1', 'b2', 'b3', 'n1', 'n2', 'n3', 't1', 't2'].map((name) => keyOf(name));
const OPENING = 100;
const RANGE = { start: keyOf('a'), end: keyOf('z') };

export class Bank {
  readonly #random: SeededRandom;
  readonly acknowledged: Key[] = [];
  readonly refused: Key[] = [];
  readonly failures = new Map<string, number>();
  reads = 0;
  #receipts = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  async open(storage: Storage): Promise<void> {
    const txn = await this.#begin(storage, 'optimistic');
    for (const account of ACCOUNTS) txn.put(account, bytes(`${OPENING}`));
    await txn.commit();
  }

  nextReceipt(): Key {
    return keyOf(`${this.#random.below(2) === 0 ? 'c' : 'p'}-receipt-${this.#receipts++}`);
  }

  async transfer(storage: Storage): Promise<void> {
    const receipt = this.nextReceipt();
    const mode = this.#random.below(2) === 0 ? 'optimistic' : 'pessimistic';
    let txn: Transaction | undefined;
    try {
      txn = await this.#begin(storage, mode);
      await this.#move(storage, txn, receipt);
      if (this.#random.below(10) === 0) {
        await txn.rollback();
        this.refused.push(receipt);
        return;
      }
      await txn.commit();
      this.acknowledged.push(receipt);
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error;
      this.failures.set(error.kind, (this.failures.get(error.kind) ?? 0) + 1);
      if (error.kind !== 'undetermined') this.refused.push(receipt);
      await txn?.rollback();
    }
  }

  async #move(storage: Storage, txn: Transaction, receipt: Key): Promise<void> {
    const from = ACCOUNTS[this.#random.below(ACCOUNTS.length)]!;
    const to = ACCOUNTS.filter((account) => account !== from)[this.#random.below(ACCOUNTS.length - 1)]!;
    if (txn.mode === 'pessimistic') {
      const forUpdateTs = await storage.currentTs();
      const { values } = await txn.lockKeys([from, to], { forUpdateTs, waitTimeoutMs: 3000, returnValues: true });
      txn.put(from, bytes(`${Number(text(values.get(from))) - 1}`));
      txn.put(to, bytes(`${Number(text(values.get(to))) + 1}`));
    } else {
      txn.put(from, bytes(`${Number(text(await txn.get(from))) - 1}`));
      txn.put(to, bytes(`${Number(text(await txn.get(to))) + 1}`));
    }
    txn.insert(receipt, bytes('done'));
  }

  /** Reads all accounts as of now, by scan or by gets, and adds them up. */
  async audit(storage: Storage): Promise<void> {
    let sum: number;
    try {
      const snapshot = storage.snapshot(await storage.currentTs());
      sum = this.#random.below(2) === 0 ? await sumByScan(snapshot, this.#random) : await sumByGets(snapshot);
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error;
      return;
    }
    assert.equal(sum, OPENING * ACCOUNTS.length, 'a snapshot never sees half a transfer');
    this.reads++;
  }

  /** After the dust has settled. */
  async verify(storage: Storage): Promise<void> {
    const snapshot = storage.snapshot(await storage.currentTs());
    assert.equal(await sumByScan(snapshot, this.#random), OPENING * ACCOUNTS.length);
    for (const receipt of this.refused) assert.equal(await snapshot.get(receipt), undefined, `${receipt} was refused`);
  }

  async missing(storage: Storage): Promise<Key[]> {
    const snapshot = storage.snapshot(await storage.currentTs());
    const found: Key[] = [];
    for (const receipt of this.acknowledged) if ((await snapshot.get(receipt)) === undefined) found.push(receipt);
    return found;
  }

  async #begin(storage: Storage, mode: 'optimistic' | 'pessimistic'): Promise<Transaction> {
    return storage.begin(await storage.currentTs(), { mode, maxMemoryBytes: 1 << 20 });
  }
}

async function sumByScan(reader: Reader, random: SeededRandom): Promise<number> {
  const scanner = reader.scan(RANGE, { reverse: random.below(2) === 0 });
  const page = 1 + random.below(5);
  let sum = 0;
  for (;;) {
    const pairs = await scanner.next(page);
    if (pairs.length === 0) return sum;
    for (const pair of pairs) if (!pair.key.includes('receipt')) sum += Number(text(pair.value));
  }
}

async function sumByGets(reader: Reader): Promise<number> {
  let sum = 0;
  for (const value of (await reader.batchGet(ACCOUNTS)).values()) sum += Number(text(value));
  return sum;
}
