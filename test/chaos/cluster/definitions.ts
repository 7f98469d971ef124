/**
 * Schema changes under fire: an index that comes and goes while both gateways write its table. A gateway that wrote with an
 * older schema than the change believed would leave the index unlike its table.
 */

import type { SeededRandom } from '../../../base/index.ts';
import { ACCOUNTS } from '../transfers.ts';
import type { ChaosClient, Outcome, Query } from './client.ts';

const LOCK_WAIT_SECONDS = 8;
const MAX_PARTS = 5;
const CREATE = 'CREATE INDEX by_amount ON bank.ledger (amount)';
const DROP = 'DROP INDEX by_amount ON bank.ledger';

async function hasIndex(query: Query): Promise<boolean> {
  const rows = await query("SHOW INDEX FROM bank.ledger WHERE Key_name = 'by_amount'");
  return rows.length > 0;
}

/** One change, on and off in turns; it may fail, and nobody may know whether it did. */
export function changeIndex(client: ChaosClient, random: SeededRandom): Promise<Outcome> {
  return client.transaction('BEGIN', async (query) => {
    await query(`SET lock_wait_timeout = ${1 + random.below(LOCK_WAIT_SECONDS)}`);
    await query((await hasIndex(query)) ? DROP : CREATE);
  });
}

/** Any of the tables into a few regions; the placement driver merges them again. */
export function splitTable(client: ChaosClient, random: SeededRandom): Promise<Outcome> {
  const parts = 2 + random.below(MAX_PARTS - 1);
  const statements = [
    `SPLIT TABLE bank.account BETWEEN (0) AND (${ACCOUNTS}) REGIONS ${parts}`,
    `SPLIT TABLE bank.account INDEX by_bucket BETWEEN (0) AND (8) REGIONS ${parts}`,
    `SPLIT TABLE bank.ledger BETWEEN (0) AND (10000) REGIONS ${parts}`,
    `SPLIT TABLE bank.ledger INDEX by_payer BETWEEN (0) AND (${ACCOUNTS}) REGIONS ${parts}`,
  ];
  return client.transaction('BEGIN', async (query) => {
    await query(statements[random.below(statements.length)] ?? '');
  });
}

/**
 * Everything that is wrong with the index, if it is there. In a transaction of its own: a snapshot from before the index
 * was made has no entries of it.
 */
export async function auditIndex(query: Query): Promise<string[]> {
  if (!(await hasIndex(query))) return [];
  const read = async (hint: string): Promise<string> =>
    JSON.stringify(await query(`SELECT amount, id FROM bank.ledger ${hint} ORDER BY amount, id`));
  const byIndex = await read('FORCE INDEX (by_amount)');
  const byTable = await read('IGNORE INDEX (by_amount)');
  return byIndex === byTable ? [] : ['index by_amount, made under fire, differs from its table'];
}
