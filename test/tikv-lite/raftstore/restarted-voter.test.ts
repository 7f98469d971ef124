import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type PeerId, type RegionId, SimulatedWorld, type StoreId } from '../../../base/index.ts';
import type { Region } from '../../../pd/index.ts';
import { SOUND } from '../../simulation/replicated/components.ts';
import { Node } from '../../simulation/replicated/node.ts';
import { SimulatedTransport } from '../../simulation/replicated/transport.ts';

const REGION: Region = {
  regionId: 2 as RegionId,
  range: { start: keyOf('') },
  epoch: { confVer: 1, version: 1 },
  peers: [1, 2, 3].map((n) => ({ peerId: (100 + n) as PeerId, storeId: n as StoreId, role: 'voter' })),
};

function mayRead(node: Node): boolean {
  try {
    node.life?.peer.read();
    return node.life !== undefined;
  } catch {
    return false;
  }
}

/** A follower renewed the leader's lease, restarts and has forgotten that: it must not help to elect another one yet. */
test('while a leader has its lease, no restarted voter elects another leader', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const world = new SimulatedWorld(seed);
    const transport = new SimulatedTransport(
      world,
      (to, message) => nodes.find(({ storeId }) => storeId === to)?.receive(message),
      () => {},
    );
    const nodes = REGION.peers.map(
      ({ storeId }) =>
        new Node({
          machine: world.machine(`store-${storeId}`),
          random: world.random.fork(),
          bootstrap: { clusterId: 1, storeId, region: REGION },
          transport: transport.port,
          components: SOUND,
        }),
    );
    for (const node of nodes) await world.settle(node.boot());
    assert.ok(await world.run(10_000, () => nodes.some(mayRead)), 'a leader is elected');
    const leader = nodes.find(mayRead);
    const [voter, cutOff] = nodes.filter((node) => node !== leader);
    assert.ok(leader !== undefined && voter !== undefined && cutOff !== undefined);
    transport.cut(leader.storeId, cutOff.storeId);
    transport.cut(cutOff.storeId, leader.storeId);
    await world.run(4000);
    assert.ok(mayRead(leader), 'the voter keeps the lease alive');
    voter.crash();
    transport.cut(leader.storeId, voter.storeId);
    await world.settle(voter.boot());
    let mostReaders = 0;
    const isElected = await world.run(20_000, () => {
      mostReaders = Math.max(mostReaders, nodes.filter(mayRead).length);
      return nodes.some((node) => node !== leader && mayRead(node));
    });
    assert.ok(isElected, 'in the end there is a new leader');
    assert.equal(mostReaders, 1, `seed ${seed}: two replicas serve reads`);
  }
});
