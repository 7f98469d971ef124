/** Mutual TLS: both sides show a certificate of the same authority, or there is no connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from 'selfsigned';
import {
  addHealthService,
  type GrpcChannel,
  type GrpcServer,
  health,
  type RpcSecurity,
} from '../../../base/rpc/index.ts';
import { openLoopback } from './loopback.ts';

/** A certificate that is its own authority. */
async function makeSecurity(): Promise<RpcSecurity> {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  return { ca: Buffer.from(pems.cert), cert: Buffer.from(pems.cert), key: Buffer.from(pems.private) };
}

function check(channel: GrpcChannel) {
  return channel.client(health.HealthDefinition).check({ service: '' }, { timeoutMs: 5000 });
}

test('only a client with a certificate of the authority gets in', async (context) => {
  const [ours, theirs] = await Promise.all([makeSecurity(), makeSecurity()]);
  const prepare = (server: GrpcServer) => addHealthService(server, []);
  const trusted = await openLoopback(context, prepare, { serverSecurity: ours, clientSecurity: ours });
  assert.deepEqual(await check(trusted.channel), { status: 1 });
  const plain = await openLoopback(context, prepare, { serverSecurity: ours });
  await assert.rejects(check(plain.channel), { code: 'unavailable' });
  const stranger = await openLoopback(context, prepare, {
    serverSecurity: ours,
    clientSecurity: { ...theirs, ca: ours.ca },
  });
  await assert.rejects(check(stranger.channel), { code: 'unavailable' });
  const impostor = await openLoopback(context, prepare, { serverSecurity: theirs, clientSecurity: ours });
  await assert.rejects(check(impostor.channel), { code: 'unavailable' });
});
