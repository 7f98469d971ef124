import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Key, type KeyRange, type KvPair, keyOf } from '../../../base/index.ts';
import { CachedEngine, type KvEngine, MemoryEngine, type WriteOperation } from '../../../tikv-lite/index.ts';
import { engineConformance, modelScan, put, readable, remove } from './engine-conformance.ts';

const everything: KeyRange = { start: '' as Key };

engineConformance('CachedEngine', () => {
  const inner = new MemoryEngine();
  const options = { cachedRange: everything, quotaBytes: 1 << 20 };
  return Promise.resolve({
    engine: new CachedEngine(inner, options),
    reopen: async () => {
      await inner.close();
      return new CachedEngine(inner.open(), options);
    },
    dispose: () => inner.close(),
  });
});

/** An engine whose scans see the state of their call and answer when told to; counts the reads that reach it. */
class SlowScans extends MemoryEngine {
  readonly waiting: (() => void)[] = [];
  reads = 0;

  override get(key: Key): Uint8Array | undefined {
    this.reads++;
    return super.get(key);
  }

  override scan(range: KeyRange, limit: number, reverse: boolean): readonly KvPair[] {
    this.reads++;
    const page = super.scan(range, limit, reverse);
    const later = new Promise<readonly KvPair[]>((resolve) => {
      this.waiting.push(() => resolve(page));
    });
    return later as unknown as readonly KvPair[];
  }

  async answer(): Promise<void> {
    for (const resolve of this.waiting.splice(0)) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const anyKey = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 });
const anyOperation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), key: anyKey, text: fc.string({ maxLength: 4 }) }),
  fc.record({ kind: fc.constant('delete' as const), key: anyKey }),
);
const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      operations: fc.array(anyOperation, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('scan' as const),
      start: anyKey,
      end: fc.option(anyKey),
      limit: fc.integer({ min: 1, max: 6 }),
      reverse: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), key: anyKey }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('answer' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('destroy' as const), start: anyKey, end: anyKey }) },
);

test('answers like a sorted map, whatever is cached, evicted and under way', async () => {
  const property = fc.asyncProperty(
    fc.array(anyStep, { maxLength: 60 }),
    fc.integer({ min: 0, max: 20 }),
    async (steps, nodes) => {
      const inner = new SlowScans();
      const engine: KvEngine = new CachedEngine(inner, { cachedRange: everything, quotaBytes: nodes * 560 });
      const model = new Map<Key, string>();
      const checks: Promise<void>[] = [];
      for (const step of steps) {
        switch (step.kind) {
          case 'write': {
            const operations: WriteOperation[] = step.operations.map((operation) =>
              operation.kind === 'put' ? put(operation.key as Key, operation.text) : remove(operation.key as Key),
            );
            await engine.write(operations, { sync: false });
            for (const operation of step.operations) {
              if (operation.kind === 'put') model.set(operation.key as Key, operation.text);
              else model.delete(operation.key as Key);
            }
            break;
          }
          case 'scan': {
            const range: KeyRange = { start: step.start as Key, end: (step.end ?? undefined) as Key | undefined };
            const expected = modelScan(model, range, step.limit, step.reverse);
            const page = engine.scan(range, step.limit, step.reverse);
            if (page instanceof Promise) checks.push(page.then((pairs) => assert.deepEqual(readable(pairs), expected)));
            else assert.deepEqual(readable(page), expected);
            break;
          }
          case 'get': {
            const value = engine.get(step.key as Key);
            assert.equal(value === undefined ? undefined : Buffer.from(value).toString(), model.get(step.key as Key));
            break;
          }
          case 'answer':
            await inner.answer();
            break;
          case 'destroy':
            await engine.destroyRange({ start: step.start as Key, end: step.end as Key });
            for (const key of [...model.keys()]) if (key >= step.start && key < step.end) model.delete(key);
            break;
        }
      }
      await inner.answer();
      await Promise.all(checks);
    },
  );
  await fc.assert(property, { numRuns: 1500 });
});

function load(inner: KvEngine, prefix: string, count: number): Promise<void> {
  const operations: WriteOperation[] = [];
  for (let i = 0; i < count; i++) operations.push(put(keyOf(`${prefix}${String(i).padStart(6, '0')}`), 'value'));
  return inner.write(operations, { sync: false });
}

test('a range read once is answered without the engine, in both directions, written or not', async () => {
  const inner = new SlowScans();
  await load(inner, 'k', 100);
  const engine = new CachedEngine(inner, { cachedRange: everything, quotaBytes: 1 << 20 });
  const range: KeyRange = { start: keyOf('k000010'), end: keyOf('k000030') };
  const first = engine.scan(range, 1000, false);
  await inner.answer();
  assert.equal((await first).length, 20);
  const before = inner.reads;
  await engine.write([put(keyOf('k0000155'), 'between'), remove(keyOf('k000020'))], { sync: false });
  const again = engine.scan(range, 1000, false);
  assert.ok(!(again instanceof Promise));
  assert.equal(again.length, 20);
  const backwards = engine.scan(range, 5, true);
  assert.ok(!(backwards instanceof Promise));
  assert.equal(backwards[0]?.key, 'k000029');
  assert.equal(engine.get(keyOf('k000020')), undefined, 'absence is known too');
  assert.equal(engine.get(keyOf('k0000111')), undefined);
  assert.equal(inner.reads, before);
});

test('a large scan does not displace the hot set', async () => {
  const inner = new MemoryEngine();
  await load(inner, 'hot', 100);
  await load(inner, 'cold', 5000);
  const engine = new CachedEngine(inner, { cachedRange: everything, quotaBytes: 200 * 700 });
  const hot: KeyRange = { start: keyOf('hot'), end: keyOf('hou') };
  for (let i = 0; i < 3; i++) await engine.scan(hot, 1000, false);
  for (let start = keyOf('cold'); ; ) {
    const page = await engine.scan({ start, end: keyOf('cole') }, 100, false);
    if (page.length < 100) break;
    start = `${page.at(-1)?.key}\0` as Key;
  }
  const { misses } = engine.cacheStatistics;
  assert.equal((await engine.scan(hot, 1000, false)).length, 100);
  assert.equal(engine.cacheStatistics.misses, misses, 'the hot range is still known');
  assert.ok(engine.cacheStatistics.sizeBytes <= 200 * 700);
});
