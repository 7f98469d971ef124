/** `shoal store`: one store of a cluster in a process of its own. */

import { ConfigError, type Env, type Logger, Metrics } from '../../base/index.ts';
import { GrpcServer } from '../../base/rpc/index.ts';
import { GrpcPdClient } from '../../pd/server/index.ts';
import { openStoreNode, type StoreNode } from '../../tikv-lite/index.ts';
import {
  addTikvService,
  GrpcDeadlockClient,
  GrpcLeaderCheckClient,
  GrpcStoreTransport,
} from '../../tikv-lite/server/index.ts';
import { addressText, advertised, parseAddress, readSecurity } from '../cluster-options.ts';
import type { Config } from '../config.ts';
import { Opened } from '../opened.ts';
import type { RunningRole } from '../run-role.ts';
import { MEGABYTE, splitLimitsOf } from '../schedule-options.ts';
import { startStatusServer } from '../status/status-server.ts';
import { registerStoreMetrics } from '../status/store-metrics.ts';

function metricsOf({ store }: StoreNode): Metrics {
  const metrics = new Metrics();
  metrics.collectProcessFigures();
  registerStoreMetrics(metrics, store);
  const leaders = (): number => store.regions.filter(({ isLeader }) => isLeader).length;
  metrics.gauge('shoal_store_leaders', 'Regions that the store leads.', leaders);
  return metrics;
}

function statusOf({ store, storeId }: StoreNode): Readonly<Record<string, unknown>> {
  const leaders = store.regions.filter(({ isLeader }) => isLeader).length;
  return { storeId, clusterId: String(store.clusterId), leaders, ...store.statistics };
}

/** Waits as long as the placement driver cannot be reached. Rejects with the first thing that fails. */
export async function openStoreRole(env: Env, config: Config, log: Logger): Promise<RunningRole> {
  const { store: settings } = config;
  const wanted = parseAddress(settings.addr);
  if (wanted.port === 0) throw new ConfigError('store.addr: a store keeps its port, so 0 cannot be one');
  const opened = new Opened();
  try {
    const security = await readSecurity(env.disk, config);
    const { clock, timers } = env;
    const pd = opened.add(
      await GrpcPdClient.connect({ endpoints: [config.pd.addr], clock, timers, security, logger: log }),
      (it) => it.close(),
    );
    const transport = opened.add(new GrpcStoreTransport({ pd, clock, timers, security, logger: log }), (it) =>
      it.close(),
    );
    const deadlocks = opened.add(new GrpcDeadlockClient({ pd, clock, timers, security, logger: log }), (it) =>
      it.close(),
    );
    const leaderChecks = opened.add(new GrpcLeaderCheckClient({ pd, clock, timers, security, logger: log }), (it) =>
      it.close(),
    );
    const node = opened.add(
      await openStoreNode(env, {
        directory: settings['data-dir'],
        pd,
        transport,
        deadlocks,
        leaderChecks,
        address: advertised(settings['advertise-addr'], wanted),
        labels: Object.entries(settings.labels).map(([key, value]) => ({ key, value })),
        cacheBytes: settings['range-cache-mb'] * MEGABYTE,
        blockCacheBytes: settings['block-cache-mb'] * MEGABYTE,
        splitLimits: splitLimitsOf(config),
        regionHeartbeatSeconds: settings['pd-heartbeat-interval-s'],
        logger: log,
      }),
      (it) => it.close(),
    );
    const server = opened.add(new GrpcServer({ security, logger: log }), (it) => it.close());
    addTikvService(server, {
      store: node.store,
      kv: node.kv,
      safe: node.safe,
      pd,
      timers,
      clock,
      deadlocks: (request) => node.host.deadlocks?.handle(request),
      lockWaits: () => node.host.lockWaits,
      logger: log,
    });
    const address = await server.listen(wanted);
    await node.registered;
    const status = opened.add(
      await startStatusServer(
        { host: wanted.host, port: settings['status-port'] },
        { metrics: metricsOf(node), status: () => statusOf(node) },
      ),
      (it) => it.close(),
    );
    return {
      listeners: [
        { role: 'store', address },
        { role: 'status', address: status.address },
      ],
      greeting: `Store ${node.storeId} is ready on ${addressText(address)}`,
      close: async () => {
        await node.handOver();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
