/** Transfers between accounts and sums over them; the ledger of what was acknowledged outlives all faults. */

import type { SeededRandom } from '../../../base/index.ts';
import { ACCOUNTS, OPENING_BALANCE } from '../transfers.ts';
import { type ChaosClient, type Outcome, type Query, WrongResult } from './client.ts';

const BUCKETS = 8;

export class Bank {
  /** Ids of transfers whose COMMIT was acknowledged. */
  readonly acknowledged = new Set<number>();
  /** Ids whose outcome nobody knows. */
  readonly unknown = new Set<number>();
  readonly aborted = new Set<number>();
  reads = 0;
  #nextId = 1;

  async step(client: ChaosClient, random: SeededRandom): Promise<Outcome> {
    if (random.below(5) === 0) return this.#readSum(client);
    const payer = random.below(ACCOUNTS);
    const payee = (payer + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
    const amount = 1 + random.below(20);
    const id = this.#nextId++;
    const outcome = await client.transaction('BEGIN', async (query) => {
      await query('INSERT INTO bank.ledger VALUES (?, ?, ?, ?)', [id, payer, payee, amount]);
      await query('UPDATE bank.account SET balance = balance - ?, bucket = (bucket + 1) % ?, note = ? WHERE id = ?', [
        amount,
        BUCKETS,
        `paid ${id}`,
        payer,
      ]);
      await query('UPDATE bank.account SET balance = balance + ?, note = ? WHERE id = ?', [amount, `got ${id}`, payee]);
    });
    if (outcome === 'committed') this.acknowledged.add(id);
    else if (outcome === 'unknown') this.unknown.add(id);
    else this.aborted.add(id);
    return outcome;
  }

  async #readSum(client: ChaosClient): Promise<Outcome> {
    return client.transaction('START TRANSACTION READ ONLY', async (query) => {
      const index = this.reads++ % 2 === 0 ? '' : 'FORCE INDEX (by_bucket) ';
      const [row] = await query(`SELECT COUNT(*), SUM(balance) FROM bank.account ${index}`);
      const [count, sum] = (row ?? []).map(Number);
      if (count !== ACCOUNTS || sum !== ACCOUNTS * OPENING_BALANCE)
        throw new WrongResult(`a read saw ${count} accounts with ${sum} in all`);
    });
  }

  /** Transfers that were told to have failed but are there. */
  async revenants(query: Query): Promise<string[]> {
    const rows = await query('SELECT id FROM bank.ledger ORDER BY id');
    const back = rows.map(([id]) => Number(id)).filter((id) => this.aborted.has(id));
    return back.length === 0 ? [] : [`${back.length} failed transfers are there, e.g. ${back.slice(0, 5).join(', ')}`];
  }
}
