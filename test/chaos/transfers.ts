/** Money moving between accounts on several connections, with a ledger of what was acknowledged. */

import { type Connection, createConnection } from 'mysql2/promise';
import type { SeededRandom } from '../../base/index.ts';

export const ACCOUNTS = 64;
export const OPENING_BALANCE = 1000;
const BUCKETS = 8;

export async function createSchema(url: string): Promise<void> {
  const connection = await createConnection({ uri: url });
  await connection.query('CREATE DATABASE IF NOT EXISTS bank');
  await connection.query(`CREATE TABLE bank.account (
    id INT PRIMARY KEY, balance INT NOT NULL, bucket INT NOT NULL, note VARCHAR(40) NOT NULL, KEY by_bucket (bucket, balance))`);
  await connection.query(`CREATE TABLE bank.ledger (
    id BIGINT PRIMARY KEY, payer INT NOT NULL, payee INT NOT NULL, amount INT NOT NULL, KEY by_payer (payer), UNIQUE KEY by_pair (payee, id))`);
  const rows = Array.from({ length: ACCOUNTS }, (_, i) => `(${i}, ${OPENING_BALANCE}, ${i % BUCKETS}, 'opened')`);
  await connection.query(`INSERT INTO bank.account VALUES ${rows.join(', ')}`);
  await connection.end();
}

interface Transfer {
  readonly id: number;
  readonly payer: number;
  readonly payee: number;
  readonly amount: number;
}

async function transfer(connection: Connection, { id, payer, payee, amount }: Transfer): Promise<void> {
  await connection.query('BEGIN');
  await connection.query('INSERT INTO bank.ledger VALUES (?, ?, ?, ?)', [id, payer, payee, amount]);
  await connection.query(
    'UPDATE bank.account SET balance = balance - ?, bucket = (bucket + 1) % ?, note = ? WHERE id = ?',
    [amount, BUCKETS, `paid ${id}`, payer],
  );
  await connection.query('UPDATE bank.account SET balance = balance + ?, note = ? WHERE id = ?', [
    amount,
    `got ${id}`,
    payee,
  ]);
  await connection.query('COMMIT');
}

/** Errors after which the transaction is known to be undone and the connection goes on. */
const UNDONE = new Set([1205, 1213]);

export interface Progress {
  /** Ids whose COMMIT was acknowledged. */
  readonly acknowledged: Set<number>;
  nextId: number;
  deadlocks: number;
}

/** One client: transfers until the server dies under it. Rejects on any error that a crash does not explain. */
export async function runClient(url: string, random: SeededRandom, progress: Progress): Promise<void> {
  let connection: Connection | undefined;
  try {
    connection = await createConnection({ uri: url });
    connection.on('error', () => undefined);
    await transferForever(connection, random, progress);
  } catch (error) {
    const { errno, message } = error as { errno?: number; message: string };
    // The server's own errors carry MySQL's numbers; a dead connection does not.
    if (errno !== undefined && errno >= 1000) throw new Error(`a client failed before the crash: ${errno} ${message}`);
  } finally {
    connection?.destroy();
  }
}

async function transferForever(connection: Connection, random: SeededRandom, progress: Progress): Promise<never> {
  for (;;) {
    const payer = random.below(ACCOUNTS);
    const payee = (payer + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
    const id = progress.nextId++;
    try {
      await transfer(connection, { id, payer, payee, amount: 1 + random.below(20) });
      progress.acknowledged.add(id);
    } catch (error) {
      const { errno } = error as { errno?: number };
      if (errno === undefined || !UNDONE.has(errno)) throw error;
      progress.deadlocks++;
      await connection.query('ROLLBACK');
    }
  }
}
