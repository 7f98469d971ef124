import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Connection, createConnection } from 'mysql2/promise';
import { type ClusterProcesses, startCluster } from '../support/cluster-process.ts';

const mainScript = join(import.meta.dirname, '..', '..', 'cli', 'shoal.cjs');

let directory: string;
let cluster: ClusterProcesses;
const connections: Connection[] = [];

async function connect(gateway: number): Promise<Connection> {
  const connection = await createConnection({ uri: cluster.gateways[gateway]?.url ?? '', rowsAsArray: true });
  connections.push(connection);
  return connection;
}

/** Runs a command that has to fail; answers what it says. */
async function refused(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [mainScript, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 10_000,
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 1, output);
  return output;
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-roles-'));
  cluster = await startCluster({
    stores: 1,
    gateways: 2,
    directory,
    storeArguments: ['--labels', 'zone=z1,host=h-1.example'],
    sqlArguments: ['--labels', 'zone=z1'],
  });
});

after(async () => {
  for (const connection of connections) connection.destroy();
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

test('what one gateway defines and writes the other one sees', async () => {
  const [left, right] = [await connect(0), await connect(1)];
  await left.query('CREATE DATABASE d');
  await left.query('CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, v INT)');
  await right.query('INSERT INTO d.t (v) VALUES (1), (2)');
  await left.query('ALTER TABLE d.t ADD COLUMN w INT DEFAULT 7');
  await left.query('INSERT INTO d.t (v) VALUES (3)');
  const [rows] = await right.query('SELECT v, w FROM d.t ORDER BY v');
  assert.deepEqual(rows, [
    [1, 7],
    [2, 7],
    [3, 7],
  ]);
});

test('writers on two gateways wait for each other and find their deadlocks', async () => {
  const [left, right] = [await connect(0), await connect(1)];
  await left.query('CREATE TABLE d.pair (id INT PRIMARY KEY, v INT)');
  await left.query('INSERT INTO d.pair VALUES (1, 0), (2, 0)');
  for (const connection of [left, right]) await connection.query('BEGIN');
  await left.query('UPDATE d.pair SET v = v + 1 WHERE id = 1');
  await right.query('UPDATE d.pair SET v = v + 10 WHERE id = 2');
  const outcomes = await Promise.allSettled([
    left.query('UPDATE d.pair SET v = v + 1 WHERE id = 2'),
    right.query('UPDATE d.pair SET v = v + 10 WHERE id = 1'),
  ]);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  assert.deepEqual(
    failures.map((error) => (error as { errno?: number }).errno),
    [1213],
  );
  for (const connection of [left, right]) await connection.query('COMMIT');
  const [rows] = await left.query('SELECT SUM(v) FROM d.pair');
  const sum = Number((rows as unknown[][])[0]?.[0]);
  assert.ok(sum === 2 || sum === 20, `half a transaction: ${sum}`);
});

test('a store that is stopped and started keeps what was written, and gateways go on', async () => {
  const [left] = [await connect(0)];
  const [store] = cluster.stores;
  assert.ok(store !== undefined);
  await left.query('CREATE TABLE d.kept (id INT PRIMARY KEY)');
  await left.query('INSERT INTO d.kept VALUES (1)');
  await store.end('SIGTERM');
  const insert = left.query('INSERT INTO d.kept VALUES (2)');
  await store.start();
  await insert;
  const [rows] = await left.query('SELECT id FROM d.kept ORDER BY id');
  assert.deepEqual(rows, [[1], [2]]);
});

test('a placement driver that is killed and started again is found again', async () => {
  const left = await connect(0);
  await cluster.pd.end('SIGKILL');
  const insert = left.query('INSERT INTO d.kept VALUES (3)');
  await cluster.pd.start();
  await insert;
  const [rows] = await left.query('SELECT COUNT(*) FROM d.kept');
  assert.deepEqual(rows, [[3]]);
});

test('stores and gateways know their place', async () => {
  const [left] = [await connect(0)];
  const [rows] = await left.query('SELECT LABEL FROM information_schema.tikv_store_status');
  assert.deepEqual(rows, [
    [
      [
        { key: 'zone', value: 'z1' },
        { key: 'host', value: 'h-1.example' },
      ],
    ],
  ]);
  const [gateway] = cluster.gateways;
  const status = await (await fetch(`http://${gateway?.host}:${gateway?.statusPort}/status`)).json();
  assert.deepEqual((status as { labels: unknown }).labels, { zone: 'z1' });
  await left.query("SET tidb_replica_read = 'closest-replicas'");
  assert.deepEqual((await left.query('SELECT COUNT(*) FROM d.kept'))[0], [[3]]);
});

test('every role answers on its status port', async () => {
  for (const { name, host, statusPort } of cluster.members) {
    const metrics = await (await fetch(`http://${host}:${statusPort}/metrics`)).text();
    assert.match(metrics, /^shoal_process_cpu_seconds_total \d/m, name);
  }
  const { pd } = cluster;
  const status = (await (await fetch(`http://${pd.host}:${pd.statusPort}/status`)).json()) as { stores: unknown[] };
  assert.equal(status.stores.length, 1);
});

test('what cannot work is refused with its reason', async () => {
  const { pd, stores } = cluster;
  const [store] = stores;
  const address = `${pd.host}:${pd.port}`;
  const status = ['--status-port', '0'];
  assert.match(await refused(['pd', '--data-dir', join(directory, 'pd'), ...status]), /in use by another process/);
  const taken = ['--addr', address, '--data-dir', join(directory, 'pd2'), ...status];
  assert.match(await refused(['pd', ...taken]), /is already in use; choose another with --addr/);
  const storeDirectory = join(directory, store?.name ?? '');
  const second = ['--pd', address, '--addr', '127.0.0.1:1', '--data-dir', storeDirectory, ...status];
  assert.match(await refused(['store', ...second]), /in use by another process/);
  assert.match(await refused(['store', '--addr', '127.0.0.1:0']), /a store keeps its port/);
  assert.match(await refused(['sql', '--pd', 'nonsense']), /HOST:PORT/);
  assert.match(await refused(['store', '--labels', 'zone']), /store\.labels: labels are written KEY=VALUE/);
  assert.match(await refused(['sql', '--labels', 'zone=a b']), /server\.labels\.zone: not the value of a label/);
  assert.match(await refused(['store', '--ca', '/tmp/ca.pem']), /go together/);
});
