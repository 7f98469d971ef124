/**
 * Lists that transactions read and append to, through SQL. A transaction that appends reads with FOR UPDATE, so it sees
 * and writes the newest; one that only reads sees a snapshot. Together they must form a history without cycles.
 */

import { NO_TS, type SeededRandom } from '../../../base/index.ts';
import { checkSnapshotIsolation, type ListTransaction } from '../../simulation/check/snapshot-isolation.ts';
import { type ChaosClient, type Outcome, type Query, WrongResult } from './client.ts';

const KEYS = 6;
const MAX_OPERATIONS = 4;

export async function createLists(query: Query): Promise<void> {
  await query('CREATE DATABASE IF NOT EXISTS lists');
  await query('CREATE TABLE lists.list (name VARCHAR(40) PRIMARY KEY, elements MEDIUMTEXT NOT NULL)');
}

function parse(row: readonly unknown[] | undefined, name: string): number[] {
  if (row === undefined) throw new WrongResult(`the list ${name} is not there`);
  const text = String(row[0]);
  return text === '' ? [] : text.split(' ').map(Number);
}

interface RecordedTransaction extends ListTransaction {
  /** It reads FOR UPDATE, not a snapshot. */
  readonly isLocking: boolean;
}

/** The lists of one round, so that they stay short. */
export class Lists {
  readonly #round: number;
  readonly #history: RecordedTransaction[] = [];
  #instant = 0;
  #nextValue = 1;

  constructor(round: number) {
    this.#round = round;
  }

  get size(): number {
    return this.#history.length;
  }

  #name(i: number): string {
    return `round${this.#round}/${i}`;
  }

  async setUp(query: Query): Promise<void> {
    for (let i = 0; i < KEYS; i++) await query("REPLACE INTO lists.list VALUES (?, '')", [this.#name(i)]);
  }

  async step(client: ChaosClient, random: SeededRandom): Promise<Outcome> {
    const appends = random.below(3) > 0;
    const record: RecordedTransaction = {
      isLocking: appends,
      id: this.#history.length,
      startTs: NO_TS,
      commitTs: undefined,
      outcome: 'unknown',
      beganAt: this.#instant++,
      endedAt: undefined,
      reads: [],
      appends: [],
    };
    this.#history.push(record);
    const names = this.#chooseNames(random);
    const begin = appends ? 'BEGIN' : 'START TRANSACTION READ ONLY';
    const outcome = await client.transaction(begin, (query) =>
      appends ? this.#append(query, random, record, names) : this.#read(query, record, names, ''),
    );
    record.outcome = outcome;
    // One whose answer was lost may commit after its client gave up.
    if (outcome !== 'unknown') record.endedAt = this.#instant++;
    return outcome;
  }

  #chooseNames(random: SeededRandom): string[] {
    const chosen = new Set<string>();
    const count = 1 + random.below(MAX_OPERATIONS);
    for (let i = 0; i < count; i++) chosen.add(this.#name(random.below(KEYS)));
    return [...chosen];
  }

  async #read(query: Query, record: ListTransaction, names: readonly string[], lock: string): Promise<void> {
    for (const name of names) {
      const [row] = await query(`SELECT elements FROM lists.list WHERE name = ?${lock}`, [name]);
      record.reads.push({ key: name, list: parse(row, name) });
    }
  }

  async #append(query: Query, random: SeededRandom, record: ListTransaction, names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.#read(query, record, [name], ' FOR UPDATE');
      if (random.below(4) === 0) continue;
      const value = this.#nextValue++;
      record.appends.push({ key: name, value });
      await query("UPDATE lists.list SET elements = TRIM(CONCAT(elements, ' ', ?)) WHERE name = ?", [value, name]);
    }
  }

  /** What every transaction read and appended, for a person who looks for the anomaly. */
  dump(): string {
    const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);
    return this.#history.map((txn) => JSON.stringify(txn, plain)).join('\n');
  }

  /** Throws CheckFailed naming the anomaly. */
  async verify(query: Query): Promise<void> {
    const finals = new Map<string, number[]>();
    for (let i = 0; i < KEYS; i++) {
      const [row] = await query('SELECT elements FROM lists.list WHERE name = ?', [this.#name(i)]);
      finals.set(this.#name(i), parse(row, this.#name(i)));
    }
    const present = new Set([...finals.values()].flat());
    checkSnapshotIsolation(provable(this.#history, present), finals);
  }
}

/**
 * What a transaction read FOR UPDATE belongs together only if it commits: locks may be lost with the store that held
 * them, which the transaction learns when it commits. Until then each such read is as of an instant of its own.
 */
function provable(history: readonly RecordedTransaction[], present: ReadonlySet<number>): ListTransaction[] {
  let nextId = history.length;
  return history.flatMap((txn) => {
    const hasCommitted = txn.outcome === 'committed' || txn.appends.some(({ value }) => present.has(value));
    if (hasCommitted || !txn.isLocking) return [txn];
    const alone = txn.reads.map((read) => ({ ...txn, id: nextId++, reads: [read], appends: [] }));
    return [{ ...txn, reads: [] }, ...alone];
  });
}
