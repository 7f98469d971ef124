/** Random queries answer the same with and without push-down, over one region and over many. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/index.ts';
import { QueryMaker } from './random-queries.ts';
import { TwoWays } from './regions.ts';

const QUERIES = Number(process.env['PUSHDOWN_QUERIES'] ?? 120);
const FIRST_SEED = Number(process.env['PUSHDOWN_SEED'] ?? 1);

for (const overWire of [false, true]) {
  const seed = FIRST_SEED + (overWire ? 1 : 0);
  test(`random queries, ${overWire ? 'as messages' : 'in the process'}, seed ${seed}`, async (context) => {
    const maker = new QueryMaker(new SeededRandom(seed));
    const cut = { stride: 23, asyncScans: !overWire, overWire };
    const ways = await TwoWays.open((sql) => maker.fill(sql, 150), cut);
    context.after(() => ways.close());
    for (let at = 0; at < QUERIES; at++) {
      const text = maker.query();
      const [plain, pushed] = await ways.both(text);
      // Whether a row that fails is computed at all, a LIMIT leaves open.
      if (text.includes(' limit ') && isError(pushed) !== isError(plain)) continue;
      assert.deepEqual(pushed, plain, `seed ${seed}, query ${at}: ${text}`);
    }
  });
}

function isError(outcome: unknown): boolean {
  return typeof outcome === 'object' && outcome !== null && 'error' in outcome;
}
