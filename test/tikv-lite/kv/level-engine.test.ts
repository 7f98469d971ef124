import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DiskError, keyOf, realEnv } from '../../../base/index.ts';
import { openLevelEngine } from '../../../tikv-lite/index.ts';
import { engineConformance, put } from './engine-conformance.ts';
import { temporaryDirectory } from './temporary-directory.ts';

engineConformance('LevelEngine', async () => {
  const directory = await temporaryDirectory();
  const options = { directory: join(directory.path, 'db'), timers: realEnv.timers };
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
  const options = { directory: join(directory.path, 'db'), timers: realEnv.timers };
  const engine = await openLevelEngine(options);
  await assert.rejects(openLevelEngine(options), (error) => error instanceof DiskError && error.code === 'ELOCKED');
  await engine.close();
  await directory.remove();
});

test('writes after close are refused', async () => {
  const directory = await temporaryDirectory();
  const engine = await openLevelEngine({ directory: join(directory.path, 'db'), timers: realEnv.timers });
  await engine.close();
  await assert.rejects(engine.write([put(keyOf('a'), '1')], { sync: false }), DiskError);
  await directory.remove();
});
