/**
 * Who a new store is: its id, and whether it is the one that makes the cluster and with which region.
 *
 * What was decided lies in `JOIN` until the store itself holds it, so that a crash on the way goes on with the same ids:
 * a region that the placement driver was told of must come to life, and only one store may make a cluster.
 */

import {
  type Disk,
  type Logger,
  type PeerId,
  pause,
  type RegionId,
  type StoreId,
  type Timers,
} from '../../base/index.ts';
import { type PdClient, PdError, type Region, type StoreDescriptor } from '../../pd/index.ts';
import { StoreError } from '../raftstore/store-error.ts';

export interface JoinOptions {
  readonly disk: Disk;
  readonly timers: Timers;
  /** The store's; made when absent. */
  readonly directory: string;
  readonly pd: PdClient;
  /** How the store can be reached; the id is found here. */
  readonly store: Omit<StoreDescriptor, 'storeId'>;
  readonly logger?: Logger | undefined;
}

export interface StoreIdentity {
  readonly clusterId: number;
  readonly storeId: StoreId;
  /** The cluster's first region, when this store begins with it. */
  readonly region: Region | undefined;
}

interface JoinRecord {
  readonly clusterId: string;
  readonly storeId: StoreId;
  /** Offered to the placement driver as the first one. */
  readonly region?: Region;
}

const RETRY_MS = 500;

/**
 * Asks until the placement driver answers. Rejects with DiskError, with StoreError 'mismatch' when the directory was made
 * for another cluster, and with every PdError other than 'unavailable'.
 */
export async function joinCluster(options: JoinOptions): Promise<StoreIdentity> {
  const { disk, directory, pd } = options;
  await disk.makeDirectory(directory);
  const path = `${directory}/JOIN`;
  let record = await readRecord(disk, path);
  if (record !== undefined && record.clusterId !== String(pd.clusterId)) {
    throw new StoreError('mismatch', `${directory} belongs to cluster ${record.clusterId}, not ${pd.clusterId}`);
  }
  const isMade = await untilAnswered(options, () => pd.isBootstrapped());
  if (record === undefined) {
    record = await newRecord(options, isMade);
    await disk.replaceFile(path, Buffer.from(`${JSON.stringify(record)}\n`));
  }
  const { storeId, region } = record;
  const isOurs = region !== undefined && (await bootstrap(options, storeId, region));
  return { clusterId: Number(pd.clusterId), storeId, region: isOurs ? region : undefined };
}

/** The record is of no use any more once the store holds its identity. */
export async function joined(disk: Disk, directory: string): Promise<void> {
  const path = `${directory}/JOIN`;
  if ((await disk.readFile(path)) !== undefined) await disk.remove(path);
}

async function readRecord(disk: Disk, path: string): Promise<JoinRecord | undefined> {
  const bytes = await disk.readFile(path);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as JoinRecord;
  } catch {
    throw new StoreError('corrupt', `${path} cannot be read`);
  }
}

async function newRecord(options: JoinOptions, isMade: boolean): Promise<JoinRecord> {
  const { pd } = options;
  const firstId = await untilAnswered(options, () => pd.allocateIds(isMade ? 1 : 3));
  const identity = { clusterId: String(pd.clusterId), storeId: firstId as StoreId };
  if (isMade) return identity;
  const region: Region = {
    regionId: (firstId + 1) as RegionId,
    range: { start: '' as Region['range']['start'] },
    epoch: { confVer: 1, version: 1 },
    peers: [{ peerId: (firstId + 2) as PeerId, storeId: identity.storeId, role: 'voter' }],
  };
  return { ...identity, region };
}

/** Whether the cluster began with this region: just now, or in an earlier try whose answer was lost. */
async function bootstrap(options: JoinOptions, storeId: StoreId, region: Region): Promise<boolean> {
  const { pd, store, logger } = options;
  try {
    await untilAnswered(options, () => pd.bootstrap({ ...store, storeId }, region));
    return true;
  } catch (error) {
    if (!(error instanceof PdError) || error.kind !== 'already-bootstrapped') throw error;
  }
  const known = await untilAnswered(options, () => pd.getRegionById(region.regionId));
  logger?.info({ storeId, isFirst: known !== undefined }, 'the cluster is bootstrapped already');
  return known !== undefined;
}

/** Repeats a request while the placement driver cannot be reached. */
export async function untilAnswered<T>(
  { timers, logger }: Pick<JoinOptions, 'timers' | 'logger'>,
  request: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof PdError) || error.kind !== 'unavailable') throw error;
      logger?.warn({ err: error }, 'the placement driver does not answer; trying again');
      await pause(timers, RETRY_MS);
    }
  }
}
