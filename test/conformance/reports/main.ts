/**
 * `npm run conformance:reports -- chinook.sql [--peer mysql://root@host:port] [--rewrite]`
 *
 * Loads the Chinook dump unmodified, counts the rows of every table and runs the twenty reports beside this file. Their
 * results must equal the golden file, which `--rewrite` takes from the peer; with `--peer` both servers run side by side.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Connection, createConnection } from 'mysql2/promise';
import { asText } from '../../support/as-text.ts';
import { startServer } from '../../support/server-process.ts';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'conformance', 'reports');
const goldenPath = join(folder, 'chinook.golden');

interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

type Answers = Readonly<Record<string, Answer>>;

async function ask(connection: Connection, sql: string): Promise<Answer> {
  const [rows, fields] = await connection.query({ sql, rowsAsArray: true, typeCast: asText });
  return { columns: fields.map((field) => field.name), rows: rows as (string | null)[][] };
}

function reports(): ReadonlyMap<string, string> {
  const text = readFileSync(join(folder, 'chinook-queries.sql'), 'utf8');
  const named = text.matchAll(/^-- (\d+ .*)\n([\s\S]*?);$/gm);
  return new Map([...named].map(([, name = '', sql = '']) => [name, sql]));
}

async function collect(url: string, dump: string): Promise<Answers> {
  const connection = await createConnection({ uri: url, multipleStatements: true, charset: 'utf8mb4' });
  try {
    await connection.query(dump);
    const answers: Record<string, Answer> = {};
    const tables = await ask(connection, 'SHOW TABLES');
    for (const [table = null] of tables.rows) {
      answers[`rows of ${table}`] = await ask(connection, `SELECT COUNT(*) FROM \`${table}\``);
    }
    for (const [name, sql] of reports()) {
      try {
        answers[name] = await ask(connection, sql);
      } catch (error) {
        answers[name] = { columns: ['error'], rows: [[error instanceof Error ? error.message : String(error)]] };
      }
    }
    return answers;
  } finally {
    connection.destroy();
  }
}

function compare(actual: Answers, expected: Answers, against: string): { passed: number; failed: number } {
  let passed = 0;
  let failed = 0;
  for (const [name, answer] of Object.entries(expected)) {
    const got = actual[name];
    if (JSON.stringify(got) === JSON.stringify(answer)) {
      passed++;
      continue;
    }
    failed++;
    const row = answer.rows.findIndex((values, i) => JSON.stringify(values) !== JSON.stringify(got?.rows[i]));
    console.log(`FAIL ${name} (against ${against}), row ${row + 1}:`);
    console.log(`  got      ${JSON.stringify(got?.rows[row < 0 ? answer.rows.length : row] ?? got?.columns)}`);
    console.log(`  expected ${JSON.stringify(answer.rows[row] ?? answer.columns)}`);
  }
  return { passed, failed };
}

async function main(): Promise<number> {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { peer: { type: 'string' }, rewrite: { type: 'boolean', default: false } },
  });
  const [path] = positionals;
  if (path === undefined) {
    console.error('usage: npm run conformance:reports -- chinook.sql [--peer mysql://root@127.0.0.1:3306] [--rewrite]');
    return 2;
  }
  const dump = readFileSync(resolve(path), 'utf8');
  const peerAnswers = flags.peer === undefined ? undefined : await collect(flags.peer, dump);
  if (flags.rewrite) {
    if (peerAnswers === undefined) throw new Error('--rewrite takes the results from --peer');
    writeFileSync(goldenPath, `${JSON.stringify(peerAnswers, null, 1)}\n`);
    return 0;
  }
  const server = await startServer();
  try {
    const answers = await collect(server.url, dump);
    const golden = JSON.parse(readFileSync(goldenPath, 'utf8')) as Answers;
    const totals = [compare(answers, golden, 'the golden file')];
    if (peerAnswers !== undefined) totals.push(compare(answers, peerAnswers, 'the peer'));
    const passed = totals.reduce((sum, total) => sum + total.passed, 0);
    const failed = totals.reduce((sum, total) => sum + total.failed, 0);
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}

process.exitCode = await main();
