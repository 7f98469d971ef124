/** `shoal sql`: a MySQL gateway on a cluster. It keeps no data; any number of them work side by side. */

import type { Env, Logger, Metrics } from '../../base/index.ts';
import { GrpcPdClient } from '../../pd/server/index.ts';
import { type ClusterStorage, type ClusterView, clusterViewOf, openClusterStorage } from '../../tikv-lite/index.ts';
import { GrpcStoreClient } from '../../tikv-lite/server/index.ts';
import { readSecurity } from '../cluster-options.ts';
import type { Config } from '../config.ts';
import { Opened } from '../opened.ts';
import type { RunningRole } from '../run-role.ts';
import { GARBAGE_COLLECTION, openSqlFrontEnd } from '../sql-front-end.ts';

async function openStorage(
  env: Env,
  config: Config,
  log: Logger,
  opened: Opened,
): Promise<{ readonly storage: ClusterStorage; readonly cluster: ClusterView }> {
  const security = await readSecurity(env.disk, config);
  const { clock, timers, random } = env;
  const pd = opened.add(
    await GrpcPdClient.connect({ endpoints: [config.pd.addr], clock, timers, security, logger: log }),
    (it) => it.close(),
  );
  const stores = opened.add(new GrpcStoreClient({ pd, clock, timers, security, logger: log }), (it) => it.close());
  const storage = opened.add(
    openClusterStorage({
      pd,
      stores,
      clock,
      timers,
      random,
      gc: GARBAGE_COLLECTION,
      zone: config.server.labels['zone'],
    }),
    (it) => it.close(),
  );
  return { storage, cluster: clusterViewOf(pd) };
}

/** Waits as long as the cluster cannot be reached. Rejects with the first thing that fails. */
export async function openSqlRole(env: Env, config: Config, log: Logger): Promise<RunningRole> {
  const opened = new Opened();
  try {
    await env.disk.makeDirectory(config.server['data-dir']);
    const { storage, cluster } = await openStorage(env, config, log, opened);
    return await openSqlFrontEnd(env, config, log, opened, {
      storage,
      isShared: true,
      cluster,
      registerMetrics: (_metrics: Metrics) => undefined,
      status: () => ({ labels: config.server.labels }),
    });
  } catch (error) {
    await opened.close();
    throw error;
  }
}
