/** What must hold after every crash: checked from outside, through SQL. */

import { type Connection, createConnection } from 'mysql2/promise';
import { ACCOUNTS, OPENING_BALANCE } from './transfers.ts';

async function rowsOf(connection: Connection, sql: string): Promise<number[][]> {
  const [rows] = await connection.query({ sql, rowsAsArray: true });
  return (rows as unknown[][]).map((row) => row.map(Number));
}

function sameRows(what: string, left: readonly number[][], right: readonly number[][]): string[] {
  const a = JSON.stringify(left);
  const b = JSON.stringify(right);
  return a === b ? [] : [`${what}: ${a.slice(0, 300)} against ${b.slice(0, 300)}`];
}

function balancesFromLedger(ledger: readonly number[][]): number[][] {
  const balances = Array.from({ length: ACCOUNTS }, () => OPENING_BALANCE);
  for (const [, payer = 0, payee = 0, amount = 0] of ledger) {
    balances[payer] = (balances[payer] ?? 0) - amount;
    balances[payee] = (balances[payee] ?? 0) + amount;
  }
  return balances.map((balance, id) => [id, balance]);
}

/** Everything that is wrong, empty when nothing is. */
export async function audit(url: string, acknowledged: ReadonlySet<number>): Promise<string[]> {
  const connection = await createConnection({ uri: url });
  try {
    await connection.query('USE bank');
    const problems: string[] = [];
    const accounts = await rowsOf(connection, 'SELECT id, balance FROM account ORDER BY id');
    const ledger = await rowsOf(connection, 'SELECT id, payer, payee, amount FROM ledger ORDER BY id');
    const present = new Set(ledger.map(([id]) => id));
    const lost = [...acknowledged].filter((id) => !present.has(id));
    if (lost.length > 0)
      problems.push(`${lost.length} acknowledged transfers are lost, e.g. ${lost.slice(0, 5).join(', ')}`);
    const total = accounts.reduce((sum, [, balance = 0]) => sum + balance, 0);
    if (total !== ACCOUNTS * OPENING_BALANCE) problems.push(`the balances sum to ${total}`);
    problems.push(...sameRows('half a transfer is visible', accounts, balancesFromLedger(ledger)));
    const byIndex = await rowsOf(
      connection,
      'SELECT bucket, balance FROM account FORCE INDEX (by_bucket) ORDER BY bucket, balance',
    );
    const byTable = await rowsOf(
      connection,
      'SELECT bucket, balance FROM account IGNORE INDEX (by_bucket) ORDER BY bucket, balance',
    );
    problems.push(...sameRows('index by_bucket differs from its table', byIndex, byTable));
    const idsByIndex = await rowsOf(
      connection,
      'SELECT payer, id FROM ledger FORCE INDEX (by_payer) ORDER BY payer, id',
    );
    const idsByTable = await rowsOf(
      connection,
      'SELECT payer, id FROM ledger IGNORE INDEX (by_payer) ORDER BY payer, id',
    );
    problems.push(...sameRows('index by_payer differs from its table', idsByIndex, idsByTable));
    const pairsByIndex = await rowsOf(
      connection,
      'SELECT payee, id FROM ledger FORCE INDEX (by_pair) ORDER BY payee, id',
    );
    const pairsByTable = await rowsOf(
      connection,
      'SELECT payee, id FROM ledger IGNORE INDEX (by_pair) ORDER BY payee, id',
    );
    problems.push(...sameRows('index by_pair differs from its table', pairsByIndex, pairsByTable));
    return problems;
  } finally {
    connection.destroy();
  }
}
