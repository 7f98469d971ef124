import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, keyOf } from '../../../base/index.ts';
import { FaultEngine, MemoryEngine } from '../../../tikv-lite/index.ts';
import { engineConformance, put, readable } from './engine-conformance.ts';

engineConformance('FaultEngine without faults', () => {
  const inner = new MemoryEngine();
  return Promise.resolve({
    engine: new FaultEngine(inner),
    reopen: async () => {
      await inner.close();
      return new FaultEngine(inner.open());
    },
    dispose: () => inner.close(),
  });
});

test('reads go on while writes are refused, and recovery writes what waited', async () => {
  const inner = new MemoryEngine();
  const engine = new FaultEngine(inner);
  const isFull = (error: unknown): boolean => error instanceof DiskError && error.code === 'ENOSPC';
  await engine.write([put(keyOf('a'), '1')], { sync: true });
  engine.fail('ENOSPC');
  await assert.rejects(engine.write([put(keyOf('b'), '2')], { sync: false }), isFull);
  assert.equal(engine.state, 'refusing');
  await assert.rejects(engine.write([put(keyOf('c'), '3')], { sync: false }), isFull);
  assert.deepEqual(readable(await engine.scan({ start: keyOf('a') }, 10, false)), ['a=1', 'b=2']);
  await assert.rejects(engine.write([put(keyOf('d'), '4')], { sync: false, keep: true }), isFull);
  assert.equal(Buffer.from(engine.get(keyOf('d')) ?? []).toString(), '4', 'what is durable elsewhere is taken');
  assert.equal(await engine.recover(), false);
  engine.heal();
  assert.equal(await engine.recover(), true);
  assert.equal(engine.state, 'open');
  assert.deepEqual(readable(inner.scan({ start: keyOf('a') }, 10, false)), ['a=1', 'b=2', 'd=4']);
});
