/** The embedded cluster: every role in this process, over one durable store. */

import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { type Address, composeTs, type Env, type Logger, Metrics } from '../base/index.ts';
import { LocalOracle } from '../pd/index.ts';
import { MySqlServer, openSql, type SqlLayer, serverVersion } from '../sql/index.ts';
import { type GcOptions, type LocalStorage, openStorage, openStore, type Store } from '../tikv-lite/index.ts';
import type { Config } from './config.ts';
import { type StatusServer, startStatusServer } from './status/status-server.ts';
import { loadOrMakeCertificate } from './tls-files.ts';
import { version } from './version.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const MEGABYTE = 1 << 20;
const GC_LIFE_MS = 600_000;
const GC_INTERVAL_MS = 60_000;

export interface EmbeddedCluster {
  readonly sqlAddress: Address;
  readonly statusAddress: Address;
  /** Clean shutdown: no new connections, running ones cut, everything flushed. */
  close(): Promise<void>;
}

/** Closers in the order in which things were opened; run backwards. */
class Opened {
  readonly #closers: (() => Promise<void>)[] = [];

  add<T>(thing: T, close: (thing: T) => Promise<void>): T {
    this.#closers.push(() => close(thing));
    return thing;
  }

  async close(): Promise<void> {
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) await closer();
  }
}

function registerMetrics(metrics: Metrics, server: MySqlServer, store: Store, storage: LocalStorage): void {
  metrics.collectProcessFigures();
  metrics.gauge('shoal_sql_connections', 'Open client connections.', () => server.connectionCount);
  metrics.gauge('shoal_sql_connections_accepted', 'Client connections since the start.', () => server.acceptedCount);
  metrics.gauge('shoal_txn_locks', 'Locks held by transactions.', () => storage.state.locks);
  metrics.gauge('shoal_txn_waiting', 'Transactions that wait for a lock.', () => storage.state.waiting);
  metrics.gauge('shoal_raft_log_bytes', 'Size of the raft log on disk.', () => store.statistics.logBytes);
  metrics.gauge('shoal_raft_log_writes', 'Synced writes of the raft log.', () => store.statistics.logWrites);
  metrics.gauge('shoal_raft_applied_entries', 'Raft entries applied.', () => store.statistics.appliedEntries);
  metrics.gauge(
    'shoal_store_pending_bytes',
    'Applied bytes on their way to the engine.',
    () => store.statistics.enginePendingBytes,
  );
}

/** Versions older than ten minutes go, as with TiDB's tidb_gc_life_time. */
function garbageCollection({ clock }: Env): GcOptions {
  return { intervalMs: GC_INTERVAL_MS, safePoint: () => composeTs(clock.nowMs() - GC_LIFE_MS, 0) };
}

async function openStorageRoles(
  env: Env,
  config: Config,
  log: Logger,
  opened: Opened,
): Promise<{ store: Store; storage: LocalStorage }> {
  const directory = config.server['data-dir'];
  await env.disk.makeDirectory(directory);
  const store = opened.add(
    await openStore(env, {
      directory,
      cacheBytes: config.store['range-cache-mb'] * MEGABYTE,
      blockCacheBytes: config.store['block-cache-mb'] * MEGABYTE,
      logger: log,
    }),
    (it) => it.close(),
  );
  const pdDirectory = join(directory, 'pd');
  await env.disk.makeDirectory(pdDirectory);
  const oracle = await LocalOracle.open({ clock: env.clock, disk: env.disk, path: join(pdDirectory, 'tso') });
  const storage = opened.add(
    await openStorage({
      regions: store.regions,
      oracle,
      clock: env.clock,
      timers: env.timers,
      gc: garbageCollection(env),
    }),
    (it) => it.close(),
  );
  return { store, storage };
}

async function openSqlRole(env: Env, config: Config, storage: LocalStorage, opened: Opened): Promise<SqlLayer> {
  const layer = await openSql({
    env,
    storage,
    version,
    systemTimeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    variables: {
      max_connections: config.server['max-connections'],
      port: config.server['sql-port'],
      datadir: `${config.server['data-dir']}/`,
      bind_address: config.server.host,
    },
    memory: {
      statementBytes: config.limits['statement-memory-mb'] * MEGABYTE,
      serverBytes: Math.min(config.limits['server-memory-mb'] * MEGABYTE, getHeapStatistics().heap_size_limit / 2),
    },
  });
  return opened.add(layer, (it) => it.close());
}

/**
 * Opens the store, the timestamp oracle, the SQL layer and both listeners. Rejects with the first thing that fails
 * (StoreError, DiskError, Node's listen errors); whatever was opened before is closed again.
 */
export async function openEmbeddedCluster(env: Env, config: Config, log: Logger): Promise<EmbeddedCluster> {
  const opened = new Opened();
  try {
    const { store, storage } = await openStorageRoles(env, config, log, opened);
    const sql = await openSqlRole(env, config, storage, opened);
    const server = new MySqlServer(env, sql.sessions, {
      host: config.server.host,
      port: config.server['sql-port'],
      version,
      maxConnections: config.server['max-connections'],
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      tls: await loadOrMakeCertificate(env.disk, env.clock, config.server['data-dir']),
      onInternalError: (error, connectionId) =>
        log.error({ err: error, connectionId }, 'a command failed unexpectedly'),
    });
    const sqlAddress = await server.listen();
    opened.add(server, (it) => it.close());
    const metrics = new Metrics();
    registerMetrics(metrics, server, store, storage);
    const status: StatusServer = await startStatusServer(
      { host: config.server.host, port: config.server['status-port'] },
      {
        metrics,
        status: () => ({
          version: serverVersion(version),
          connections: server.connectionCount,
          regions: store.statistics.regions,
        }),
      },
    );
    opened.add(status, (it) => it.close());
    return { sqlAddress, statusAddress: status.address, close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
