/** Clients that race to insert the same keys: at most one of them may succeed, and its value stays. */

import { type Key, keyOf } from '../../../base/index.ts';
import { type Transaction, TransactionError } from '../../../tikv-lite/index.ts';
import { check } from '../support/outcome.ts';
import {
  attempt,
  bytesOf,
  type Session,
  type Told,
  TRANSACTION_MEMORY,
  textOf,
  toldBy,
  type Workload,
} from './workload.ts';

/** Attempts per key before the clients move on to the next. */
const ATTEMPTS_PER_KEY = 4;

interface Attempt {
  readonly key: string;
  readonly value: string;
  told: Told;
}

export class UniqueInsert implements Workload {
  readonly name = 'unique-insert';
  readonly #attempts = new Map<string, Attempt[]>();
  #count = 0;

  setUp(): Promise<void> {
    return Promise.resolve();
  }

  async step(session: Session): Promise<void> {
    const n = this.#count++;
    const mine: Attempt = { key: `unique/${Math.floor(n / ATTEMPTS_PER_KEY)}`, value: `v${n}`, told: 'unknown' };
    const rivals = this.#attempts.get(mine.key);
    if (rivals === undefined) this.#attempts.set(mine.key, [mine]);
    else rivals.push(mine);
    const { storage, random } = session;
    const mode = random.below(2) === 0 ? 'pessimistic' : 'optimistic';
    const withIndex = random.below(2) === 0;
    let txn: Transaction | undefined;
    try {
      txn = storage.begin(await storage.currentTs(), { mode, maxMemoryBytes: TRANSACTION_MEMORY });
      if (mode === 'pessimistic' && random.below(2) === 0) await lockAbsent(session, txn, keyOf(mine.key));
      txn.insert(keyOf(mine.key), bytesOf(mine.value));
      if (withIndex) txn.put(keyOf(`${mine.key}/index/${mine.value}`), bytesOf(mine.value));
      await txn.commit();
      mine.told = 'committed';
      session.acknowledged(mine.key);
    } catch (error) {
      mine.told = toldBy(error);
      if (error instanceof TransactionError && error.kind === 'key-exists') this.#checkOther(mine);
      await attempt(async () => txn?.rollback());
    }
  }

  async verify({ storage }: Session): Promise<void> {
    const snapshot = storage.snapshot(await storage.currentTs());
    for (const [key, attempts] of this.#attempts) {
      const value = textOf(await snapshot.get(keyOf(key)));
      const winners = attempts.filter(({ told }) => told === 'committed').map((one) => one.value);
      check(winners.length <= 1, () => `${key} was inserted ${winners.length} times: ${winners.join(' ')}`);
      const [winner] = winners;
      if (winner !== undefined) check(value === winner, () => `${key} is ${value}, inserted was ${winner}`);
      else if (value !== undefined) {
        const told = attempts.find((one) => one.value === value)?.told;
        check(told === 'unknown', () => `${key} is ${value}, of which the client was told: ${told}`);
      }
    }
  }

  #checkOther(mine: Attempt): void {
    const rivals = this.#attempts.get(mine.key) ?? [];
    const isPossible = rivals.some((one) => one !== mine && one.told !== 'aborted');
    check(isPossible, () => `${mine.key} was refused as a duplicate, but nobody can have inserted it`);
  }
}

async function lockAbsent({ storage }: Session, txn: Transaction, key: Key): Promise<void> {
  const forUpdateTs = await storage.currentTs();
  await txn.lockKeys([key], { forUpdateTs, waitTimeoutMs: 200, shouldNotExist: true });
}
