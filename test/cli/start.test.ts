import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const mainScript = join(import.meta.dirname, '..', '..', 'cli', 'shoal.cjs');

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Longer than any start takes: a server that should have refused to start must not hang the suite. */
const RUN_LIMIT_MS = 15_000;

/** Runs the command to its end. */
async function runToEnd(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [mainScript, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    timeout: RUN_LIMIT_MS,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

async function withDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-cli-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One directory, and the server on it: the tests go on where the one before ended. */
let dataDirectory: string;
let server: ServerProcess;

before(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'shoal-cli-'));
  server = await startServer({ dataDirectory });
});

after(async () => {
  await server.kill();
  await rm(dataDirectory, { recursive: true, force: true });
});

/** On the directory of the server, to be refused. */
function startOnceMore() {
  return runToEnd(['start', '--data-dir', dataDirectory, '--sql-port', '0', '--status-port', '0']);
}

test('the status port answers metrics, status and health', async () => {
  const base = `http://127.0.0.1:${server.statusPort}`;
  const metrics = await (await fetch(`${base}/metrics`)).text();
  assert.match(metrics, /^shoal_process_cpu_seconds_total \d/m);
  assert.match(metrics, /^shoal_sql_connections \d/m);
  const status = (await (await fetch(`${base}/status`)).json()) as Record<string, unknown>;
  assert.equal(status['connections'], 0);
  assert.match(String(status['version']), /^8\.0\.\d+-Shoal-/);
  assert.deepEqual(await (await fetch(`${base}/health`)).json(), { status: 'ok' });
});

test('a second process on the same directory is refused by name', async () => {
  const { code, output } = await startOnceMore();
  assert.equal(code, 1);
  assert.match(output, /in use by another process/);
  assert.match(output, new RegExp(String(server.child.pid)));
});

test('a clean stop and a start on the same directory keep the data', async () => {
  const connection = await createConnection(server.url);
  await connection.query('CREATE DATABASE kept');
  await connection.query('CREATE TABLE kept.t (id INT PRIMARY KEY, v VARCHAR(10))');
  await connection.query("INSERT INTO kept.t VALUES (1, 'one')");
  await connection.end();
  const exited = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);

  server = await startServer({ dataDirectory });
  const again = await createConnection(server.url);
  const [rows] = await again.query('SELECT * FROM kept.t');
  assert.deepEqual(rows, [{ id: 1, v: 'one' }]);
  await again.end();
});

test('a directory of a newer format is refused', async () => {
  await server.kill();
  await writeFile(join(dataDirectory, 'STORE'), '{"format":999,"clusterId":1,"storeId":1}');
  const { code, output } = await startOnceMore();
  assert.equal(code, 1);
  assert.match(output, /format 999/);
  assert.match(output, /newer/);
});

test('an occupied port is refused by number', () =>
  withDirectory(async (directory) => {
    const occupant = createServer();
    occupant.listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const address = occupant.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const { code, output } = await runToEnd([
      'start',
      '--data-dir',
      directory,
      '--sql-port',
      String(port),
      '--status-port',
      '0',
    ]);
    assert.equal(code, 1);
    assert.match(output, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is already in use`));
    occupant.close();
  }));

test('configuration errors name the key and touch nothing', () =>
  withDirectory(async (directory) => {
    const file = join(directory, 'shoal.toml');
    await writeFile(file, '[server]\nsqlport = 1\n');
    const { code, output } = await runToEnd(['start', '--config', file, '--data-dir', join(directory, 'data')]);
    assert.equal(code, 1);
    assert.match(output, /unknown key server\.sqlport/);
    assert.deepEqual(await readdir(directory), ['shoal.toml']);
    const badPort = await runToEnd(['start', '--sql-port', '70000']);
    assert.equal(badPort.code, 1);
    assert.match(badPort.output, /0 to 65535/);
    const badVariable = await runToEnd(['start'], { SHOAL_SERVER_PORT: '1' });
    assert.match(badVariable.output, /SHOAL_SERVER_PORT/);
  }));
