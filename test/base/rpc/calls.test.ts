/** Plain calls and streams over real loopback connections. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { addHealthService, health, kvrpcpb, pdpb, RpcError, raft_serverpb, tikvpb } from '../../../base/rpc/index.ts';
import { openLoopback } from './loopback.ts';

const SOON = { timeoutMs: 10_000 };

test('a plain call carries request and response; its error carries code and message', async (context) => {
  const { channel } = await openLoopback(context, (server) =>
    server.add(tikvpb.TikvDefinition, {
      rawGet: ({ key }) => {
        if (key.length === 0) throw new RpcError('invalid-argument', 'an empty key');
        return kvrpcpb.RawGetResponse.create({ value: Buffer.concat([key, key]) });
      },
      rawPut: () => Promise.reject(new TypeError('a bug')),
    }),
  );
  const client = channel.client(tikvpb.TikvDefinition);
  const response = await client.rawGet(kvrpcpb.RawGetRequest.create({ key: Buffer.from('ab') }), SOON);
  assert.equal(Buffer.from(response.value).toString(), 'abab');
  await assert.rejects(client.rawGet(kvrpcpb.RawGetRequest.create(), SOON), {
    name: 'RpcError',
    code: 'invalid-argument',
    message: 'an empty key',
  });
  await assert.rejects(client.rawPut(kvrpcpb.RawPutRequest.create(), SOON), { code: 'internal' });
});

test('methods and services nobody serves are unimplemented', async (context) => {
  const { channel } = await openLoopback(context, (server) => server.add(tikvpb.TikvDefinition, {}));
  const unimplemented = { code: 'unimplemented' };
  await assert.rejects(
    channel.client(tikvpb.TikvDefinition).rawGet(kvrpcpb.RawGetRequest.create(), SOON),
    unimplemented,
  );
  await assert.rejects(
    channel.client(pdpb.PDDefinition).getMembers(pdpb.GetMembersRequest.create(), SOON),
    unimplemented,
  );
});

test('a call without an answer fails at its deadline', async (context) => {
  const { channel } = await openLoopback(context, (server) =>
    server.add(tikvpb.TikvDefinition, { rawGet: () => new Promise(() => undefined) }),
  );
  const call = channel.client(tikvpb.TikvDefinition).rawGet(kvrpcpb.RawGetRequest.create(), { timeoutMs: 50 });
  await assert.rejects(call, { code: 'deadline-exceeded' });
});

test('both sides of a bidirectional stream see messages in order and its end', async (context) => {
  const { channel } = await openLoopback(context, (server) =>
    server.add(pdpb.PDDefinition, {
      tso: (stream) => {
        stream.onMessage(({ count }) => stream.send(pdpb.TsoResponse.create({ count })));
        stream.onEnd(() => stream.end());
      },
    }),
  );
  const stream = channel.client(pdpb.PDDefinition).tso();
  const counts: number[] = [];
  stream.onMessage(({ count }) => {
    counts.push(count);
    if (count === 100) stream.end();
  });
  for (let count = 1; count <= 100; count++) stream.send(pdpb.TsoRequest.create({ count }));
  const error = await new Promise((resolve) => stream.onClose(resolve));
  assert.equal(error, undefined);
  assert.deepEqual(
    counts,
    Array.from({ length: 100 }, (_, at) => at + 1),
  );
});

test('a reader that pauses slows the sender down', async (context) => {
  let resume!: () => void;
  let received = 0;
  let total!: (count: number) => void;
  const all = new Promise<number>((resolve) => (total = resolve));
  const { channel } = await openLoopback(context, (server) =>
    server.add(tikvpb.TikvDefinition, {
      snapshot: (stream, reply) => {
        stream.onMessage(() => received++);
        stream.pause();
        resume = () => stream.resume();
        stream.onEnd(() => {
          total(received);
          reply({});
        });
      },
    }),
  );
  const { stream, response } = channel.client(tikvpb.TikvDefinition).snapshot();
  const chunk = raft_serverpb.SnapshotChunk.create({ data: new Uint8Array(64 * 1024) });
  let sent = 1;
  while (stream.send(chunk)) sent++;
  assert.ok(sent < 64, `${sent} chunks were taken while nobody read`);
  await new Promise<void>((resolve) => {
    stream.onDrain(resolve);
    const poke = () => (resume === undefined ? setImmediate(poke) : resume());
    poke();
  });
  stream.end();
  assert.equal(await all, sent);
  assert.deepEqual(await response, {});
});

test('streams and calls of a server that goes away end with an error', async (context) => {
  const { server, channel } = await openLoopback(context, (each) =>
    each.add(pdpb.PDDefinition, { tso: (stream) => stream.onMessage(() => stream.send(pdpb.TsoResponse.create())) }),
  );
  const client = channel.client(pdpb.PDDefinition);
  const stream = client.tso();
  stream.send(pdpb.TsoRequest.create());
  await new Promise((resolve) => stream.onMessage(resolve));
  const closed = new Promise<RpcError | undefined>((resolve) => stream.onClose(resolve));
  await server.close();
  const error = await closed;
  assert.ok(error instanceof RpcError, 'an error');
  assert.equal(stream.send(pdpb.TsoRequest.create()), false);
  await assert.rejects(client.getMembers(pdpb.GetMembersRequest.create(), SOON), { code: 'unavailable' });
});

test('a server cancels a stream with a status', async (context) => {
  const { channel } = await openLoopback(context, (server) =>
    server.add(pdpb.PDDefinition, {
      tso: (stream) => stream.onMessage(() => stream.cancel(new RpcError('failed-precondition', 'not the leader'))),
    }),
  );
  const stream = channel.client(pdpb.PDDefinition).tso();
  stream.send(pdpb.TsoRequest.create());
  const error = await new Promise<RpcError | undefined>((resolve) => stream.onClose(resolve));
  assert.equal(error?.code, 'failed-precondition');
  assert.equal(error?.message, 'not the leader');
});

test('health of the server and of a named service', async (context) => {
  const { channel } = await openLoopback(context, (server) => addHealthService(server, ['tikvpb.Tikv']));
  const client = channel.client(health.HealthDefinition);
  assert.deepEqual(await client.check({ service: '' }, SOON), { status: 1 });
  assert.deepEqual(await client.check({ service: 'tikvpb.Tikv' }, SOON), { status: 1 });
  await assert.rejects(client.check({ service: 'pdpb.PD' }, SOON), { code: 'not-found' });
});

test('a client may ping as often as it likes', async (context) => {
  const { channel } = await openLoopback(context, (server) => addHealthService(server, []));
  const session = connect(`http://${channel.address}`, { settings: {} });
  context.after(() => session.destroy());
  await once(session, 'connect');
  let goneAway = false;
  session.on('goaway', () => (goneAway = true));
  for (let i = 0; i < 100; i++) {
    const error = await new Promise<Error | null>((resolve) => void session.ping((failure) => resolve(failure)));
    assert.equal(error, null);
  }
  assert.equal(goneAway, false);
});
