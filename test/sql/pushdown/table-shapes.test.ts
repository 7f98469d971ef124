/** Shapes of tables and keys that a scan on a store has to know about, and the session's time zone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwoWays } from './regions.ts';

const QUERIES = [
  'select * from added where a > 2',
  'select x, count(*) from added group by x',
  "select y from added where y > '2020-01-01 00:30:00'",
  'select min(y), max(y), count(y) from added',
  'select a, v from prefixed where v > 1',
  "select count(*) from prefixed where a like 'ab%'",
  'select k, v from falling where k > 3 order by k limit 4',
  'select count(k) from falling where k < 5',
  'select v from uniques where v is null or v > 4',
  'select _b, count(*) from many where _b + 0 > 1 group by _b',
];

for (const overWire of [false, true]) {
  test(`shapes of tables${overWire ? ', as messages' : ''}`, async (context) => {
    const ways = await TwoWays.open(
      async (sql) => {
        await sql.query('create table added(a int primary key)');
        await sql.query('create table prefixed(a varchar(40), v int, primary key(a(3)))');
        await sql.query('create table falling(a int primary key, k int, v int, key(k desc, v))');
        await sql.query('create table uniques(a int primary key, v int, unique key(v))');
        await sql.query('create table many(a int primary key, _b bigint unsigned, c text)');
        for (let i = 0; i < 20; i++) {
          await sql.query(`insert into added values (${i})`);
          await sql.query(`insert into prefixed values ('${'abcdefghijklmnopqrst'.slice(i)}${i}', ${i})`);
          await sql.query(`insert into falling values (${i}, ${i % 7}, ${i})`);
          await sql.query(`insert into uniques values (${i}, ${i % 4 === 0 ? 'null' : i})`);
          await sql.query(`insert into many values (${i}, ${i % 3 === 0 ? '18446744073709551615' : i % 3}, 'c${i}')`);
        }
        await sql.query("set time_zone = '+00:00'");
        await sql.query('alter table added add column x int default 5');
        await sql.query("alter table added add column y timestamp default '2020-01-01 00:00:00'");
        await sql.query("insert into added values (100, 6, '2020-01-01 01:00:00'), (101, null, null)");
      },
      { stride: 7, asyncScans: false, overWire },
    );
    context.after(() => ways.close());
    for (const zone of ['+00:00', '-03:30', 'Europe/Berlin']) {
      for (const sql of [ways.plain, ways.pushed]) await sql.query(`set time_zone = '${zone}'`);
      for (const text of QUERIES) {
        const [plain, pushed] = await ways.both(text);
        assert.deepEqual(pushed, plain, `${zone}: ${text}`);
      }
    }
  });
}
