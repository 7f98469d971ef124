import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from '../../../base/index.ts';
import { AccountStore } from '../../../sql/session/accounts/account-store.ts';
import { addGrant, createUserText, grantTexts, removeGrant } from '../../../sql/session/accounts/grants.ts';
import { hostMatches, hostRank } from '../../../sql/session/accounts/host-pattern.ts';
import { serverUuid } from '../../../sql/session/server-uuid.ts';
import { openCluster } from '../../tikv-lite/client/cluster.ts';

test('host patterns', () => {
  assert.ok(hostMatches('%', '10.0.0.1'));
  assert.ok(hostMatches('10.0.%', '10.0.0.1'));
  assert.ok(!hostMatches('10.0.%', '10.1.0.1'));
  assert.ok(hostMatches('%.example.com', 'db.example.com'));
  assert.ok(!hostMatches('%.example.com', 'dbXexample.com'));
  assert.ok(hostMatches('192.168.0.0/255.255.0.0', '192.168.7.9'));
  assert.ok(hostMatches('192.168.0.0/16', '192.168.7.9'));
  assert.ok(!hostMatches('192.168.0.0/16', '192.169.7.9'));
  assert.ok(hostMatches('127.0.0.1', 'localhost'));
  assert.ok(hostMatches('::1', 'localhost'));
  assert.ok(!hostMatches('localhost', '10.0.0.1'));
});

test('the most specific pattern comes first', () => {
  const patterns = ['%', '10.%', 'localhost', '10.0.%', '10.0.0.0/8'];
  patterns.sort((left, right) => hostRank(left) - hostRank(right));
  assert.deepEqual(patterns, ['localhost', '10.0.0.0/8', '10.0.%', '10.%', '%']);
});

const DB = { schema: 'db', object: '*' };
const TABLE = { schema: 'db', object: 't' };
const privilege = (
  name: string,
  ...columns: string[]
): { name: string; columns: { name: string; quoted: false }[] } => ({
  name,
  columns: columns.map((column) => ({ name: column, quoted: false as const })),
});

test('grants are added, merged, revoked and written like MySQL writes them', () => {
  let grants = addGrant([], DB, [privilege('SELECT')], false);
  grants = addGrant(grants, DB, [privilege('INSERT')], true);
  grants = addGrant(grants, TABLE, [privilege('UPDATE', 'a', 'b')], false);
  const account = {
    user: 'app',
    host: '%',
    plugin: 'caching_sha2_password' as const,
    authentication: '',
    locked: false,
    requireTls: false,
    expired: false,
    isRole: false,
    comment: undefined,
    grants,
    roles: [{ role: 'reader@%', adminOption: false }],
    defaultRoles: [],
  };
  assert.deepEqual(grantTexts(account), [
    'GRANT USAGE ON *.* TO `app`@`%`',
    'GRANT SELECT, INSERT ON `db`.* TO `app`@`%` WITH GRANT OPTION',
    'GRANT UPDATE (`a`, `b`) ON `db`.`t` TO `app`@`%`',
    'GRANT `reader`@`%` TO `app`@`%`',
  ]);
  assert.match(createUserText(account), /^CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' REQUIRE NONE/);
  const rest = removeGrant(grants, DB, [privilege('INSERT'), privilege('GRANT OPTION')]);
  assert.deepEqual(rest?.find(({ object }) => object === '*')?.privileges, ['SELECT']);
  assert.equal(removeGrant(grants, { schema: 'other', object: '*' }, [privilege('SELECT')]), undefined);
});

test('a new store has root, changes survive, other readers see them', async () => {
  const { storage } = await openCluster();
  const store = await AccountStore.open(storage);
  assert.deepEqual(
    store.all().map(({ user, host }) => `${user}@${host}`),
    ['root@localhost'],
  );
  const root = store.get('root', 'localhost');
  assert.ok(root !== undefined);
  await store.change([
    ['app@%', { ...root, user: 'app', host: '%' }],
    ['app@10.%', { ...root, user: 'app', host: '10.%', locked: true }],
  ]);
  const other = await AccountStore.open(storage);
  assert.equal((await other.match('app', '10.1.1.1'))?.host, '10.%');
  assert.equal((await other.match('app', 'localhost'))?.host, '%');
  await store.change([['app@10.%', undefined]]);
  assert.equal((await other.match('app', '10.1.1.1'))?.host, '%');
  assert.equal(await other.match('nobody', 'localhost'), undefined);
});

test('the server keeps its uuid', async () => {
  const { storage } = await openCluster();
  const uuid = await serverUuid(storage, realEnv.random);
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(await serverUuid(storage, realEnv.random), uuid);
});
