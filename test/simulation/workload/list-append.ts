/** Transactions that read lists and append to them; the history is checked for snapshot isolation at the end. */

import { type Key, keyOf } from '../../../base/index.ts';
import type { Transaction } from '../../../tikv-lite/index.ts';
import { checkSnapshotIsolation, type ListTransaction } from '../check/snapshot-isolation.ts';
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
  type Workload,
} from './workload.ts';

/** Keys in use at a time; after so many transactions one of them gives way to a new one. */
const KEYS = 4;
const TRANSACTIONS_PER_KEY = 40;
const MAX_OPERATIONS = 4;
const LONGEST_HESITATION_MS = 5;

export class ListAppend implements Workload {
  readonly name = 'list-append';
  readonly #history: ListTransaction[] = [];
  readonly #keys = new Set<string>();
  readonly #longestHesitationMs: number;
  #nextValue = 1;

  /** One of four operations hesitates, once its key is locked. */
  constructor({
    longestHesitationMs = LONGEST_HESITATION_MS,
  }: { readonly longestHesitationMs?: number | undefined } = {}) {
    this.#longestHesitationMs = longestHesitationMs;
  }

  setUp(): Promise<void> {
    return Promise.resolve();
  }

  async step(session: Session): Promise<void> {
    const { storage, random } = session;
    const mode = random.below(2) === 0 ? 'pessimistic' : 'optimistic';
    const beganAt = session.instant();
    const startTs = await attempt(async () => storage.currentTs());
    if (startTs === undefined) return;
    const record: ListTransaction = {
      id: this.#history.length,
      startTs,
      commitTs: undefined,
      outcome: 'unknown',
      beganAt,
      endedAt: undefined,
      reads: [],
      appends: [],
    };
    this.#history.push(record);
    let txn: Transaction | undefined;
    let isCommitting = false;
    try {
      txn = storage.begin(startTs, { mode, maxMemoryBytes: TRANSACTION_MEMORY, reads: readsOf(session.random) });
      for (const key of this.#chooseKeys(session)) await this.#operate(session, txn, record, key);
      isCommitting = true;
      const { commitTs } = await txn.commit();
      record.outcome = 'committed';
      if (record.appends.length > 0) record.commitTs = commitTs;
      record.endedAt = session.instant();
      session.acknowledged(`T${record.id}`);
    } catch (error) {
      const told = toldBy(error);
      record.outcome = isCommitting ? told : 'aborted';
      record.endedAt = session.instant();
      await attempt(async () => txn?.rollback());
    }
  }

  async verify({ storage }: Session): Promise<void> {
    const snapshot = storage.snapshot(await storage.currentTs());
    const finals = new Map<string, number[]>();
    for (const key of this.#keys) finals.set(key, parse(await snapshot.get(keyOf(key))));
    checkSnapshotIsolation(this.#history, finals);
  }

  #chooseKeys({ random }: Session): readonly string[] {
    const first = Math.floor(this.#history.length / TRANSACTIONS_PER_KEY);
    const chosen = new Set<string>();
    const count = 1 + random.below(MAX_OPERATIONS);
    for (let i = 0; i < count; i++) chosen.add(`list/${first + random.below(KEYS)}`);
    for (const key of chosen) this.#keys.add(key);
    return [...chosen];
  }

  async #operate(session: Session, txn: Transaction, record: ListTransaction, name: string): Promise<void> {
    const { random } = session;
    const key = keyOf(name);
    const appends = random.below(2) === 0;
    if (appends && txn.mode === 'pessimistic') await this.#lock(txn, key);
    if (random.below(4) === 0) await pause(session, this.#longestHesitationMs);
    const list = parse(await txn.get(key));
    record.reads.push({ key: name, list });
    if (!appends) return;
    const value = this.#nextValue++;
    record.appends.push({ key: name, value });
    txn.put(key, bytesOf([...list, value].join(' ')));
    const seen = parse(await txn.get(key));
    check(seen.at(-1) === value, () => `T${record.id} does not see its own ${value} in ${name}`);
  }

  /** At its start_ts, so that a lock that succeeds also means: nothing newer than the snapshot. */
  async #lock(txn: Transaction, key: Key): Promise<void> {
    await txn.lockKeys([key], { forUpdateTs: txn.startTs, waitTimeoutMs: 200 });
  }
}

function parse(value: Uint8Array | undefined): number[] {
  const text = textOf(value);
  return text === undefined || text === '' ? [] : text.split(' ').map(Number);
}
