import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiskError, SimulatedWorld } from '../../../base/index.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const read = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

test('what was synced survives a crash, whatever the seed', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const world = new SimulatedWorld(seed);
    const { disk, crash } = world.machine('a');
    const file = await world.settle(disk.open('/d/f', { create: true }));
    await world.settle(disk.syncDirectory('/d'));
    await world.settle(file.write(0, [text('synced')]));
    await world.settle(file.sync());
    await world.settle(file.write(6, [text(' lost?')]));
    crash();
    const survivor = read(await world.settle(disk.readFile('/d/f')));
    assert.equal(survivor.slice(0, 6), 'synced');
    assert.ok(' lost?'.startsWith(survivor.slice(6)), `seed ${seed}: ${survivor}`);
  }
});

test('unsynced writes are lost under some seed and kept under another', async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const world = new SimulatedWorld(seed);
    const { disk, crash } = world.machine('a');
    const file = await world.settle(disk.open('/d/f', { create: true }));
    await world.settle(disk.syncDirectory('/d'));
    await world.settle(file.write(0, [text('one')]));
    await world.settle(file.write(3, [text('two')]));
    crash();
    outcomes.add(read(await world.settle(disk.readFile('/d/f'))));
  }
  assert.ok(outcomes.has(''));
  assert.ok(outcomes.has('onetwo'));
  assert.ok(outcomes.size > 3, 'torn writes are expected among the outcomes');
});

test('a full disk refuses the write and keeps the old bytes', async () => {
  const world = new SimulatedWorld(1);
  const { disk } = world.machine('a');
  const file = await world.settle(disk.open('/d/f', { create: true }));
  await world.settle(file.write(0, [text('1234')]));
  disk.capacityBytes = 6;
  await assert.rejects(world.settle(file.write(4, [text('5678')])), (error: DiskError) => error.code === 'ENOSPC');
  assert.equal(read(await world.settle(file.read(0, 10))), '1234');
});

test('an operation that was under way when the machine died never completes', async () => {
  const world = new SimulatedWorld(1);
  const { disk, crash } = world.machine('a');
  let settled = false;
  disk.replaceFile('/d/f', text('x')).then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  crash();
  await world.run(1000);
  assert.equal(settled, false);
});

test('a file that was opened before the machine died answers nobody any more', async () => {
  const world = new SimulatedWorld(1);
  const { disk, crash } = world.machine('a');
  const file = await world.settle(disk.open('/d/f', { create: true }));
  crash();
  let settled = 0;
  const count = (): number => settled++;
  for (const operation of [file.write(0, [text('x')]), file.sync(), file.size()]) operation.then(count, count);
  await world.run(1000);
  assert.equal(settled, 0);
});
