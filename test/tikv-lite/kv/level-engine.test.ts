import assert from 'node:assert/strict';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DiskError, keyOf, realEnv } from '../../../base/index.ts';
import { openLevelEngine } from '../../../tikv-lite/index.ts';
import { engineConformance, put, readable } from './engine-conformance.ts';
import { temporaryDirectory } from './temporary-directory.ts';

engineConformance('LevelEngine', async () => {
  const directory = await temporaryDirectory();
  const options = { directory: join(directory.path, 'db'), timers: realEnv.timers, disk: realEnv.disk };
  let engine = await openLevelEngine(options);
  return {
    engine,
    reopen: async () => {
      await engine.close();
      engine = await openLevelEngine(options);
      return engine;
    },
    dispose: async () => {
      await engine.close();
      await directory.remove();
    },
  };
});

test('a directory is open once', async () => {
  const directory = await temporaryDirectory();
  const options = { directory: join(directory.path, 'db'), timers: realEnv.timers, disk: realEnv.disk };
  const engine = await openLevelEngine(options);
  await assert.rejects(openLevelEngine(options), (error) => error instanceof DiskError && error.code === 'ELOCKED');
  await engine.close();
  await directory.remove();
});

test('writes after close are refused', async () => {
  const directory = await temporaryDirectory();
  const engine = await openLevelEngine({
    directory: join(directory.path, 'db'),
    timers: realEnv.timers,
    disk: realEnv.disk,
  });
  await engine.close();
  await assert.rejects(engine.write([put(keyOf('a'), '1')], { sync: false }), DiskError);
  await directory.remove();
});

/** Directories of these names keep LevelDB from writing its next tables. */
const nextTables = Array.from({ length: 20 }, (_, i) => `${String(i + 4).padStart(6, '0')}.ldb`);

test('a disk that fails: reads go on, writes are refused, and reopening brings everything back', async () => {
  const directory = await temporaryDirectory();
  const path = join(directory.path, 'db');
  const engine = await openLevelEngine({ directory: path, timers: realEnv.timers, disk: realEnv.disk });
  await engine.write([put(keyOf('a'), '1')], { sync: false });
  for (const table of nextTables) await mkdir(join(path, table));
  await assert.rejects(engine.flush(), DiskError);
  assert.equal(engine.state, 'refusing');
  await assert.rejects(engine.flush(), DiskError);
  await assert.rejects(engine.write([put(keyOf('b'), '2')], { sync: false }), DiskError);
  await assert.rejects(engine.write([put(keyOf('c'), '3')], { sync: false, keep: true }), DiskError);
  assert.deepEqual(readable(await engine.scan({ start: keyOf('a') }, 10, false)), ['a=1', 'c=3']);
  for (const table of nextTables) await rmdir(join(path, table));
  assert.equal(await engine.recover(), true);
  assert.equal(engine.state, 'open');
  await engine.write([put(keyOf('d'), '4')], { sync: true });
  await engine.close();
  const again = await openLevelEngine({ directory: path, timers: realEnv.timers, disk: realEnv.disk });
  assert.deepEqual(readable(await again.scan({ start: keyOf('a') }, 10, false)), ['a=1', 'c=3', 'd=4']);
  await again.close();
  await directory.remove();
});
