/** What a transaction has written itself is seen through push-down, and so is everything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwoWays } from './regions.ts';

const QUERIES = [
  'select count(*), sum(b) from t',
  'select b, count(*) from t group by b order by b',
  'select a from t where b = 2 order by a desc limit 3',
  'select max(a) from t',
  'select count(*) from u',
];

for (const overWire of [false, true]) {
  test(`reads beside buffered writes${overWire ? ', as messages' : ''}`, async (context) => {
    const ways = await TwoWays.open(
      async (sql) => {
        await sql.query('create table t(a int primary key, b int, key(b))');
        await sql.query('create table u(a int primary key)');
        const rows = Array.from({ length: 60 }, (_, i) => `(${i}, ${i % 5})`);
        await sql.query(`insert into t values ${rows.join(', ')}`);
        await sql.query('insert into u values (1), (2), (3)');
      },
      { stride: 11, asyncScans: false, overWire },
    );
    context.after(() => ways.close());
    const answers = async (): Promise<unknown[]> => {
      const found: unknown[] = [];
      for (const text of QUERIES) found.push((await ways.pushed.query(text)).rows);
      return found;
    };
    await ways.pushed.query('begin');
    const before = await answers();
    await ways.pushed.query('insert into t values (100, 2), (101, 9)');
    await ways.pushed.query('delete from t where a < 3');
    assert.deepEqual(await answers(), [
      [['59', '128']],
      [
        ['0', '11'],
        ['1', '11'],
        ['2', '12'],
        ['3', '12'],
        ['4', '12'],
        ['9', '1'],
      ],
      [['100'], ['57'], ['52']],
      [['101']],
      [['3']],
    ]);
    await ways.pushed.query('rollback');
    assert.deepEqual(await answers(), before);
  });
}
