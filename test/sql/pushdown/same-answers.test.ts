import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { queries } from './queries.ts';
import { TwoWays } from './regions.ts';

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
    for (const text of queries) {
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
