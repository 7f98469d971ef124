import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TwoWays } from './regions.ts';

const QUERIES = [
  'select count(*) from t',
  'select * from t',
  'select * from t order by a desc',
  'select count(*), sum(b), avg(b), min(c), max(c), count(c), bit_xor(a), avg(d) from t',
  'select b, count(*), sum(a) from t group by b',
  'select distinct b from t',
  "select a + 1, upper(c) from t where b > 3 and c like 'v1%'",
  'select * from t order by c desc, a limit 5',
  'select * from t limit 7 offset 3',
  'select * from t where a > 10 order by a desc limit 4',
  'select b from t where b = 3 limit 2',
  'select sum(e), avg(e), count(distinct b) from t',
  "select t.a, u.b from t join t u on t.a = u.b where u.c > 'v2' order by 1, 2",
  'select a from t where d > now() - interval 100 year and a < 20',
  'select 1 from t where a > 95',
  'select count(*) from t where a > 1000',
  'select b, count(*) from t where a > 1000 group by b',
  'select a / (b - 3) from t where a < 10',
];

for (const overWire of [false, true]) {
  describe(`answers with and without push-down, over one region and over many${overWire ? ', as messages' : ''}`, () => {
    let ways: TwoWays;
    before(async () => {
      ways = await TwoWays.open(
        async (sql) => {
          await sql.query('create table t(a int primary key, b int, c varchar(20), d decimal(10,2), e double, key(b))');
          for (let i = 1; i <= 100; i++) {
            await sql.query(`insert into t values(${i}, ${i % 7 === 6 ? 'null' : i % 7}, 'v${i}', ${i}.25, ${i} / 3)`);
          }
        },
        { stride: 9, asyncScans: !overWire, overWire },
      );
    });
    after(() => ways.close());
    for (const text of QUERIES) {
      it(text, async () => {
        const [plain, pushed] = await ways.both(text);
        assert.deepEqual(pushed, plain);
      });
    }
    it('shows what the stores compute', async () => {
      const { rows } = await ways.pushed.query("explain select b, avg(d) from t where c > 'a' group by b");
      assert.deepEqual(
        rows.map(([id, , task]) => `${id} ${task}`),
        [
          'HashAgg root',
          '└─TableReader root',
          '  └─HashAgg cop[tikv]',
          '    └─Selection cop[tikv]',
          '      └─TableFullScan cop[tikv]',
        ],
      );
    });
  });
}
