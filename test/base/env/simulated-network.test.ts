import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, SimulatedWorld } from '../../../base/index.ts';

async function connected(seed: number): Promise<{
  readonly world: SimulatedWorld;
  readonly near: Connection;
  readonly received: string[];
  readonly crashServer: () => void;
}> {
  const world = new SimulatedWorld(seed);
  const server = world.machine('server');
  const received: string[] = [];
  await world.settle(
    server.network.listen({ host: 'server', port: 1 }, (connection) => {
      connection.onData((bytes) => received.push(Buffer.from(bytes).toString()));
    }),
  );
  const near = await world.settle(world.machine('client').network.connect({ host: 'server', port: 1 }));
  return { world, near, received, crashServer: server.crash };
}

test('bytes arrive in order', async () => {
  const { world, near, received } = await connected(7);
  for (let i = 0; i < 20; i++) near.write(Buffer.from(`${i},`));
  await world.run(100);
  assert.equal(received.join(''), Array.from({ length: 20 }, (_, i) => `${i},`).join(''));
});

test('a one-way cut stalls the stream and healing delivers it', async () => {
  const { world, near, received } = await connected(8);
  world.network.cut('client', 'server');
  near.write(Buffer.from('late'));
  await world.run(1000);
  assert.deepEqual(received, []);
  world.network.heal();
  await world.run(1000);
  assert.deepEqual(received, ['late']);
});

test('a crash resets connections and frees the port', async () => {
  const { world, near, crashServer } = await connected(9);
  const closed: (Error | undefined)[] = [];
  near.onClose((error) => closed.push(error));
  crashServer();
  await world.run(100);
  assert.equal(closed.length, 1);
  assert.match(String(closed[0]), /reset/);
  await assert.rejects(world.settle(world.machine('other').network.connect({ host: 'server', port: 1 })), /REFUSED/);
});

test('one seed is one history', async () => {
  const trace = async (seed: number): Promise<string> => {
    const { world, near, received } = await connected(seed);
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      near.write(Buffer.from([i]));
      await world.run(2);
      times.push(world.queue.nowMs, received.length, world.random.below(1000));
    }
    return times.join();
  };
  assert.equal(await trace(3), await trace(3));
  assert.notEqual(await trace(3), await trace(4));
});
