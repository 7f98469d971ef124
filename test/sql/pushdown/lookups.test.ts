/** Indexes that lead to records: what each half computes, handles of all kinds, large results, own writes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TwoWays } from './regions.ts';

const TABLES = [
  'create table t(a int primary key, b int, c varchar(20), d int, key(b))',
  'create table u(a bigint unsigned primary key, b int, c varchar(20), key(b))',
  'create table h(b int, c varchar(20), key(b))',
  'create table w(a varchar(10) primary key, b int, c varchar(20), key(b))',
];

async function open(overWire: boolean): Promise<TwoWays> {
  return TwoWays.open(
    async (sql) => {
      for (const text of TABLES) await sql.query(text);
      for (let at = 0; at < 1500; at += 500) {
        const rows = (make: (i: number) => string): string =>
          Array.from({ length: 500 }, (_, i) => make(at + i)).join(', ');
        await sql.query(`insert into t values ${rows((i) => `(${i * 7919 - 9000000}, ${i % 10}, 'v${i}', ${i})`)}`);
        await sql.query(
          `insert into u values ${rows((i) => `(${(i * 7919) % 1500}${i % 2 ? '000000000000000' : ''}, ${i % 10}, 'v${i}')`)}`,
        );
        await sql.query(`insert into h values ${rows((i) => `(${i % 10}, 'v${i}')`)}`);
        await sql.query(`insert into w values ${rows((i) => `('k${i}', ${i % 10}, 'v${i}')`)}`);
      }
      await sql.query("insert into u values (18446744073709551615, 3, 'last'), (9223372036854775808, 3, 'middle')");
    },
    { stride: 211, asyncScans: !overWire, overWire },
  );
}

let inProcess: TwoWays;
let asMessages: TwoWays;

before(async () => {
  inProcess = await open(false);
  asMessages = await open(true);
});

after(async () => {
  await inProcess.close();
  await asMessages.close();
});

for (const overWire of [false, true]) {
  test(`lookups answer as without push-down${overWire ? ', as messages' : ''}`, async () => {
    const ways = overWire ? asMessages : inProcess;
    for (const table of ['t', 'u', 'h', 'w']) {
      for (const text of [
        `select * from ${table} force index (b) where b = 3 and c like '%3'`,
        `select c from ${table} force index (b) where b between 2 and 7 and c > 'v2' order by b`,
        `select c from ${table} force index (b) where b between 2 and 7 and c > 'v2' order by b desc`,
        `select b, c from ${table} force index (b) where b > 2 and b % 3 = 0 and length(c) > 3`,
        `select c from ${table} force index (b) where b > 2 and length(c) > 3 limit 700`,
        `select b, count(*), min(c) from ${table} force index (b) where b > 2 and length(c) > 3 group by b`,
        `select c from ${table} force index (b) where b > 100 and length(c) > 3`,
        `select upper(c) from ${table} force index (b) where b = 4 and c < 'v2'`,
      ]) {
        const [plain, pushed] = await ways.both(text);
        assert.deepEqual(pushed, plain, text);
      }
    }
  });

  test(`lookups beside buffered writes${overWire ? ', as messages' : ''}`, async () => {
    const ways = overWire ? asMessages : inProcess;
    const sql = ways.pushed;
    const found = async (): Promise<unknown> =>
      (await sql.query("select a, c from t force index (b) where b = 3 and c like '%x' order by b, a")).rows;
    await sql.query('begin');
    await sql.query("update t set c = 'first x' where a = -8976243");
    await sql.query("insert into t values (1, 3, 'second x', 0), (2, 4, 'other x', 0)");
    await sql.query("update t set b = 3, c = 'third x' where a = -9000000");
    assert.deepEqual(await found(), [
      ['-9000000', 'third x'],
      ['-8976243', 'first x'],
      ['1', 'second x'],
    ]);
    await sql.query('rollback');
    assert.deepEqual(await found(), []);
  });
}

test('EXPLAIN shows both halves', async () => {
  const text = "explain select upper(c) from t force index (b) where b > 3 and b % 2 = 0 and c like 'v%'";
  const { rows } = await inProcess.pushed.query(text);
  assert.deepEqual(
    rows.map(([id, , task]) => `${id} ${task}`),
    [
      'IndexLookUp root',
      '├─Selection cop[tikv]',
      '│ └─IndexRangeScan cop[tikv]',
      '└─Projection cop[tikv]',
      '  └─Selection cop[tikv]',
      '    └─TableRowIDScan cop[tikv]',
    ],
  );
});
