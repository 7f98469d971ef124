/** Clients write 2^64 - 1 where they mean "no bound": the client in Rust as the size of every pessimistic transaction. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { kvrpcpb, tikvpb } from '../../../base/rpc/index.ts';
import { contextToProto } from '../../../tikv-lite/server/convert/basics.ts';
import { openNetworkedCluster } from './network.ts';

const BOUNDLESS = 2n ** 64n - 1n;
const SOON = { timeoutMs: 5000 };

test('a lock of a transaction without a bound of size and time is told to whom it is in the way', async (context) => {
  const cluster = await openNetworkedCluster(context, 1);
  const service = cluster.nodes[0]!.channel.client(tikvpb.TikvDefinition);
  const region = cluster.nodes[0]!.node.store.regionOf(keyOf('a'))!;
  const target = contextToProto({ regionId: region.regionId, epoch: region.epoch, peer: region.peer });
  const startVersion = await cluster.storage.currentTs();
  const { errors } = await service.kvPrewrite(
    kvrpcpb.PrewriteRequest.create({
      context: target,
      mutations: [kvrpcpb.Mutation.create({ op: kvrpcpb.Op.Put, key: Buffer.from('a'), value: Buffer.from('1') })],
      primaryLock: Buffer.from('a'),
      startVersion,
      lockTtl: BOUNDLESS,
      txnSize: BOUNDLESS,
    }),
    SOON,
  );
  assert.deepEqual(errors, []);
  const version = await cluster.storage.currentTs();
  const read = await service.kvGet(
    kvrpcpb.GetRequest.create({ context: target, key: Buffer.from('a'), version }),
    SOON,
  );
  const scan = await service.kvScanLock(
    kvrpcpb.ScanLockRequest.create({ context: target, maxVersion: version, limit: 10 }),
    SOON,
  );
  const status = await service.kvCheckTxnStatus(
    kvrpcpb.CheckTxnStatusRequest.create({
      context: target,
      primaryKey: Buffer.from('a'),
      lockTs: startVersion,
      callerStartTs: version,
      currentTs: version,
    }),
    SOON,
  );
  for (const lock of [read.error?.locked, scan.locks[0], status.lockInfo]) {
    assert.equal(lock?.lockVersion, startVersion);
    assert.ok(lock.lockTtl > 1_000_000n && lock.txnSize > 1_000_000n, `${lock.lockTtl} ${lock.txnSize}`);
  }
  assert.equal(status.lockTtl, scan.locks[0]?.lockTtl, 'it is alive');
});
