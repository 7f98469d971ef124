/** Regions and stores survive the way over the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type PeerId, type RegionId, type StoreId } from '../../../base/index.ts';
import { metapb } from '../../../base/rpc/index.ts';
import type { Region, StoreDescriptor } from '../../../pd/index.ts';
import { regionFromProto, regionToProto, storeFromProto, storeToProto } from '../../../pd/server/index.ts';

const region: Region = {
  regionId: 7 as RegionId,
  range: { start: keyOf('a'), end: undefined },
  epoch: { confVer: 2, version: 5 },
  peers: [
    { peerId: 8 as PeerId, storeId: 1 as StoreId, role: 'voter' },
    { peerId: 9 as PeerId, storeId: 2 as StoreId, role: 'demoting-voter' },
  ],
};

test('a region, open at its end', () => {
  const bytes = metapb.Region.encode(regionToProto(region)).finish();
  assert.deepEqual(regionFromProto(metapb.Region.decode(bytes)), region);
});

test('a store with labels', () => {
  const store: StoreDescriptor = {
    storeId: 3 as StoreId,
    address: 'host:20160',
    statusAddress: 'host:20180',
    state: 'offline',
    version: '8.5.0',
    labels: [{ key: 'zone', value: 'a' }],
    startedAtMs: 1_700_000_000_000,
    lastHeartbeatMs: 1_700_000_123_456,
  };
  const bytes = metapb.Store.encode(storeToProto(store)).finish();
  assert.deepEqual(storeFromProto(metapb.Store.decode(bytes)), store);
});
