/** A cluster of this process whose parts talk over real loopback sockets. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { realEnv } from '../../../base/index.ts';
import { GrpcChannel, GrpcServer } from '../../../base/rpc/index.ts';
import { LocalPdClient, PlacementDriver } from '../../../pd/index.ts';
import { type ClusterStorage, openClusterStorage, openStoreNode, type StoreNode } from '../../../tikv-lite/index.ts';
import {
  addTikvService,
  GrpcDeadlockClient,
  GrpcLeaderCheckClient,
  GrpcStoreClient,
  GrpcStoreTransport,
} from '../../../tikv-lite/server/index.ts';
import { freePorts } from '../../support/role-process.ts';

export interface NetworkedNode {
  readonly node: StoreNode;
  readonly address: string;
  /** For calls below the level of `StoreClient`. */
  readonly channel: GrpcChannel;
  stop(): Promise<void>;
}

export interface NetworkedCluster {
  readonly driver: PlacementDriver;
  readonly nodes: readonly NetworkedNode[];
  readonly stores: GrpcStoreClient;
  readonly storage: ClusterStorage;
}

/** One placement driver in the process and `count` stores behind sockets; all gone with the test. */
export async function openNetworkedCluster(context: TestContext, count: number): Promise<NetworkedCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-network-'));
  const { clock, timers, random } = realEnv;
  const driver = await PlacementDriver.open({ env: realEnv, directory: join(directory, 'pd') });
  const nodes: NetworkedNode[] = [];
  for (let at = 0; at < count; at++) nodes.push(await openNode(driver, join(directory, `store-${at}`)));
  const pd = new LocalPdClient(driver);
  const stores = new GrpcStoreClient({ pd, clock, timers });
  const storage = openClusterStorage({ pd, stores, clock, timers, random });
  context.after(async () => {
    await storage.close();
    await stores.close();
    for (const node of nodes) await node.stop();
    await driver.close();
    await rm(directory, { recursive: true });
  });
  return { driver, nodes, stores, storage };
}

async function openNode(driver: PlacementDriver, directory: string): Promise<NetworkedNode> {
  const { clock, timers } = realEnv;
  const pd = new LocalPdClient(driver);
  const transport = new GrpcStoreTransport({ clock, timers, pd });
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const deadlocks = new GrpcDeadlockClient({ pd, clock, timers });
  const leaderChecks = new GrpcLeaderCheckClient({ pd, clock, timers });
  const cacheBytes = 1 << 20;
  const options = { directory, pd, transport, deadlocks, leaderChecks, address, cacheBytes, resolvedTsIntervalMs: 10 };
  const node = await openStoreNode(realEnv, options);
  const server = new GrpcServer();
  addTikvService(server, {
    store: node.store,
    kv: node.kv,
    safe: node.safe,
    pd,
    timers,
    clock,
    deadlocks: (request) => node.host.deadlocks?.handle(request),
    lockWaits: () => node.host.lockWaits,
  });
  await server.listen({ host: '127.0.0.1', port });
  await node.registered;
  const channel = new GrpcChannel({ address, clock });
  return {
    node,
    address,
    channel,
    async stop() {
      channel.close();
      transport.close();
      deadlocks.close();
      leaderChecks.close();
      await server.close();
      await node.close();
    },
  };
}
