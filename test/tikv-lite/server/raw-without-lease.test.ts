import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kvrpcpb } from '../../../base/rpc/index.ts';
import { epochToProto, peerToProto } from '../../../pd/server/index.ts';
import { rawCommands } from '../../../tikv-lite/server/raw-commands.ts';
import { Stores } from '../client/stores.ts';

test('a raw command to a leader whose lease ran out waits until it is confirmed', async () => {
  const stores = await Stores.open({ seed: 5, stores: 3 });
  const leader = await stores.leaderAt('a');
  const { storeId } = leader.peer;
  const { machine } = stores.cluster.node(storeId);
  const kv = stores.service(storeId);
  assert.ok(kv !== undefined);
  const raw = rawCommands({ kv, clock: machine.clock, api: 'v1' });
  const context = kvrpcpb.Context.create({
    regionId: BigInt(leader.regionId),
    regionEpoch: epochToProto(leader.epoch),
    peer: peerToProto(leader.peer),
  });
  const key = Buffer.from('a');
  const put = kvrpcpb.RawPutRequest.create({ context, key, value: Buffer.from('1') });
  assert.equal((await stores.world.settle(raw.rawPut(put))).regionError, undefined);
  await stores.world.run(600_000, () => !leader.hasLease);
  assert.ok(leader.isLeader);
  assert.throws(() => leader.read(), { kind: 'not-leader' });
  const found = await stores.world.settle(raw.rawGet(kvrpcpb.RawGetRequest.create({ context, key })));
  assert.equal(found.regionError, undefined);
  assert.equal(Buffer.from(found.value).toString(), '1');
});
