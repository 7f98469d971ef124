import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, keyOf, SeededRandom } from '../../../base/index.ts';
import { MemoryEngine } from '../../../tikv-lite/index.ts';
import { engineConformance, put } from './engine-conformance.ts';

engineConformance('MemoryEngine', () => {
  const engine = new MemoryEngine();
  return Promise.resolve({
    engine,
    reopen: async () => {
      await engine.close();
      return engine.open();
    },
    dispose: () => engine.close(),
  });
});

test('a crash keeps synced batches and loses only a suffix of the others', async () => {
  const lengths = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const engine = new MemoryEngine();
    for (let i = 0; i < 10; i++) {
      await engine.write([put(keyOf(`a${i}`), `${i}`), put(keyOf(`b${i}`), `${i}`)], { sync: i === 4 });
    }
    engine.crash(new SeededRandom(seed));
    engine.open();
    const kept = engine.scan({ start: keyOf('a'), end: keyOf('b') }, 100, false).length;
    assert.ok(kept >= 5, `seed ${seed}: ${kept} batches left`);
    for (let i = 0; i < 10; i++) {
      assert.equal(engine.get(keyOf(`a${i}`)) !== undefined, i < kept);
      assert.equal(engine.get(keyOf(`b${i}`)) !== undefined, i < kept);
    }
    lengths.add(kept);
  }
  assert.ok(lengths.size > 3, 'crashes cut at different places');
});

test('a crashed engine changes nothing until it is opened', async () => {
  const engine = new MemoryEngine();
  const all = { start: keyOf(''), end: keyOf('z') };
  await engine.write([put(keyOf('a'), '1')], { sync: true });
  engine.crash(new SeededRandom(1));
  await assert.rejects(engine.destroyRange(all), DiskError);
  await assert.rejects(engine.write([put(keyOf('b'), '2')], { sync: false }), DiskError);
  await assert.rejects(engine.flush(), DiskError);
  engine.open();
  assert.deepEqual(
    engine.scan(all, 10, false).map(({ key }) => key),
    [keyOf('a')],
  );
});
