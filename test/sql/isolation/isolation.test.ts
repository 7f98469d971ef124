import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Connection } from 'mysql2/promise';
import type { SqlServer } from '../session/sql-server.ts';
import { startStoreServer } from '../support/store-server.ts';
import { LOCKING_SCENARIOS } from './locking-scenarios.ts';
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

for (const scenario of [...SCENARIOS, ...LOCKING_SCENARIOS, ...SCHEMA_SCENARIOS]) {
  test(scenario.name, async () => {
    const open: Connection[] = [];
    try {
      await runScenario(scenario, async () => {
        const connection = await server.connect({ database: 'isolation' });
        open.push(connection);
        return connection;
      });
    } finally {
      for (const connection of open) connection.destroy();
    }
  });
}
