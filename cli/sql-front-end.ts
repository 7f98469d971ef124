/** The SQL layer over a storage with its two listeners, the same in the embedded cluster and in a gateway. */

import { getHeapStatistics } from 'node:v8';
import { type Env, type Logger, Metrics } from '../base/index.ts';
import { MySqlServer, openSql, type SqlLayer, serverVersion } from '../sql/index.ts';
import type { ClusterView, GcOptions, Storage } from '../tikv-lite/index.ts';
import type { Config } from './config.ts';
import type { Opened } from './opened.ts';
import type { RunningRole } from './run-role.ts';
import { MEGABYTE } from './schedule-options.ts';
import { startStatusServer } from './status/status-server.ts';
import { loadOrMakeCertificate } from './tls-files.ts';
import { version } from './version.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface SqlFrontEndOptions {
  readonly storage: Storage;
  /** Other gateways work on the same storage. */
  readonly isShared: boolean;
  /** The regions and stores below. */
  readonly cluster: ClusterView;
  /** Adds the gauges of what lies below the SQL layer. */
  registerMetrics(metrics: Metrics): void;
  /** More lines for `/status`. */
  status(): Readonly<Record<string, unknown>>;
}

/** Versions older than ten minutes go, as with TiDB's tidb_gc_life_time. */
export const GARBAGE_COLLECTION: GcOptions = { intervalMs: 60_000, lifeMs: 600_000 };

function openLayer(env: Env, config: Config, { storage, isShared, cluster }: SqlFrontEndOptions): Promise<SqlLayer> {
  return openSql({
    env,
    storage,
    isShared,
    cluster,
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
}

/** Rejects with the first thing that fails; the caller closes `opened` then, and at the end. */
export async function openSqlFrontEnd(
  env: Env,
  config: Config,
  log: Logger,
  opened: Opened,
  options: SqlFrontEndOptions,
): Promise<RunningRole> {
  const { server: settings } = config;
  const sql = opened.add(await openLayer(env, config, options), (it) => it.close());
  const server = new MySqlServer(env, sql.sessions, {
    host: settings.host,
    port: settings['sql-port'],
    version,
    maxConnections: settings['max-connections'],
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    tls: await loadOrMakeCertificate(env.disk, env.clock, settings['data-dir']),
    onInternalError: (error, connectionId) => log.error({ err: error, connectionId }, 'a command failed unexpectedly'),
  });
  const sqlAddress = await server.listen();
  opened.add(server, (it) => it.close());
  const metrics = new Metrics();
  metrics.collectProcessFigures();
  metrics.gauge('shoal_sql_connections', 'Open client connections.', () => server.connectionCount);
  metrics.gauge('shoal_sql_connections_accepted', 'Client connections since the start.', () => server.acceptedCount);
  options.registerMetrics(metrics);
  const status = await startStatusServer(
    { host: settings.host, port: settings['status-port'] },
    {
      metrics,
      status: () => ({
        version: serverVersion(version),
        connections: server.connectionCount,
        ...options.status(),
      }),
    },
  );
  opened.add(status, (it) => it.close());
  const { host, port } = sqlAddress;
  return {
    listeners: [
      { role: 'sql', address: sqlAddress },
      { role: 'status', address: status.address },
    ],
    greeting: `Shoal is ready: mariadb --host ${host} --port ${port} --user root (or mysql, or mysql://root@${host}:${port})`,
    close: () => opened.close(),
  };
}
