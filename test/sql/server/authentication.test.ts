import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import mysql, { type ConnectionOptions } from 'mysql2/promise';
import { checkPassword, hashCachingSha2Password } from '../../../sql/server/auth/caching-sha2-password.ts';
import { sha256Crypt } from '../../../sql/server/auth/sha256-crypt.ts';
import { makeServerCertificate } from '../../../sql/server/server-certificate.ts';
import { type EchoServer, startEchoServer } from './echo-session.ts';

let echo: EchoServer;

before(async () => {
  echo = await startEchoServer({ tls: await makeServerCertificate() });
});

after(() => echo.server.close());

async function logIn(options: ConnectionOptions): Promise<void> {
  const connection = await mysql.createConnection({ host: '127.0.0.1', port: echo.port, ...options });
  await connection.ping();
  await connection.end();
}

const TLS = { ssl: { rejectUnauthorized: false } };

test('SHA-256 crypt agrees with crypt(3) and with MySQL', () => {
  const crypt = (password: string, salt: string): string => sha256Crypt(Buffer.from(password), Buffer.from(salt), 5000);
  assert.equal(crypt('Hello world!', 'saltstring'), '5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5');
  assert.equal(crypt('This is just a test', 'saltstringsaltst'), 'x/zpfu1wRdjMeUna2pNrIP8Ex4hjxvm4nrkMHIHcl65');
  const stored = Buffer.from(
    '24412430304124' +
      '5D2B17723B5318570B4D6C5F435C3A17165A3C25' +
      '50624D356361304A416A514B316E596C66555867702F4D654641484B31573742784859637636632F304E30',
    'hex',
  );
  assert.equal(checkPassword(stored, Buffer.from('geheim')), true);
  assert.equal(checkPassword(stored, Buffer.from('geheim2')), false);
});

test('a stored password has the length MySQL gives it', () => {
  assert.equal(hashCachingSha2Password('x', Buffer.alloc(20, 65)).length, 70);
});

test('caching_sha2_password over TLS, full and then fast', async () => {
  await logIn({ user: 'sha2', password: 'geheim', ...TLS });
  await logIn({ user: 'sha2', password: 'geheim', ...TLS });
  await assert.rejects(logIn({ user: 'sha2', password: 'falsch', ...TLS }), { errno: 1045, sqlState: '28000' });
});

test('caching_sha2_password without TLS, by RSA', async () => {
  const fresh = await startEchoServer();
  const options = { host: '127.0.0.1', port: fresh.port, user: 'sha2' };
  await assert.rejects(mysql.createConnection({ ...options, password: 'falsch' }), { errno: 1045 });
  const full = await mysql.createConnection({ ...options, password: 'geheim' });
  await full.end();
  const fast = await mysql.createConnection({ ...options, password: 'geheim' });
  await fast.end();
  await fresh.server.close();
});

test('mysql_native_password through an authentication switch', async () => {
  await logIn({ user: 'native', password: 'geheim' });
  await assert.rejects(logIn({ user: 'native', password: 'falsch' }), {
    errno: 1045,
    message: "Access denied for user 'native'@'localhost' (using password: YES)",
  });
});

test('no password where one is stored, and the other way round', async () => {
  await assert.rejects(logIn({ user: 'sha2' }), {
    message: "Access denied for user 'sha2'@'localhost' (using password: NO)",
  });
  await assert.rejects(logIn({ user: 'root', password: 'x' }), { errno: 1045 });
  await logIn({ user: 'root' });
});

test('an unknown account is refused like a wrong password', async () => {
  await assert.rejects(logIn({ user: 'nobody', password: 'x', ...TLS }), {
    errno: 1045,
    message: "Access denied for user 'nobody'@'localhost' (using password: YES)",
  });
  await assert.rejects(logIn({ user: 'nobody' }), { errno: 1045 });
});

test('locked accounts, accounts that need TLS, unknown databases', async () => {
  await assert.rejects(logIn({ user: 'locked' }), { errno: 3118 });
  await assert.rejects(logIn({ user: 'tls_only', password: 'geheim' }), { errno: 1045 });
  await logIn({ user: 'tls_only', password: 'geheim', ...TLS });
  await assert.rejects(logIn({ user: 'root', database: 'nowhere' }), { errno: 1049, sqlState: '42000' });
});

test('the session learns user, host, attributes and TLS', async () => {
  await logIn({ user: 'root', connectAttributes: { program_name: 'probe' }, ...TLS });
  const identity = echo.sessions.at(-1)?.identity;
  assert.equal(identity?.host, 'localhost');
  assert.equal(identity?.attributes.get('program_name'), 'probe');
  assert.equal(identity?.tls, true);
});

test('a compressed connection', async () => {
  const connection = await mysql.createConnection({ host: '127.0.0.1', port: echo.port, user: 'root', compress: true });
  const [rows] = await connection.query('numbers 5000');
  assert.equal((rows as object[]).length, 5000);
  const [[row]] = (await connection.execute('echo ?', ['x'.repeat(100_000)])) as unknown as [[{ p0: string }]];
  assert.equal(row.p0.length, 100_000);
  await connection.end();
});

test('beyond max_connections the answer is 1040, and others are unharmed', async () => {
  const small = await startEchoServer({ maxConnections: 1 });
  const options = { host: '127.0.0.1', port: small.port, user: 'root' };
  const first = await mysql.createConnection(options);
  await assert.rejects(mysql.createConnection(options), { errno: 1040, sqlState: '08004' });
  await first.ping();
  await first.end();
  await small.server.close();
});
