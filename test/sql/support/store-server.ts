/** The SQL server over a real store of its own, in a directory that goes with it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realEnv } from '../../../base/index.ts';
import { clusterViewOf, MemoryEngine, openLoneStore, openStorage } from '../../../tikv-lite/index.ts';
import { type SqlServer, startSqlServer } from '../session/sql-server.ts';

export async function startStoreServer(): Promise<SqlServer> {
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
    close: async () => {
      await server.close();
      await storage.close();
      await lone.close();
      await rm(directory, { recursive: true });
    },
  };
}
