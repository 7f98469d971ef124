import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, type RegionId, SimulatedWorld } from '../../../../base/index.ts';
import { MemoryEngine, openStore } from '../../../../tikv-lite/index.ts';
import { encodeWrite } from '../../../../tikv-lite/raftstore/command-codec.ts';
import { openRaftLog } from '../../../../tikv-lite/raftstore/log/replay.ts';
import { applyStateKey, encodeApplyState } from '../../../../tikv-lite/raftstore/region.ts';

const REGION = 2 as RegionId;
const SEGMENT_BYTES = 1 << 18;

function write(key: string, value: string): Uint8Array {
  return encodeWrite(1, [{ kind: 'put', key: key as Key, value: Buffer.from(value) }]);
}

test('a store that kept its regions in the engine opens and goes on', async () => {
  const world = new SimulatedWorld(7);
  const machine = world.machine('store');
  const engine = new MemoryEngine();
  const record = {
    version: 1,
    state: 'normal',
    regionId: REGION,
    range: { start: '' },
    epoch: { confVer: 1, version: 1 },
    peers: [{ peerId: 3, storeId: 1, role: 'voter' }],
  };
  const stateKey = `\x01r${'\0'.repeat(7)}\x02` as Key;
  const prepare = async (): Promise<void> => {
    await machine.disk.makeDirectory('/data');
    const log = await openRaftLog({ disk: machine.disk, directory: '/data/raft', segmentBytes: SEGMENT_BYTES });
    await log.write([
      { kind: 'truncated', regionId: REGION, index: 7, term: 6 },
      { kind: 'hard-state', regionId: REGION, hardState: { term: 6, vote: 3, commit: 8 } },
      {
        kind: 'entries',
        regionId: REGION,
        entries: [
          { type: 'EntryNormal', term: 6, index: 8, data: write('da', 'eight') },
          { type: 'EntryNormal', term: 6, index: 9, data: write('db', 'nine') },
        ],
      },
    ]);
    await log.close();
    const applied = encodeApplyState({ index: 8, term: 6 });
    await engine.write(
      [
        { kind: 'put', key: stateKey, value: Buffer.from(JSON.stringify(record)) },
        { kind: 'put', key: applyStateKey(REGION), value: applied },
        { kind: 'put', key: 'dc' as Key, value: Buffer.from('seven') },
      ],
      { sync: true },
    );
    await machine.disk.replaceFile('/data/STORE', Buffer.from('{"format":1,"clusterId":9,"storeId":1}\n'));
  };
  await world.settle(prepare());
  for (let life = 0; life < 2; life++) {
    const opening = openStore(machine, {
      directory: '/data',
      segmentBytes: SEGMENT_BYTES,
      cacheBytes: 0,
      openEngine: () => Promise.resolve(engine.open()),
    });
    const store = await world.settle(opening);
    assert.equal(store.clusterId, 9);
    const region = store.regions[0];
    assert.equal(region?.regionId, REGION);
    const values = ['da', 'db', 'dc'].map((key) => Buffer.from(region?.read().get(key as Key) ?? '').toString());
    assert.deepEqual(values, ['eight', 'nine', 'seven']);
    await world.settle(store.close());
    const identity = await world.settle(machine.disk.readFile('/data/STORE'));
    assert.equal(JSON.parse(Buffer.from(identity ?? '').toString()).format, 2);
  }
});
