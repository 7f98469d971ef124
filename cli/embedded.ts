/** The embedded cluster: every role in this process, over one durable store and its placement driver. */

import { join } from 'node:path';
import type { Env, Logger, Metrics } from '../base/index.ts';
import {
  type ClusterView,
  clusterViewOf,
  type LocalStorage,
  openLoneStore,
  openStorage,
  type Store,
} from '../tikv-lite/index.ts';
import { lockDirectory } from './cluster-options.ts';
import type { Config } from './config.ts';
import { Opened } from './opened.ts';
import type { RunningRole } from './run-role.ts';
import { MEGABYTE, scheduleOf, splitLimitsOf } from './schedule-options.ts';
import { GARBAGE_COLLECTION, openSqlFrontEnd } from './sql-front-end.ts';
import { registerStoreMetrics } from './status/store-metrics.ts';

function registerMetrics(metrics: Metrics, store: Store, storage: LocalStorage): void {
  metrics.gauge('shoal_txn_locks', 'Locks held by transactions.', () => storage.state.locks);
  metrics.gauge('shoal_txn_waiting', 'Transactions that wait for a lock.', () => storage.state.waiting);
  registerStoreMetrics(metrics, store);
}

async function openStorageRoles(
  env: Env,
  config: Config,
  log: Logger,
  opened: Opened,
): Promise<{ readonly store: Store; readonly storage: LocalStorage; readonly cluster: ClusterView }> {
  const { clock, disk, timers } = env;
  const { host: address, 'data-dir': directory, 'sql-port': sqlPort, 'status-port': statusPort } = config.server;
  const pdDirectory = join(directory, 'pd');
  await disk.makeDirectory(directory);
  opened.add(await lockDirectory(disk, pdDirectory), (lock) => lock.release());
  const { node, pd } = opened.add(
    await openLoneStore(env, {
      directory,
      pdDirectory,
      address: `${address}:${sqlPort}`,
      statusAddress: `${address}:${statusPort}`,
      schedule: scheduleOf(config),
      splitLimits: splitLimitsOf(config),
      cacheBytes: config.store['range-cache-mb'] * MEGABYTE,
      blockCacheBytes: config.store['block-cache-mb'] * MEGABYTE,
      regionHeartbeatSeconds: config.store['pd-heartbeat-interval-s'],
      logger: log,
    }),
    (it) => it.close(),
  );
  const storage = opened.add(
    await openStorage({ host: node.host, oracle: pd, clock, timers, gc: GARBAGE_COLLECTION }),
    (it) => it.close(),
  );
  return { store: node.store, storage, cluster: clusterViewOf(pd) };
}

/**
 * Opens the store, the placement driver, the SQL layer and both listeners. Rejects with the first thing that fails
 * (StoreError, DiskError, Node's listen errors); whatever was opened before is closed again.
 */
export async function openEmbeddedCluster(env: Env, config: Config, log: Logger): Promise<RunningRole> {
  const opened = new Opened();
  try {
    const { store, storage, cluster } = await openStorageRoles(env, config, log, opened);
    return await openSqlFrontEnd(env, config, log, opened, {
      storage,
      isShared: false,
      cluster,
      registerMetrics: (metrics) => registerMetrics(metrics, store, storage),
      status: () => ({ regions: store.statistics.regions }),
    });
  } catch (error) {
    await opened.close();
    throw error;
  }
}
