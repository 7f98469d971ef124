/** The SQL server over a real store of its own, in a directory that goes with it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realEnv } from '../../../base/index.ts';
import {
  clusterViewOf,
  type LocalStorage,
  MemoryEngine,
  openLoneStore,
  openStorage,
} from '../../../tikv-lite/index.ts';
import { type SqlServer, startSqlServer } from '../session/sql-server.ts';

export interface StoreServer extends SqlServer {
  readonly storage: LocalStorage;
}

export async function startStoreServer(): Promise<StoreServer> {
  const { clock, timers } = realEnv;
  const directory = await mkdtemp(join(tmpdir(), 'shoal-sql-'));
  const lone = await openLoneStore(realEnv, {
    directory,
    pdDirectory: join(directory, 'pd'),
    address: '127.0.0.1:20160',
    labels: [{ key: 'zone', value: 'z1' }],
    openEngine: async () => new MemoryEngine(),
    segmentBytes: 1 << 20,
  });
  const storage = await openStorage({ host: lone.node.host, oracle: lone.pd, clock, timers });
  const server = await startSqlServer(undefined, { storage, cluster: clusterViewOf(lone.pd) });
  return {
    ...server,
    storage,
    close: async () => {
      await server.close();
      await storage.close();
      await lone.close();
      await rm(directory, { recursive: true });
    },
  };
}
