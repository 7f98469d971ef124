import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Key, keyOf, type RegionId, realEnv } from '../../../base/index.ts';
import {
  openStore,
  RegionError,
  type RegionObserver,
  StoreError,
  type WriteOperation,
} from '../../../tikv-lite/index.ts';
import { put, readable, remove } from '../kv/engine-conformance.ts';
import { temporaryDirectory } from '../kv/temporary-directory.ts';

test('a proposal is visible when it resolves, and its effect ran in the same turn', async () => {
  const directory = await temporaryDirectory();
  const store = await openStore(realEnv, { directory: directory.path });
  const region = store.regionOf(keyOf('k'));
  assert.ok(region !== undefined);
  const order: string[] = [];
  const proposals = [1, 2, 3].map((n) =>
    region
      .propose([put(keyOf(`dk${n}`), `${n}`)], () => {
        assert.equal(Buffer.from(region.read().get(keyOf(`dk${n}`)) ?? []).toString(), `${n}`);
        order.push(`effect ${n}`);
      })
      .then(() => order.push(`resolved ${n}`)),
  );
  await Promise.all(proposals);
  assert.deepEqual(order, ['effect 1', 'effect 2', 'effect 3', 'resolved 1', 'resolved 2', 'resolved 3']);
  await region.propose([remove(keyOf('dk2'))]);
  assert.deepEqual(readable(await region.read().scan({ start: 'd' as Key }, 10, false)), ['dk1=1', 'dk3=3']);
  await region.destroyRange({ start: keyOf('dk1'), end: keyOf('dk2') });
  assert.deepEqual(readable(await region.read().scan({ start: 'd' as Key }, 10, false)), ['dk3=3']);
  await store.close();
  await assert.rejects(
    region.propose([put(keyOf('dk9'), '9')]),
    (error) => error instanceof RegionError && error.kind === 'store-failed',
  );
  assert.throws(() => region.read(), RegionError);
  await directory.remove();
});

test('observers see leadership before reads succeed, and every write', async () => {
  const directory = await temporaryDirectory();
  const seen: (string | readonly WriteOperation[])[] = [];
  const observer: RegionObserver = {
    becameLeader: (region) => {
      assert.throws(() => region.read(), RegionError);
      seen.push('leader');
    },
    applied: (_regionId: RegionId, operations) => seen.push(operations),
  };
  const store = await openStore(realEnv, { directory: directory.path, observers: [observer] });
  const operations = [put(keyOf('da'), '1')];
  await store.regions[0]?.propose(operations);
  assert.deepEqual(seen, ['leader', operations]);
  await store.close();
  await directory.remove();
});

test('everything is there after an orderly restart, and nothing is replayed', async () => {
  const directory = await temporaryDirectory();
  const first = await openStore(realEnv, { directory: directory.path });
  for (let i = 0; i < 50; i++) await first.regions[0]?.propose([put(keyOf(`d${i}`), `${i}`)]);
  const { clusterId } = first;
  await first.close();
  let replayed = 0;
  const observer: RegionObserver = { applied: () => replayed++ };
  const second = await openStore(realEnv, { directory: directory.path, observers: [observer] });
  assert.equal(second.clusterId, clusterId);
  assert.equal(replayed, 0);
  assert.equal((await second.regions[0]?.read().scan({ start: 'd' as Key, end: 'e' as Key }, 100, false))?.length, 50);
  await second.close();
  await directory.remove();
});

test('a second process is refused by name of the directory', async () => {
  const directory = await temporaryDirectory();
  const store = await openStore(realEnv, { directory: directory.path });
  await assert.rejects(
    openStore(realEnv, { directory: directory.path }),
    (error) => error instanceof StoreError && error.kind === 'locked' && error.message.includes(directory.path),
  );
  await store.close();
  await directory.remove();
});

test('a directory of a newer format is refused untouched', async () => {
  const directory = await temporaryDirectory();
  const store = await openStore(realEnv, { directory: directory.path });
  await store.close();
  const path = join(directory.path, 'STORE');
  const identity = JSON.parse(await readFile(path, 'utf8')) as { format: number };
  await writeFile(path, JSON.stringify({ ...identity, format: identity.format + 1 }));
  await assert.rejects(
    openStore(realEnv, { directory: directory.path }),
    (error) => error instanceof StoreError && error.kind === 'format-too-new',
  );
  await writeFile(path, JSON.stringify(identity));
  const again = await openStore(realEnv, { directory: directory.path });
  await again.close();
  await directory.remove();
});

test('an entry above the limit is refused, one below is taken', async () => {
  const directory = await temporaryDirectory();
  const store = await openStore(realEnv, { directory: directory.path });
  const region = store.regions[0];
  assert.ok(region !== undefined);
  const large = (bytes: number): WriteOperation[] => [{ kind: 'put', key: keyOf('dl'), value: Buffer.alloc(bytes, 1) }];
  await assert.rejects(
    region.propose(large((8 << 20) + 1)),
    (error) => error instanceof RegionError && error.kind === 'raft-entry-too-large',
  );
  await Promise.all([1, 2, 3, 4, 5].map(() => region.propose(large(7 << 20))));
  assert.equal(region.read().get(keyOf('dl'))?.byteLength, 7 << 20);
  await store.close();
  await directory.remove();
});
