import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PeerId, type RegionId, SimulatedWorld, type StoreId } from '../../../base/index.ts';
import type { PeerDescriptor } from '../../../pd/index.ts';
import type { RegionMessage } from '../../../tikv-lite/index.ts';
import { Fabric } from '../cluster/fabric.ts';
import { Host } from '../cluster/host.ts';
import { SimulatedStoreTransport } from '../cluster/store-transport.ts';

const CHUNK = new Uint8Array(3);

function peer(id: number): PeerDescriptor {
  return { peerId: id as PeerId, storeId: id as StoreId, role: 'voter' };
}

const HEADER: RegionMessage = {
  regionId: 1 as RegionId,
  epoch: { confVer: 1, version: 1 },
  range: { start: '' as RegionMessage['range']['start'] },
  from: peer(1),
  to: peer(2),
};

/** One snapshot of one chunk on its way; `heard` is what the receiving store has read. */
function transfer(): { world: SimulatedWorld; to: Host; heard: string[]; sent: Promise<string> } {
  const world = new SimulatedWorld(1);
  const [from, to] = [new Host(world, 'from'), new Host(world, 'to')];
  from.started();
  to.started();
  const heard: string[] = [];
  const transport = new SimulatedStoreTransport({
    fabric: new Fabric(world),
    from,
    hostOf: () => to,
    sinkOf: () => ({
      receive: () => {},
      receiveSnapshot: async (_, chunks) => {
        for await (const { byteLength } of chunks) heard.push(`${byteLength} bytes`);
        heard.push('end');
      },
    }),
    sent: () => {},
  });
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield CHUNK;
  }
  const sent = transport.sendSnapshot({ header: HEADER, chunks: chunks() }).then(
    () => 'delivered',
    () => 'failed',
  );
  return { world, to, heard, sent };
}

async function untilChunkArrived({ world, heard }: { world: SimulatedWorld; heard: string[] }): Promise<void> {
  assert.ok(await world.run(1000, () => heard.length === 1));
}

test('a snapshot arrives with its end', async () => {
  const { world, heard, sent } = transfer();
  assert.equal(await world.settle(sent), 'delivered');
  assert.deepEqual(heard, ['3 bytes', 'end']);
});

test('a receiver that crashed does not hear the end of a snapshot in its next life', async () => {
  const running = transfer();
  const { world, to, heard } = running;
  await untilChunkArrived(running);
  to.ended();
  to.machine.crash();
  to.started();
  await world.run(10_000);
  assert.deepEqual(heard, ['3 bytes']);
});

test('a frozen receiver hears the end of a snapshot when it goes on', async () => {
  const running = transfer();
  const { world, to, heard } = running;
  await untilChunkArrived(running);
  to.machine.events.freeze();
  await world.run(3000);
  assert.deepEqual(heard, ['3 bytes']);
  to.machine.events.thaw();
  await world.run(3000);
  assert.deepEqual(heard, ['3 bytes', 'end']);
});
