/** Runs a scenario through mysql2 connections and asserts each step. */

import assert from 'node:assert/strict';
import type { Connection } from 'mysql2/promise';
import type { Scenario, Step } from './steps.ts';

type Outcome =
  | { readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly affected: number }
  | { readonly errno: number; readonly message: string };

/** Rounds to the server after which a statement that has not ended counts as waiting. */
const ROUNDS = 20;

async function outcomeOf(connection: Connection, sql: string): Promise<Outcome> {
  try {
    const [result] = await connection.query({ sql, rowsAsArray: true, typeCast: (field) => field.string('utf8') });
    if (Array.isArray(result)) return { rows: result as (string | null)[][] };
    return { affected: result.affectedRows };
  } catch (error) {
    const { errno, sqlMessage } = error as { readonly errno?: number; readonly sqlMessage?: string };
    if (errno === undefined) throw error;
    return { errno, message: sqlMessage ?? '' };
  }
}

function check(step: Step, outcome: Outcome, where: string, text: (pattern: string) => string): void {
  if (step.error !== undefined) assert.deepEqual(outcome, { ...step.error, message: text(step.error.message) }, where);
  else if (step.rows !== undefined) assert.deepEqual(outcome, { rows: step.rows }, where);
  else if (step.affected !== undefined) assert.deepEqual(outcome, { affected: step.affected }, where);
  else assert.ok(!('errno' in outcome), `${where}: ${JSON.stringify(outcome)}`);
}

/** `connect` answers a new session whose default database exists. */
export async function runScenario({ name, steps }: Scenario, connect: () => Promise<Connection>): Promise<void> {
  const observer = await connect();
  await observer.query('DROP TABLE IF EXISTS t');
  await observer.query('CREATE TABLE t (id INT PRIMARY KEY, v INT)');
  await observer.query('INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)');
  const sessions = new Map<string, Connection>();
  const current = await outcomeOf(observer, 'SELECT DATABASE()');
  const database = 'rows' in current ? (current.rows[0]?.[0] ?? '') : '';
  const text = (pattern: string): string => pattern.replace('$DATABASE', database);
  const waiting = new Map<string, Promise<Outcome>>();
  for (const { session } of steps) {
    if (session !== '' && !sessions.has(session)) sessions.set(session, await connect());
  }
  const of = (session: string): Connection => sessions.get(session) ?? assert.fail(`no session ${session}`);
  for (const [at, step] of steps.entries()) {
    const where = `${name}, step ${at + 1}: ${step.session} ${step.sql}${step.finishes ?? ''}`;
    if (step.finishes !== undefined) {
      check(step, await (waiting.get(step.finishes) ?? assert.fail(where)), where, text);
      continue;
    }
    const sql = step.sql.replace(/\$ID\((\w+)\)/, (_all, session: string) => String(of(session).threadId));
    const outcome = outcomeOf(of(step.session), sql);
    if (step.waitsAs === undefined) {
      check(step, await outcome, where, text);
      continue;
    }
    waiting.set(step.waitsAs, outcome);
    let hasEnded = false;
    void outcome.then(() => {
      hasEnded = true;
    });
    for (let round = 0; round < ROUNDS; round++) await observer.query('SELECT 1');
    assert.ok(!hasEnded, `${where}: it waits`);
  }
}
