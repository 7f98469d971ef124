/** The embedded cluster: every role in this process, over one durable store. */

import { join } from 'node:path';
import type { Env, Logger, Metrics } from '../base/index.ts';
import { LocalOracle, type StoreDescriptor } from '../pd/index.ts';
import { type LocalStorage, openStorage, openStore, RegionHost, type Store, storeViewOf } from '../tikv-lite/index.ts';
import type { Config } from './config.ts';
import { Opened } from './opened.ts';
import type { RunningRole } from './run-role.ts';
import { GARBAGE_COLLECTION, MEGABYTE, openSqlFrontEnd } from './sql-front-end.ts';
import { registerStoreMetrics } from './status/store-metrics.ts';
import { version } from './version.ts';

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
): Promise<{ store: Store; storage: LocalStorage }> {
  const directory = config.server['data-dir'];
  const pdDirectory = join(directory, 'pd');
  await env.disk.makeDirectory(directory);
  await env.disk.makeDirectory(pdDirectory);
  const oracle = await LocalOracle.open({ clock: env.clock, disk: env.disk, path: join(pdDirectory, 'tso') });
  const host = new RegionHost({ timers: env.timers, oracle });
  const store = opened.add(
    await openStore(env, {
      directory,
      observers: [host],
      cacheBytes: config.store['range-cache-mb'] * MEGABYTE,
      blockCacheBytes: config.store['block-cache-mb'] * MEGABYTE,
      logger: log,
    }),
    (it) => it.close(),
  );
  const storage = opened.add(
    await openStorage({
      host,
      oracle,
      clock: env.clock,
      timers: env.timers,
      gc: GARBAGE_COLLECTION,
    }),
    (it) => it.close(),
  );
  return { store, storage };
}

/** How the store shows among the stores of its cluster of one. */
function descriptorOf(env: Env, config: Config): Omit<StoreDescriptor, 'storeId'> {
  return {
    address: `${config.server.host}:${config.server['sql-port']}`,
    statusAddress: `${config.server.host}:${config.server['status-port']}`,
    state: 'up',
    version,
    labels: [],
    startedAtMs: env.clock.nowMs(),
    lastHeartbeatMs: 0,
  };
}

async function spaceOf(
  env: Env,
  config: Config,
  store: Store,
): Promise<{ readonly capacityBytes: number; readonly availableBytes: number }> {
  const availableBytes = await env.disk.freeBytes(config.server['data-dir']);
  const usedBytes = store.regions.reduce((sum, region) => sum + region.report().approximateBytes, 0);
  return { capacityBytes: availableBytes + usedBytes, availableBytes };
}

/**
 * Opens the store, the timestamp oracle, the SQL layer and both listeners. Rejects with the first thing that fails
 * (StoreError, DiskError, Node's listen errors); whatever was opened before is closed again.
 */
export async function openEmbeddedCluster(env: Env, config: Config, log: Logger): Promise<RunningRole> {
  const opened = new Opened();
  try {
    const { store, storage } = await openStorageRoles(env, config, log, opened);
    return await openSqlFrontEnd(env, config, log, opened, {
      storage,
      isShared: false,
      cluster: storeViewOf({ store, descriptor: descriptorOf(env, config), space: () => spaceOf(env, config, store) }),
      registerMetrics: (metrics) => registerMetrics(metrics, store, storage),
      status: () => ({ regions: store.statistics.regions }),
    });
  } catch (error) {
    await opened.close();
    throw error;
  }
}
