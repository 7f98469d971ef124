import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { text } from './cluster.ts';
import { Stores } from './stores.ts';

/** Two of them are more than a log entry holds. */
const LONG = (6 << 20) - 1024;

test('a value of almost 6 MiB takes the place of another one, which can still be read', async () => {
  const stores = await Stores.open({ seed: 11, stores: 1, segmentBytes: 16 << 20 });
  const { storage } = stores.client();
  const versions = ['1', '2', '3'].map((digit) => digit.repeat(LONG));
  const times = [];
  for (const version of versions) {
    await stores.write(storage, { a: version });
    times.push(await stores.now(storage));
  }
  for (const [i, at] of times.entries()) {
    const value = text(await stores.world.settle(Promise.resolve(storage.snapshot(at).get(keyOf('a')))));
    assert.ok(value === versions[i], `at ${i}: ${value?.length} bytes that begin with ${value?.slice(0, 3)}`);
  }
});
