import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { composeTs, earlierTs, LOGICALS_PER_MS, logicalOf, NO_TS, physicalMsOf } from '../../base/index.ts';

const physical = fc.nat(2 ** 45);
const logical = fc.nat(LOGICALS_PER_MS - 1);

test('a timestamp is its two parts, and compares by the physical one first', () => {
  fc.assert(
    fc.property(physical, logical, logical, (ms, first, second) => {
      const ts = composeTs(ms, first);
      assert.equal(physicalMsOf(ts), ms);
      assert.equal(logicalOf(ts), first);
      assert.ok(ts < composeTs(ms + 1, second));
    }),
  );
});

test('an earlier timestamp keeps its logical part; before the first there is none', () => {
  assert.equal(earlierTs(composeTs(5000, 7), 1200), composeTs(3800, 7));
  assert.equal(earlierTs(composeTs(5000, 0), 5000), NO_TS);
  assert.equal(earlierTs(composeTs(5000, 0), 6000), NO_TS);
});
