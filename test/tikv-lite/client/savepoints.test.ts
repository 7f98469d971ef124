import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Key } from '../../../base/index.ts';
import { Membuffer } from '../../../tikv-lite/client/membuffer.ts';
import type { Checkpoint } from '../../../tikv-lite/client/storage.ts';
import { bytes, key, openCluster, read, text, write } from './cluster.ts';

test('rolling back to a mark undoes the writes after it and keeps the others', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '0' });
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('1'));
  const outer = txn.checkpoint();
  txn.put(key('a'), bytes('2'));
  txn.put(key('b'), bytes('2'));
  const inner = txn.checkpoint();
  txn.delete(key('a'));
  txn.rollbackTo(inner);
  assert.equal(text(txn.buffered(key('a'))), '2');
  txn.rollbackTo(outer);
  assert.equal(text(txn.buffered(key('a'))), '1');
  assert.equal(txn.buffered(key('b')), undefined);
  await txn.commit();
  assert.deepEqual([await read(cluster, 'a'), await read(cluster, 'b')], ['1', undefined]);
});

test('inserted and deleted again leaves nothing; deleted and inserted again replaces', async () => {
  const cluster = await openCluster();
  await write(cluster, { b: '0' });
  const txn = await cluster.begin('optimistic');
  txn.insert(key('a'), bytes('1'));
  txn.delete(key('a'));
  txn.delete(key('b'));
  txn.insert(key('b'), bytes('1'));
  await txn.commit();
  assert.deepEqual([await read(cluster, 'a'), await read(cluster, 'b')], [undefined, '1']);
});

test('a buffer that is full refuses more', async () => {
  const cluster = await openCluster();
  const txn = await cluster.begin('optimistic', 1000);
  txn.put(key('a'), bytes('x'.repeat(500)));
  assert.throws(() => txn.put(key('b'), bytes('x'.repeat(500))), { kind: 'too-large' });
  await txn.commit();
  assert.equal(await read(cluster, 'b'), undefined);
});

test('a key written by statement after statement costs its newest value, unless a savepoint needs the others', () => {
  const buffer = new Membuffer(10_000);
  const write = (): void => buffer.write(key('a'), bytes('x'.repeat(100)), undefined, false);
  for (let statement = 0; statement < 1000; statement++) {
    buffer.checkpoint(true);
    write();
  }
  const savepoint = buffer.checkpoint(false);
  const fill = (): void => {
    for (let statement = 0; statement < 1000; statement++) {
      buffer.checkpoint(false);
      write();
    }
  };
  assert.throws(fill, { kind: 'too-large' });
  buffer.rollbackTo(savepoint);
  write();
  assert.throws(fill, { kind: 'too-large' });
});

type Step =
  | { readonly kind: 'write'; readonly key: string; readonly value: string | null }
  | { readonly kind: 'mark'; readonly isOnly: boolean }
  | { readonly kind: 'back'; readonly to: number };

test('marks and writes in any order behave like copies of a map', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        key: fc.constantFrom('a', 'b', 'c'),
        value: fc.option(fc.string()),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('mark' as const), isOnly: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('back' as const), to: fc.nat(5) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffer = new Membuffer(1 << 20);
      let model = new Map<string, string | null>();
      const marks: { mark: Checkpoint; copy: Map<string, string | null> }[] = [];
      for (const each of steps) {
        if (each.kind === 'write') {
          buffer.write(each.key as Key, each.value === null ? null : bytes(each.value), undefined, false);
          model.set(each.key, each.value);
        } else if (each.kind === 'mark') {
          if (each.isOnly) marks.length = 0;
          marks.push({ mark: buffer.checkpoint(each.isOnly), copy: new Map(model) });
        } else if (marks.length > 0) {
          const at = each.to % marks.length;
          buffer.rollbackTo(marks[at]!.mark);
          model = new Map(marks[at]!.copy);
          marks.length = at + 1;
        }
        const found = new Map<string, string | null>();
        let sizeBytes = 0;
        buffer.forEach((k, write) => {
          found.set(k, text(write.value) ?? null);
          sizeBytes += 64 + k.length + (write.value?.length ?? 0);
        });
        assert.deepEqual([...found].sort(), [...model].sort());
        assert.equal(buffer.sizeBytes, sizeBytes);
      }
    }),
    { numRuns: 300 },
  );
});
