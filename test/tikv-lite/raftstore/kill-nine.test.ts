import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { keyOf, realEnv } from '../../../base/index.ts';
import { openStore } from '../../../tikv-lite/index.ts';
import { temporaryDirectory } from '../kv/temporary-directory.ts';

/** Runs the writer until it has acknowledged `count` more numbers, then kills it without warning. */
async function runAndKill(directory: string, first: number, count: number): Promise<number[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-child.js'), directory, `${first}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let lines = 0;
  child.stdout.on('data', (bytes: Buffer) => {
    const text = bytes.toString('latin1');
    output += text;
    lines += text.split('\n').length - 1;
    if (lines >= count) child.kill('SIGKILL');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, null, `the writer was killed, not ended (code ${String(code)})`);
  return output.slice(0, output.lastIndexOf('\n')).split('\n').map(Number);
}

test('after kill -9 everything acknowledged is there', async () => {
  const directory = await temporaryDirectory();
  const acknowledged: number[] = [];
  for (const count of [50, 1500, 3000]) {
    acknowledged.push(...(await runAndKill(directory.path, acknowledged.length * 2, count)));
  }
  const store = await openStore(realEnv, { directory: directory.path });
  const reader = store.regions[0]?.read();
  for (const n of acknowledged) {
    assert.equal(reader?.get(keyOf(`d${n}a`))?.byteLength, Math.max(2000, `${n}`.length), `${n}`);
    assert.equal(Buffer.from(reader?.get(keyOf(`d${n}b`)) ?? []).toString(), `${n}`);
  }
  await store.close();
  await directory.remove();
});
