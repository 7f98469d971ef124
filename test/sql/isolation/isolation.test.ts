import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SqlServer } from '../session/sql-server.ts';
import { startStoreServer } from '../support/store-server.ts';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { SCHEMA_SCENARIOS } from './schema-scenarios.ts';

let server: SqlServer;

before(async () => {
  server = await startStoreServer();
  const connection = await server.connect();
  await connection.query('CREATE DATABASE isolation');
});

after(async () => {
  assert.deepEqual(server.internalErrors, []);
  await server.close();
});

for (const scenario of [...SCENARIOS, ...SCHEMA_SCENARIOS]) {
  test(scenario.name, () => runScenario(scenario, () => server.connect({ database: 'isolation' })));
}
