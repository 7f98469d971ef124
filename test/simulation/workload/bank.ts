/** Transfers between accounts, pessimistic and optimistic; snapshots whose sum never changes and which stay readable. */

import { defined, type Key, keyOf, type Ts } from '../../../base/index.ts';
import type { Reader, Transaction } from '../../../tikv-lite/index.ts';
import { check } from '../support/outcome.ts';
import {
  attempt,
  bytesOf,
  pause,
  readsOf,
  type Session,
  TRANSACTION_MEMORY,
  textOf,
  toldBy,
  unlessCollected,
  type Workload,
} from './workload.ts';

const ACCOUNTS = 7;
const INITIAL = 100;
const ALL = { start: 'bank/' as Key, end: 'bank0' as Key };
const REMEMBERED_SNAPSHOTS = 24;
const LONGEST_HESITATION_MS = 8;

interface BankOptions {
  readonly keyBytes: number;
  readonly longestHesitationMs?: number | undefined;
}

interface Remembered {
  readonly ts: Ts;
  readonly balances: string;
}

export class Bank implements Workload {
  readonly name = 'bank';
  readonly #snapshots: Remembered[] = [];
  readonly #keys: readonly Key[];
  readonly #longestHesitationMs: number;

  /**
   * Long keys make transactions too large for async commit: then transfers between regions take two phases. One of three
   * transfers hesitates before it writes.
   */
  constructor({ keyBytes, longestHesitationMs = LONGEST_HESITATION_MS }: BankOptions) {
    this.#keys = Array.from({ length: ACCOUNTS }, (_, n) => keyOf(`bank/${n}`.padEnd(keyBytes, '.')));
    this.#longestHesitationMs = longestHesitationMs;
  }

  async setUp({ storage }: Session): Promise<void> {
    const txn = storage.begin(await storage.currentTs(), { mode: 'optimistic', maxMemoryBytes: TRANSACTION_MEMORY });
    for (const key of this.#keys) txn.put(key, bytesOf(String(INITIAL)));
    await txn.commit();
  }

  async step(session: Session): Promise<void> {
    const dice = session.random.float();
    if (dice < 0.3) await attempt(() => this.#look(session));
    else if (dice < 0.4) await attempt(() => this.#lookAgain(session));
    else await this.#transfer(session, dice < 0.7 ? 'pessimistic' : 'optimistic');
  }

  async verify(session: Session): Promise<void> {
    await this.#look(session);
    for (const remembered of this.#snapshots) await unlessCollected(() => this.#compare(session, remembered));
  }

  async #transfer(session: Session, mode: 'pessimistic' | 'optimistic'): Promise<void> {
    const { storage, random } = session;
    const first = random.below(ACCOUNTS);
    const from = this.#key(first);
    const to = this.#key((first + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS);
    let txn: Transaction | undefined;
    try {
      txn = storage.begin(await storage.currentTs(), { mode, maxMemoryBytes: TRANSACTION_MEMORY });
      const balances = await this.#balances(session, txn, [from, to]);
      const amount = 1 + random.below(10);
      if (random.below(3) === 0) await pause(session, this.#longestHesitationMs);
      txn.put(from, bytesOf(String((balances[0] ?? 0) - amount)));
      txn.put(to, bytesOf(String((balances[1] ?? 0) + amount)));
      await txn.commit();
      session.acknowledged('transfer');
    } catch (error) {
      toldBy(error);
      await attempt(async () => txn?.rollback());
    }
  }

  async #balances({ storage, random }: Session, txn: Transaction, keys: readonly Key[]): Promise<number[]> {
    let reader: Reader = txn;
    if (txn.mode === 'pessimistic') {
      const forUpdateTs = await storage.currentTs();
      const returnValues = random.below(2) === 0;
      const { values } = await txn.lockKeys(keys, { forUpdateTs, waitTimeoutMs: 300, returnValues });
      if (returnValues) return keys.map((key) => Number(textOf(values.get(key))));
      reader = txn.currentReader(forUpdateTs);
    }
    const values = await reader.batchGet(keys);
    return keys.map((key) => Number(textOf(values.get(key))));
  }

  async #look(session: Session): Promise<void> {
    const { storage } = session;
    const ts = await storage.currentTs();
    const balances = await this.#readAll(session, ts);
    const values = balances.split(' ').map((pair) => Number(pair.split('=')[1]));
    const sum = values.reduce((total, value) => total + value, 0);
    check(
      values.length === ACCOUNTS && sum === ACCOUNTS * INITIAL,
      () => `bank: a snapshot at ${ts} sums up to ${sum}: ${balances}`,
    );
    session.acknowledged('look');
    if (this.#snapshots.length < REMEMBERED_SNAPSHOTS) this.#snapshots.push({ ts, balances });
    else this.#snapshots[session.random.below(REMEMBERED_SNAPSHOTS)] = { ts, balances };
  }

  async #lookAgain(session: Session): Promise<void> {
    const remembered = this.#snapshots[session.random.below(REMEMBERED_SNAPSHOTS)];
    if (remembered !== undefined) await this.#compare(session, remembered);
  }

  async #readAll({ storage, random }: Session, ts: Ts): Promise<string> {
    const snapshot = storage.snapshot(ts, readsOf(random));
    const pairs: string[] = [];
    if (random.below(2) === 0) {
      const scanner = snapshot.scan(ALL, { limit: ACCOUNTS });
      for (let page = await scanner.next(4); page.length > 0; page = await scanner.next(4)) {
        for (const { key, value } of page) pairs.push(`${key.replace(/\.+$/, '')}=${textOf(value)}`);
      }
      scanner.close();
    } else {
      for (const key of this.#keys) pairs.push(`${key.replace(/\.+$/, '')}=${textOf(await snapshot.get(key))}`);
    }
    return pairs.join(' ');
  }

  #key(n: number): Key {
    return defined(this.#keys[n], `account ${n}`);
  }

  async #compare(session: Session, { ts, balances }: Remembered): Promise<void> {
    const now = await this.#readAll(session, ts);
    check(now === balances, () => `a snapshot at ${ts} changed: it was ${balances}, now it is ${now}`);
  }
}
