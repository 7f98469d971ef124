/** What every KvEngine must do. Each implementation runs it from a test file of its own. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Key, type KeyRange, type KvPair, keyOf } from '../../../base/index.ts';
import type { KvEngine, WriteOperation } from '../../../tikv-lite/index.ts';

export interface EngineUnderTest {
  readonly engine: KvEngine;
  /** Closes it and opens what it left on disk. */
  reopen(): Promise<KvEngine>;
  dispose(): Promise<void>;
}

export function put(key: Key, text: string): WriteOperation {
  return { kind: 'put', key, value: Buffer.from(text) };
}

export function remove(key: Key): WriteOperation {
  return { kind: 'delete', key };
}

export function readable(pairs: readonly KvPair[]): string[] {
  return pairs.map(({ key, value }) => `${key}=${Buffer.from(value).toString()}`);
}

/** The plain model: a map, sorted when asked. */
export function modelScan(model: ReadonlyMap<Key, string>, range: KeyRange, limit: number, reverse: boolean): string[] {
  const keys = [...model.keys()].filter((key) => key >= range.start && (range.end === undefined || key < range.end));
  keys.sort((a, b) => (a < b ? -1 : 1));
  if (reverse) keys.reverse();
  return keys.slice(0, limit).map((key) => `${key}=${model.get(key)}`);
}

const anyKey = fc.string({ unit: fc.constantFrom('a', 'b', '\xff', '\0', '\x80'), minLength: 1, maxLength: 3 });
const anyOperation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), key: anyKey, text: fc.string({ maxLength: 8 }) }),
  fc.record({ kind: fc.constant('delete' as const), key: anyKey }),
);
const anyStep = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      operations: fc.array(anyOperation, { maxLength: 6 }),
      sync: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('scan' as const),
      start: anyKey,
      end: fc.option(anyKey),
      limit: fc.integer({ min: 0, max: 8 }),
      reverse: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('destroy' as const), start: anyKey, end: anyKey }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
);

async function clear(engine: KvEngine): Promise<void> {
  await engine.destroyRange({ start: '\0' as Key });
}

export function engineConformance(name: string, open: () => Promise<EngineUnderTest>): void {
  describe(`${name} is a KvEngine`, () => {
    let subject: EngineUnderTest;
    let engine: KvEngine;

    before(async () => {
      subject = await open();
      engine = subject.engine;
    });
    after(() => subject.dispose());

    it('shows a write before its promise settles', async () => {
      const written = engine.write([put(keyOf('a'), '1'), put(keyOf('b'), '2')], { sync: false });
      assert.equal(Buffer.from(engine.get(keyOf('a')) ?? []).toString(), '1');
      assert.deepEqual(readable(await engine.scan({ start: keyOf('a'), end: keyOf('c') }, 10, false)), ['a=1', 'b=2']);
      await written;
      assert.equal(Buffer.from(engine.get(keyOf('b')) ?? []).toString(), '2');
      await clear(engine);
    });

    it('keeps the order of writes that nobody waited for', async () => {
      const writes: Promise<void>[] = [];
      for (let i = 0; i < 500; i++) {
        writes.push(
          engine.write([put(keyOf('k'), `${i}`), i % 3 === 0 ? remove(keyOf('x')) : put(keyOf('x'), `${i}`)], {
            sync: i % 50 === 0,
          }),
        );
        if (i % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(writes);
      assert.deepEqual(readable(await engine.scan({ start: keyOf('k') }, 10, false)), ['k=499', 'x=499']);
      await clear(engine);
    });

    it('scans as of the call', async () => {
      await engine.write([put(keyOf('a'), 'old'), put(keyOf('b'), 'old')], { sync: false });
      const page = engine.scan({ start: keyOf('a') }, 10, false);
      await engine.write([put(keyOf('b'), 'new'), put(keyOf('c'), 'new')], { sync: false });
      assert.deepEqual(readable(await page), ['a=old', 'b=old']);
      await clear(engine);
    });

    it('keeps a snapshot while writes go on', async () => {
      await engine.write([put(keyOf('a'), '1'), put(keyOf('b'), '1')], { sync: false });
      const snapshot = engine.snapshot();
      await engine.write([put(keyOf('a'), '2'), remove(keyOf('b')), put(keyOf('c'), '2')], { sync: true });
      assert.equal(Buffer.from(snapshot.get(keyOf('a')) ?? []).toString(), '1');
      assert.deepEqual(readable(await snapshot.scan({ start: keyOf('a') }, 10, false)), ['a=1', 'b=1']);
      assert.deepEqual(readable(await snapshot.scan({ start: keyOf('a') }, 10, true)), ['b=1', 'a=1']);
      snapshot.release();
      await clear(engine);
    });

    it('fills pages across hidden and deleted keys', async () => {
      const base: WriteOperation[] = [];
      for (let i = 0; i < 2000; i++) base.push(put(keyOf(`k${String(i).padStart(5, '0')}`), 'base'));
      await engine.write(base, { sync: true });
      const changes: WriteOperation[] = [];
      for (let i = 0; i < 1500; i++) {
        const key = keyOf(`k${String(i).padStart(5, '0')}`);
        changes.push(i % 3 === 0 ? remove(key) : put(key, 'changed'));
      }
      const written = engine.write(changes, { sync: false });
      const forward = await engine.scan({ start: keyOf('k') }, 1200, false);
      assert.equal(forward.length, 1200);
      assert.equal(forward[0]?.key, 'k00001');
      assert.equal(forward[999]?.key, 'k01499');
      assert.equal(forward[1199]?.key, 'k01699');
      const backward = await engine.scan({ start: keyOf('k'), end: keyOf('k01000') }, 10, true);
      assert.equal(backward[0]?.key, 'k00998');
      await written;
      await clear(engine);
    });

    it('answers like a sorted map', async () => {
      const property = fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), async (steps) => {
        const model = new Map<Key, string>();
        await clear(engine);
        for (const step of steps) {
          if (step.kind === 'write') {
            const operations = step.operations.map((operation) =>
              operation.kind === 'put' ? put(operation.key as Key, operation.text) : remove(operation.key as Key),
            );
            const written = engine.write(operations, { sync: step.sync });
            for (const operation of step.operations) {
              if (operation.kind === 'put') model.set(operation.key as Key, operation.text);
              else model.delete(operation.key as Key);
            }
            if (step.sync) await written;
          } else if (step.kind === 'scan') {
            const range: KeyRange = { start: step.start as Key, end: (step.end ?? undefined) as Key | undefined };
            const page = readable(await engine.scan(range, step.limit, step.reverse));
            assert.deepEqual(page, modelScan(model, range, step.limit, step.reverse));
          } else if (step.kind === 'destroy') {
            const range: KeyRange = { start: step.start as Key, end: step.end as Key };
            await engine.destroyRange(range);
            for (const key of [...model.keys()]) if (key >= range.start && key < step.end) model.delete(key);
          } else await engine.flush();
        }
        for (const [key, text] of model) assert.equal(Buffer.from(engine.get(key) ?? []).toString(), text);
        assert.deepEqual(
          readable(await engine.scan({ start: '\0' as Key }, 1000, false)),
          modelScan(model, { start: '\0' as Key }, 1000, false),
        );
      });
      await fc.assert(property, { numRuns: 60 });
    });

    it('keeps everything over an orderly restart', async () => {
      const big: WriteOperation[] = [];
      for (let i = 0; i < 300; i++) big.push(put(keyOf(`r${i}`), `${i}`));
      const written = engine.write(big, { sync: false });
      engine = await subject.reopen();
      await written;
      assert.equal((await engine.scan({ start: keyOf('r'), end: keyOf('s') }, 1000, false)).length, 300);
    });
  });
}
