import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DiskError, realEnv } from '../../../base/index.ts';

const { disk } = realEnv;

async function inTemporaryDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-disk-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test('files: write, read, truncate, allocate', () =>
  inTemporaryDirectory(async (directory) => {
    const file = await disk.open(join(directory, 'f'), { create: true });
    await file.write(0, [Buffer.from('hello '), Buffer.from('world')]);
    await file.sync();
    assert.equal(Buffer.from(await file.read(6, 100)).toString(), 'world');
    await file.truncate(5);
    assert.equal(await file.size(), 5);
    await file.allocate(3 << 20);
    assert.equal(await file.size(), 3 << 20);
    assert.equal(Buffer.from(await file.read(0, 5)).toString(), 'hello');
    await file.close();
  }));

test('a missing file is undefined to read and ENOENT to open', () =>
  inTemporaryDirectory(async (directory) => {
    assert.equal(await disk.readFile(join(directory, 'none')), undefined);
    await assert.rejects(disk.open(join(directory, 'none'), { create: false }), (e: DiskError) => e.code === 'ENOENT');
  }));

test('the lock names its holder and falls to the next when the holder died', () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, 'LOCK');
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log(1)'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    await writeFile(path, `${child.pid} `);
    await assert.rejects(disk.lock(path), (e: DiskError) => e.code === 'ELOCKED' && e.message.includes(`${child.pid}`));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const held = await disk.lock(path);
    await assert.rejects(disk.lock(path), (e: DiskError) => e.code === 'ELOCKED');
    await held.release();
    await (await disk.lock(path)).release();
  }));
