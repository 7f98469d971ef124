/**
 * `npm run test:full-disk [-- --size-mb 256]`
 *
 * Shoal on a small tmpfs of its own: writes until the disk is full, then checks that writes fail with an error, reads go
 * on, everything acknowledged is there, also after kill -9 and restart; then makes room and checks that writes return.
 * Needs root for the mount; without it says so and counts nothing.
 */

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { startServer } from '../support/server-process.ts';

const { values: flags } = parseArgs({ options: { 'size-mb': { type: 'string', default: '256' } } });
const ROW_BYTES = 60_000;
const RECOVERY_LIMIT_MS = 30_000;

interface MysqlError extends Error {
  readonly errno?: number;
}

let passed = 0;
let failed = 0;

function check(what: string, isTrue: boolean): void {
  console.log(`${isTrue ? 'ok  ' : 'FAIL'} ${what}`);
  if (isTrue) passed++;
  else failed++;
}

function mount(directory: string): boolean {
  const size = `size=${flags['size-mb']}m`;
  return spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', directory], { stdio: 'ignore' }).status === 0;
}

async function insert(connection: Connection, id: number): Promise<MysqlError | undefined> {
  try {
    await connection.query('INSERT INTO full_disk.t VALUES (?, ?)', [id, Buffer.alloc(ROW_BYTES, id % 251)]);
    return undefined;
  } catch (error) {
    return error as MysqlError;
  }
}

/** Acknowledged ids whose rows are missing or cut short. */
async function damaged(connection: Connection, acknowledged: readonly number[]): Promise<number[]> {
  const [rows] = await connection.query<RowDataPacket[]>('SELECT id, LENGTH(data) AS n FROM full_disk.t ORDER BY id');
  const found = new Map(rows.map((row) => [Number(row['id']), Number(row['n'])]));
  return acknowledged.filter((id) => found.get(id) !== ROW_BYTES);
}

/** Inserts rows under new ids until one is refused. */
async function fill(connection: Connection, acknowledged: number[], firstId: number): Promise<MysqlError> {
  for (let id = firstId; ; id++) {
    const error = await insert(connection, id);
    if (error !== undefined) return error;
    acknowledged.push(id);
  }
}

async function writesReturn(connection: Connection, acknowledged: number[]): Promise<boolean> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < RECOVERY_LIMIT_MS) {
    const id = 1_000_000 + acknowledged.length;
    if ((await insert(connection, id)) === undefined) {
      acknowledged.push(id);
      return true;
    }
    await delay(200);
  }
  return false;
}

async function main(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-full-disk-'));
  if (!mount(directory)) {
    console.log('a tmpfs cannot be mounted here (root is needed): nothing was tested\n0 passed, 0 failed');
    await rm(directory, { recursive: true, force: true });
    return 0;
  }
  const ballast = join(directory, 'ballast');
  try {
    const { bavail, bsize } = await statfs(directory);
    await writeFile(ballast, Buffer.alloc(Math.floor((bavail * bsize) / 4)));
    const dataDirectory = join(directory, 'data');
    let server = await startServer({ dataDirectory });
    let connection = await createConnection(server.url);
    await connection.query('CREATE DATABASE full_disk');
    await connection.query('CREATE TABLE full_disk.t (id INT PRIMARY KEY, data LONGBLOB)');
    const acknowledged: number[] = [];
    const error = await fill(connection, acknowledged, 1);
    console.log(`the disk is full after ${acknowledged.length} rows: ${error.errno} ${error.message}`);
    check('a write on a full disk fails with an error of MySQL', (error.errno ?? 0) >= 1000);
    check('reads go on and everything acknowledged is there', (await damaged(connection, acknowledged)).length === 0);
    // What the log gave up meanwhile may make room for a few more.
    const again = await fill(connection, acknowledged, 3_000_000);
    check('writes go on failing cleanly', (again.errno ?? 0) >= 1000);
    connection.destroy();
    await server.kill();
    await rm(ballast);
    server = await startServer({ dataDirectory });
    connection = await createConnection(server.url);
    check('kill -9 on a full disk loses nothing acknowledged', (await damaged(connection, acknowledged)).length === 0);
    check('writes work after a restart with room', await writesReturn(connection, acknowledged));
    await writeFile(ballast, '');
    const second = await fill(connection, acknowledged, 2_000_000);
    check('the disk fills up again', (second.errno ?? 0) >= 1000);
    await connection.query('SELECT COUNT(*) FROM full_disk.t');
    spawnSync('mount', ['-o', `remount,size=${2 * Number(flags['size-mb'])}m`, directory], { stdio: 'ignore' });
    check('writes return without a restart once there is room', await writesReturn(connection, acknowledged));
    check('nothing acknowledged was lost', (await damaged(connection, acknowledged)).length === 0);
    connection.destroy();
    await server.stop();
  } finally {
    spawnSync('umount', ['-l', directory], { stdio: 'ignore' });
    await rm(directory, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
