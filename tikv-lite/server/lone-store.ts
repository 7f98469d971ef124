/**
 * A cluster of one store, in one process: the placement driver beside the store, nothing of it over a network. The same
 * store and the same driver as in a cluster of many, so regions are split and merged here, too, and ids are the
 * driver's alone.
 *
 * Only the load never splits a region: in one process the parts would be served by whom the whole is.
 */

import type { Env } from '../../base/index.ts';
import { LocalPdClient, type PdClient, PlacementDriver, type ScheduleConfig } from '../../pd/index.ts';
import { firstRegionAlone, readStoreIdentity } from '../raftstore/open-store.ts';
import { noTransport } from '../raftstore/transport.ts';
import { descriptorOf, openStoreNode, type StoreNode, type StoreNodeOptions } from './store-node.ts';

export interface LoneStoreOptions extends Omit<StoreNodeOptions, 'pd' | 'transport' | 'deadlocks'> {
  /** Of the placement driver; made when absent. */
  readonly pdDirectory: string;
  readonly schedule?: Partial<ScheduleConfig> | undefined;
}

export interface LoneStore {
  readonly node: StoreNode;
  /** Answers timestamps at once, as far as they are reserved. */
  readonly pd: PdClient;
  close(): Promise<void>;
}

/** Rejects as `openStoreNode`; then nothing stays open. */
export async function openLoneStore(env: Env, options: LoneStoreOptions): Promise<LoneStore> {
  const { directory, pdDirectory, schedule, logger, splitLimits, ...rest } = options;
  const identity = await readStoreIdentity(env.disk, directory);
  const driver = await PlacementDriver.open({
    env,
    directory: pdDirectory,
    logger,
    schedule: { ...schedule, maxReplicas: 1 },
    clusterId: identity === undefined ? undefined : BigInt(identity.clusterId),
  });
  const pd = new LocalPdClient(driver);
  let node: StoreNode | undefined;
  const close = async (): Promise<void> => {
    await node?.close();
    await pd.close();
    await driver.close();
  };
  try {
    if (identity !== undefined && !driver.isBootstrapped) {
      // Made before there was a driver, or the driver's files are gone: the store tells of its regions and their ids.
      const { storeId } = identity;
      await driver.bootstrap({ ...descriptorOf(env, options), storeId }, firstRegionAlone(storeId));
    }
    node = await openStoreNode(env, {
      ...rest,
      directory,
      pd,
      transport: noTransport,
      splitLimits: { ...splitLimits, requestsPerSecond: Number.POSITIVE_INFINITY },
      logger,
    });
    await node.registered;
    return { node, pd, close };
  } catch (error) {
    await close();
    throw error;
  }
}
