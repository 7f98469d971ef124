/** Runs the scenarios against any MySQL server: `node dist/test/sql/isolation/against.js mysql://root@127.0.0.1:3306`. */

import mysql, { type Connection } from 'mysql2/promise';
import { LOCKING_SCENARIOS } from './locking-scenarios.ts';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { SCHEMA_SCENARIOS } from './schema-scenarios.ts';

const url = process.argv[2];
if (url === undefined) throw new Error('usage: against.js mysql://user@host:port');
const database = 'shoal_isolation';
const open: Connection[] = [];

async function connect(): Promise<Connection> {
  const connection = await mysql.createConnection({ uri: url as string });
  open.push(connection);
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
  await connection.query(`USE ${database}`);
  return connection;
}

let failed = 0;
for (const scenario of [...SCENARIOS, ...LOCKING_SCENARIOS, ...SCHEMA_SCENARIOS]) {
  try {
    await runScenario(scenario, connect);
    process.stdout.write(`ok      ${scenario.name}\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`FAILED  ${scenario.name}\n${String(error)}\n`);
  }
  for (const connection of open.splice(0)) connection.destroy();
}
process.exitCode = failed === 0 ? 0 : 1;
