import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rowsOf, type SqlServer, startSqlServer } from './sql-server.ts';

const MEGABYTE = 1 << 20;
const ROWS =
  'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT COUNT(*) AS c FROM ';
const WIDE = "(SELECT CONCAT(REPEAT('x', 500), a.i, '-', b.i) AS r FROM n a, n b";

let server: SqlServer;

before(async () => {
  server = await startSqlServer({ statementBytes: MEGABYTE, serverBytes: 2 * MEGABYTE });
});

after(() => server.close());

const greedy: readonly (readonly [string, string])[] = [
  ['sort', `${ROWS}${WIDE} ORDER BY r LIMIT 9999) q`],
  ['grouping', `${ROWS}${WIDE} GROUP BY r) q`],
  ['join', `${ROWS}${WIDE}) p JOIN ${WIDE}) q ON p.r = q.r`],
  ['duplicate elimination', `${ROWS}(SELECT DISTINCT CONCAT(REPEAT('y', 500), a.i, '-', b.i) AS r FROM n a, n b) q`],
];

for (const [name, sql] of greedy) {
  test(`a ${name} that needs more memory than one statement may have fails alone`, async () => {
    const connection = await server.connect();
    const other = await server.connect();
    await assert.rejects(connection.query(sql), (error: { errno?: number }) => error.errno === 1037);
    assert.deepEqual(await rowsOf(other, 'SELECT 1 AS alive'), [{ alive: 1 }]);
    assert.deepEqual(await rowsOf(connection, `${ROWS}(SELECT i FROM n ORDER BY i DESC LIMIT 50) q`), [{ c: 50 }]);
    assert.equal(server.sql.context.memory.usedBytes, 0);
  });
}
