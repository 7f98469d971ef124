/** Three stores with real disks and a client in one process, with or without a network between them. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIN_KEY, pause, realEnv, type StoreId } from '../../base/index.ts';
import { GrpcServer } from '../../base/rpc/index.ts';
import { LocalPdClient, PlacementDriver } from '../../pd/index.ts';
import { freePorts } from '../../test/support/role-process.ts';
import { DirectStores } from '../../test/tikv-lite/server/direct-stores.ts';
import {
  type ClusterStorage,
  openClusterStorage,
  openStoreNode,
  type RegionKv,
  type RegionMessage,
  type StoreNode,
  type StoreTransport,
} from '../../tikv-lite/index.ts';
import { addTikvService, GrpcStoreClient, GrpcStoreTransport } from '../../tikv-lite/server/index.ts';

/** 'direct': objects are handed over in the next turn of the event loop, without bytes. */
export type Wire = 'direct' | 'grpc';

export interface ReplicatedStores {
  readonly nodes: readonly StoreNode[];
  readonly storage: ClusterStorage;
  /** Of the only region, with three voters. */
  readonly leader: RegionKv;
  close(): Promise<void>;
}

const STORES = 3;
const POLL_MS = 50;

class DirectWire extends DirectStores implements StoreTransport {
  send(messages: readonly RegionMessage[]): void {
    const byStore = new Map<StoreId, RegionMessage[]>();
    for (const message of messages) {
      const known = byStore.get(message.to.storeId);
      if (known === undefined) byStore.set(message.to.storeId, [message]);
      else known.push(message);
    }
    for (const [storeId, some] of byStore) setImmediate(() => this.nodes.get(storeId)?.store.receive(some));
  }

  async sendSnapshot({ header, chunks }: Parameters<StoreTransport['sendSnapshot']>[0]): Promise<void> {
    const node = this.nodes.get(header.to.storeId);
    if (node === undefined) throw new Error(`store ${header.to.storeId} is not there`);
    await node.store.receiveSnapshot(header, chunks);
  }
}

export async function openReplicatedStores(wire: Wire): Promise<ReplicatedStores> {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-bench-'));
  const { clock, timers, random } = realEnv;
  const driver = await PlacementDriver.open({ env: realEnv, directory: join(directory, 'pd') });
  const direct = new DirectWire();
  const nodes: StoreNode[] = [];
  const closers: (() => Promise<void> | void)[] = [];
  for (let at = 0; at < STORES; at++) {
    const pd = new LocalPdClient(driver);
    const [port = 0] = await freePorts(1);
    const transport = wire === 'direct' ? direct : new GrpcStoreTransport({ clock, timers, pd });
    const address = `127.0.0.1:${port}`;
    const node = await openStoreNode(realEnv, { directory: join(directory, `store-${at}`), pd, transport, address });
    direct.nodes.set(node.storeId, node);
    nodes.push(node);
    const server = new GrpcServer();
    addTikvService(server, { store: node.store, kv: node.kv, safe: node.safe, pd, timers, clock });
    await server.listen({ host: '127.0.0.1', port });
    await node.registered;
    closers.push(async () => {
      if (transport instanceof GrpcStoreTransport) transport.close();
      await server.close();
      await node.close();
    });
  }
  const pd = new LocalPdClient(driver);
  const stores = wire === 'direct' ? direct : new GrpcStoreClient({ pd, clock, timers });
  const storage = openClusterStorage({ pd, stores, clock, timers, random });
  return {
    nodes,
    storage,
    leader: await threeVoters(pd, nodes),
    async close() {
      await storage.close();
      await stores.close();
      for (const close of closers) await close();
      await driver.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function threeVoters(pd: LocalPdClient, nodes: readonly StoreNode[]): Promise<RegionKv> {
  for (;;) {
    const found = await pd.getRegion(MIN_KEY);
    const voters = found?.region.peers.filter(({ role }) => role === 'voter') ?? [];
    const node = nodes.find(({ storeId }) => storeId === found?.leader?.storeId);
    const region = found === undefined ? undefined : node?.store.region(found.region.regionId);
    if (voters.length === STORES && region?.isLeader === true) return region;
    await pause(realEnv.timers, POLL_MS);
  }
}
