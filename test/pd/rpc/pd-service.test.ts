/** The placement driver over real loopback connections: our own client, and the calls other clients of TiKV make. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Key, type RegionId, realEnv, type StoreId, type Ts } from '../../../base/index.ts';
import { etcdserverpb, GrpcChannel, GrpcServer, health, pdpb } from '../../../base/rpc/index.ts';
import { LocalPdClient, type PdError, PlacementDriver, type RegionInstruction } from '../../../pd/index.ts';
import { addPdService, GrpcPdClient } from '../../../pd/server/index.ts';
import { aHeartbeat, aPeer, aRegion, aStore } from '../support/fixtures.ts';

const SOON = { timeoutMs: 10_000 };

async function serve(context: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-pd-'));
  let driver = await PlacementDriver.open({ env: realEnv, directory });
  const { clock, timers } = realEnv;
  const listen = async (port: number): Promise<{ server: GrpcServer; port: number }> => {
    const server = new GrpcServer();
    addPdService(server, driver, { advertiseAddress: `127.0.0.1:${port}`, clock });
    return { server, port: (await server.listen({ host: '127.0.0.1', port })).port };
  };
  let { server, port } = await listen(0);
  const address = `127.0.0.1:${port}`;
  const client = await GrpcPdClient.connect({ endpoints: [address], clock, timers });
  const channel = new GrpcChannel({ address, clock });
  context.after(async () => {
    await client.close();
    channel.close();
    await server.close();
    await driver.close();
    await rm(directory, { recursive: true });
  });
  return {
    client,
    channel,
    driver: () => driver,
    restart: async () => {
      await server.close();
      await driver.close();
      driver = await PlacementDriver.open({ env: realEnv, directory });
      ({ server, port } = await listen(port));
    },
  };
}

function failsWith(kind: PdError['kind']) {
  return { name: 'PdError', kind };
}

test('bootstrap, ids, stores, regions, splits and safe points are the same through gRPC', async (context) => {
  const { client, driver } = await serve(context);
  const local = new LocalPdClient(driver());
  assert.equal(client.clusterId, local.clusterId);
  assert.equal(await client.isBootstrapped(), false);
  await assert.rejects(client.getAllStores(), failsWith('not-bootstrapped'));
  const whole = aRegion({ id: 2, peers: [aPeer(3, 1)] });
  await client.bootstrap(aStore(1), whole);
  await assert.rejects(client.bootstrap(aStore(1), whole), failsWith('already-bootstrapped'));
  await client.putStore(aStore(7, { labels: [{ key: 'zone', value: 'z1' }] }));
  assert.deepEqual(await client.getStore(7 as StoreId), await local.getStore(7 as StoreId));
  assert.deepEqual(await client.getAllStores(), await local.getAllStores());
  assert.equal(await client.getStore(99 as StoreId), undefined);
  await assert.rejects(client.putStore(aStore(8, { version: '6.1.0' })), failsWith('incompatible-version'));
  const first = await client.allocateIds(10);
  assert.equal(await client.allocateIds(1), first + 10);

  const [ids] = await client.askBatchSplit(whole, 1);
  assert.equal(ids?.newPeerIds.length, 1);
  const left = aRegion({ id: ids?.newRegionId ?? 0, end: 'm\xff', version: 2, peers: [aPeer(50, 1)] });
  const right = aRegion({ id: 2, start: 'm\xff', version: 2, peers: [aPeer(3, 1)] });
  await client.reportBatchSplit([left, right]);
  assert.deepEqual((await client.getRegion('a' as Key))?.region, left);
  assert.deepEqual((await client.getPrevRegion('z' as Key))?.region, left);
  assert.equal(await client.getPrevRegion('a' as Key), undefined);
  assert.deepEqual((await client.getRegionById(2 as RegionId))?.region, right);
  assert.equal(await client.getRegionById(77 as RegionId), undefined);
  const scanned = await client.scanRegions({ start: '' as Key }, 10);
  assert.deepEqual(scanned, await local.scanRegions({ start: '' as Key }, 10));
  assert.deepEqual(await client.splitRegions(['m\xff' as Key]), { regionIds: [2], isComplete: true });

  assert.equal(await client.advanceTxnSafePoint(500n as Ts), 500n);
  assert.equal(await client.advanceGcSafePoint(900n as Ts), 500n);
  assert.deepEqual(await client.getGcState(), { gcSafePoint: 500n, txnSafePoint: 500n });
});

test('timestamps of one turn come in one batch and grow over restarts of the server', async (context) => {
  const { client, restart } = await serve(context);
  let last = 0n;
  for (let life = 0; life < 3; life++) {
    for (let round = 0; round < 5; round++) {
      const batch = await Promise.all(Array.from({ length: 200 }, () => client.getTs()));
      for (const ts of batch) {
        assert.ok(ts > last);
        last = ts;
      }
    }
    await restart();
    await client.getTs().catch(() => undefined);
    let isBack = false;
    while (!isBack)
      isBack = await client.getTs().then(
        (ts) => ts > last,
        () => false,
      );
  }
});

test('who asks for a timestamp while the client is closed, or after, is refused', async (context) => {
  const { client } = await serve(context);
  const asked = [client.getTs(), client.getTs()];
  await client.close();
  for (const one of [...asked, client.getTs()]) await assert.rejects(one, { name: 'PdError', kind: 'unavailable' });
  await new Promise(setImmediate);
});

test('heartbeats are answered with instructions, and after a restart are asked for again', async (context) => {
  const { client, restart, driver } = await serve(context);
  await client.bootstrap(aStore(1), aRegion({ id: 2, peers: [aPeer(3, 1)] }));
  for (const id of [2, 3]) await client.putStore(aStore(id));
  const region = aRegion({ id: 2, confVer: 3, peers: [aPeer(3, 1), aPeer(4, 2), aPeer(5, 3)] });
  let received!: (instruction: RegionInstruction) => void;
  client.onInstruction((instruction) => received(instruction));
  const next = () =>
    new Promise<RegionInstruction>((resolve) => {
      received = resolve;
    });
  const heard = next();
  client.regionHeartbeat(aHeartbeat(region));
  while (driver().getRegionById(2 as RegionId)?.isHeard !== true) await new Promise(setImmediate);
  void client.splitRegions(['k' as Key]).catch(() => undefined);
  const instruction = await heard;
  const [leader] = region.peers;
  assert.deepEqual(instruction, {
    kind: 'split',
    keys: ['k'],
    regionId: 2,
    epoch: region.epoch,
    target: leader,
  });
  const again = new Promise<void>((resolve) => {
    client.onReconnect(resolve);
  });
  await restart();
  await again;
  client.regionHeartbeat(aHeartbeat(region, { term: 8 }));
  while (driver().getRegionById(2 as RegionId)?.term !== 8) await new Promise(setImmediate);
});

test('what clients of TiKV ask at start is answered', async (context) => {
  const { channel, client, driver } = await serve(context);
  const service = channel.client(pdpb.PDDefinition);
  const members = await service.getMembers(pdpb.GetMembersRequest.create(), SOON);
  assert.equal(members.header?.clusterId, driver().clusterId);
  assert.match(members.leader?.clientUrls[0] ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
  const info = await service.getClusterInfo(pdpb.GetClusterInfoRequest.create(), SOON);
  assert.deepEqual(info.serviceModes, [pdpb.ServiceMode.PD_SVC_MODE]);
  const stranger = { header: pdpb.RequestHeader.create({ clusterId: 1n }) };
  await assert.rejects(service.isBootstrapped(stranger, SOON), { code: 'failed-precondition' });

  const etcd = channel.client(etcdserverpb.ClusterDefinition);
  const { members: etcdMembers } = await etcd.memberList(etcdserverpb.MemberListRequest.create(), SOON);
  assert.ok(etcdMembers[0]?.name !== '' && etcdMembers[0]?.isLearner === false);
  await client.advanceTxnSafePoint(4711n as Ts);
  const key = Buffer.from('/tidb/store/gcworker/saved_safe_point');
  const kv = channel.client(etcdserverpb.KVDefinition);
  const { kvs } = await kv.range(etcdserverpb.RangeRequest.create({ key }), SOON);
  assert.equal(Buffer.from(kvs[0]?.value ?? []).toString(), '4711');
  const checked = await channel.client(health.HealthDefinition).check({ service: '' }, SOON);
  assert.equal(checked.status, health.HealthCheckResponse_ServingStatus.SERVING);
});

test('a stream of region look-ups answers ids in the order of the keys', async (context) => {
  const { channel, client } = await serve(context);
  const header = pdpb.RequestHeader.create({ clusterId: client.clusterId });
  await client.bootstrap(aStore(1), aRegion({ id: 2, peers: [aPeer(3, 1)] }));
  client.regionHeartbeat(aHeartbeat(aRegion({ id: 9, end: 'm', version: 2, peers: [aPeer(30, 1)] })));
  client.regionHeartbeat(aHeartbeat(aRegion({ id: 2, start: 'm', version: 2, peers: [aPeer(3, 1)] })));
  while ((await client.getRegion('z' as Key))?.region.epoch.version !== 2) await new Promise(setImmediate);
  const stream = channel.client(pdpb.PDDefinition).queryRegion();
  const answer = new Promise<pdpb.QueryRegionResponse>((resolve) => stream.onMessage(resolve));
  const keys = ['x', 'a', 'y'].map((key) => Buffer.from(key));
  stream.send(pdpb.QueryRegionRequest.create({ header, keys, prevKeys: [Buffer.from('x')], ids: [77n] }));
  const { keyIdMap, prevKeyIdMap, regionsById } = await answer;
  assert.deepEqual(keyIdMap, [2n, 9n, 2n]);
  assert.deepEqual(prevKeyIdMap, [9n]);
  assert.deepEqual([...regionsById.keys()].sort(), [2n, 9n].sort());
  assert.equal(regionsById.get(9n)?.leader?.id, 30n);
  stream.end();
  const request = { header, ranges: [{ startKey: Buffer.from('b'), endKey: Buffer.from('z') }], limit: 0 };
  const service = channel.client(pdpb.PDDefinition);
  const batch = await service.batchScanRegions(
    pdpb.BatchScanRegionsRequest.create({ ...request, containAllKeyRange: true }),
    SOON,
  );
  assert.deepEqual(
    batch.regions.map(({ region }) => region?.id),
    [9n, 2n],
  );
});

test('older clients move safe points through services', async (context) => {
  const { channel, client } = await serve(context);
  const service = channel.client(pdpb.PDDefinition);
  const header = pdpb.RequestHeader.create({ clusterId: client.clusterId });
  const update = (name: string, safePoint: bigint, TTL: bigint) =>
    service.updateServiceGCSafePoint(
      pdpb.UpdateServiceGCSafePointRequest.create({ header, serviceId: Buffer.from(name), safePoint, TTL }),
      SOON,
    );
  await update('backup', 100n, 600n);
  const worker = await update('gc_worker', 300n, 1n << 62n);
  assert.equal(worker.minSafePoint, 100n);
  await update('backup', 0n, 0n);
  assert.equal((await update('gc_worker', 300n, 1n << 62n)).minSafePoint, 300n);
  const updated = await service.updateGCSafePoint(
    pdpb.UpdateGCSafePointRequest.create({ header, safePoint: 250n }),
    SOON,
  );
  assert.equal(updated.newSafePoint, 250n);
  const late = await update('changefeed', 200n, 60n);
  assert.equal(late.minSafePoint, 300n, 'it comes too late and learns it');
});
