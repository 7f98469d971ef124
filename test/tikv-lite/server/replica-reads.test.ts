/** What a store tells about how far its replicas may be read, as any client of TiKV asks for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, keyToBytes, type Ts } from '../../../base/index.ts';
import { type kvrpcpb, tikvpb } from '../../../base/rpc/index.ts';
import { contextToProto } from '../../../tikv-lite/server/convert/basics.ts';
import { openNetworkedCluster } from './network.ts';

const TIMEOUT = { timeoutMs: 5000 };
const EVERYTHING = { startKey: new Uint8Array(0), endKey: new Uint8Array(0) };

test('commit index, leadership and safe timestamp over the network', { timeout: 30_000 }, async (context) => {
  const { storage, nodes } = await openNetworkedCluster(context, 1);
  const [first] = nodes;
  assert.ok(first !== undefined);
  const txn = storage.begin(await storage.currentTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 20 });
  txn.put(keyOf('a'), Buffer.from('1'));
  await txn.commit();
  const [region] = first.node.store.regions;
  assert.ok(region !== undefined);
  const { regionId, epoch, peer, term, appliedIndex } = region;
  const client = first.channel.client(tikvpb.TikvDefinition);
  const ts = (await storage.currentTs()) as Ts;

  const about = contextToProto({ regionId, epoch, peer });
  const { readIndex } = await client.readIndex({ context: about, startTs: ts, ranges: [] }, TIMEOUT);
  assert.ok(readIndex >= BigInt(appliedIndex));

  const info = {
    regionId: BigInt(regionId),
    peerId: BigInt(peer.peerId),
    term: BigInt(term),
    regionEpoch: about.regionEpoch,
  };
  const wrong: kvrpcpb.LeaderInfo[] = [
    { ...info, term: info.term + 1n },
    { ...info, peerId: info.peerId + 1n },
    { ...info, regionId: 999n },
  ];
  assert.deepEqual(await client.checkLeader({ regions: [info, ...wrong], ts }, TIMEOUT), {
    regions: [info.regionId],
    ts,
  });

  let safeTs = 0n;
  while (safeTs < ts) ({ safeTs } = await client.getStoreSafeTS({ keyRange: EVERYTHING }, TIMEOUT));
  const stale = contextToProto({ regionId, epoch, peer, staleRead: true });
  const read = await client.kvGet(
    { context: stale, key: keyToBytes(keyOf('a')), version: ts, needCommitTs: false },
    TIMEOUT,
  );
  assert.equal(Buffer.from(read.value).toString(), '1');
  const early = await client.kvGet(
    { context: stale, key: keyToBytes(keyOf('a')), version: ts + (1n << 40n), needCommitTs: false },
    TIMEOUT,
  );
  assert.ok((early.regionError?.dataIsNotReady?.safeTs ?? 0n) >= ts);
});
