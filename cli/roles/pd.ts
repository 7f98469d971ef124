/** `shoal pd`: the placement driver in a process of its own. */

import { type Env, type Logger, Metrics, MIN_KEY } from '../../base/index.ts';
import { GrpcServer } from '../../base/rpc/index.ts';
import { PlacementDriver } from '../../pd/index.ts';
import { addPdService } from '../../pd/server/index.ts';
import { addressText, advertised, lockDirectory, parseAddress, readSecurity } from '../cluster-options.ts';
import type { Config } from '../config.ts';
import { Opened } from '../opened.ts';
import type { RunningRole } from '../run-role.ts';
import { scheduleOf } from '../schedule-options.ts';
import { startStatusServer } from '../status/status-server.ts';

const MAX_SHOWN_REGIONS = 1000;
const ALL_REGIONS = 100_000;

/** What `/status` shows: the stores, and the first regions with their leaders. */
function clusterStatus(driver: PlacementDriver): Readonly<Record<string, unknown>> {
  const regions = driver.scanRegions({ start: MIN_KEY }, MAX_SHOWN_REGIONS);
  return {
    clusterId: String(driver.clusterId),
    isBootstrapped: driver.isBootstrapped,
    stores: driver.getAllStores().map(({ storeId, address, state, lastHeartbeatMs }) => ({
      storeId,
      address,
      state,
      lastHeartbeatMs,
    })),
    regions: regions.map(({ region, leader }) => ({
      regionId: region.regionId,
      voters: region.peers.filter(({ role }) => role === 'voter').length,
      peers: region.peers,
      leaderStoreId: leader?.storeId ?? null,
    })),
  };
}

function metricsOf(driver: PlacementDriver): Metrics {
  const metrics = new Metrics();
  metrics.collectProcessFigures();
  metrics.gauge('shoal_pd_stores', 'Stores that are not gone.', () => driver.getAllStores().length);
  metrics.gauge(
    'shoal_pd_regions',
    'Regions that are known.',
    () => driver.scanRegions({ start: MIN_KEY }, ALL_REGIONS).length,
  );
  return metrics;
}

/** Rejects with the first thing that fails (DiskError, ConfigError, Node's listen errors); then nothing stays open. */
export async function openPdRole(env: Env, config: Config, log: Logger): Promise<RunningRole> {
  const { pd: settings } = config;
  const opened = new Opened();
  try {
    const security = await readSecurity(env.disk, config);
    const wanted = parseAddress(settings.addr);
    opened.add(await lockDirectory(env.disk, settings['data-dir']), (lock) => lock.release());
    const driver = opened.add(
      await PlacementDriver.open({ env, directory: settings['data-dir'], logger: log, schedule: scheduleOf(config) }),
      (it) => it.close(),
    );
    const server = opened.add(new GrpcServer({ security, logger: log }), (it) => it.close());
    addPdService(server, driver, {
      advertiseAddress: advertised(settings['advertise-addr'], wanted),
      isSecure: security !== undefined,
      clock: env.clock,
    });
    const address = await server.listen(wanted);
    const status = opened.add(
      await startStatusServer(
        { host: wanted.host, port: settings['status-port'] },
        { metrics: metricsOf(driver), status: () => clusterStatus(driver) },
      ),
      (it) => it.close(),
    );
    return {
      listeners: [
        { role: 'pd', address },
        { role: 'status', address: status.address },
      ],
      greeting: `The placement driver is ready: give stores and gateways --pd ${addressText(address)}`,
      close: () => opened.close(),
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
