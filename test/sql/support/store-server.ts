/** The SQL server over a real store of its own, in a directory that goes with it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realEnv } from '../../../base/index.ts';
import { LocalOracle } from '../../../pd/index.ts';
import { MemoryEngine, openStorage, openStore, RegionHost, storeViewOf } from '../../../tikv-lite/index.ts';
import { type SqlServer, startSqlServer } from '../session/sql-server.ts';

export async function startStoreServer(): Promise<SqlServer> {
  const { clock, timers, disk } = realEnv;
  const directory = await mkdtemp(join(tmpdir(), 'shoal-sql-'));
  const oracle = await LocalOracle.open({ clock, disk, path: join(directory, 'tso') });
  const host = new RegionHost({ timers, oracle });
  const store = await openStore(realEnv, {
    directory,
    observers: [host],
    openEngine: async () => new MemoryEngine(),
    segmentBytes: 1 << 20,
  });
  const storage = await openStorage({ host, oracle, clock, timers });
  const descriptor = {
    address: '127.0.0.1:20160',
    statusAddress: '',
    state: 'up' as const,
    version: '8.5.0',
    labels: [{ key: 'zone', value: 'z1' }],
    startedAtMs: clock.nowMs(),
    lastHeartbeatMs: 0,
  };
  const space = async () => ({ capacityBytes: 8 * 2 ** 30, availableBytes: 2 * 2 ** 30 });
  const server = await startSqlServer(undefined, { storage, cluster: storeViewOf({ store, descriptor, space }) });
  return {
    ...server,
    close: async () => {
      await server.close();
      await storage.close();
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}
