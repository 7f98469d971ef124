/**
 * Opening a store's directory: `STORE` (identity and format version, written last of all when the store is made), `LOCK`,
 * `raft/` (the log's segments) and `kv/` (the engine).
 */

import {
  assert,
  type Disk,
  DiskError,
  type Env,
  type KeyRange,
  type Logger,
  MIN_KEY,
  type PeerId,
  type RegionId,
  type StoreId,
} from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import { CachedEngine } from '../kv/cached-engine.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import { openLevelEngine } from '../kv/level-engine.ts';
import { checkpointItems, type RegionCheckpoint } from './checkpoint.ts';
import { engineRangesOf } from './clear-data.ts';
import { DEFAULT_CACHE_BYTES, DEFAULT_SEGMENT_BYTES, MIN_SEGMENT_BYTES, WARM_PAIRS } from './limits.ts';
import type { LogItem } from './log/log-items.ts';
import type { RaftLog, RaftLogOptions } from './log/raft-log.ts';
import { openRaftLog } from './log/replay.ts';
import {
  applyStateKey,
  applyStateWrite,
  decodeApplyState,
  decodeRegionState,
  encodeApplyState,
  INITIAL_INDEX,
  INITIAL_TERM,
  REGION_STATE_RANGE,
} from './region.ts';
import type { RegionObserver } from './region-kv.ts';
import { writeContents } from './snapshot/contents.ts';
import { type SnapshotPoint, StagingArea } from './snapshot/staging.ts';
import { Store } from './store.ts';
import { StoreError } from './store-error.ts';
import { noTransport, type StoreTransport } from './transport.ts';

/** 2: regions and applied indexes are in the log's checkpoints. */
export const STORE_FORMAT_VERSION = 2;

export interface StoreOptions {
  /** Made when absent. */
  readonly directory: string;
  /** Memory for hot ranges of the data family; default 256 MB, filled as ranges are read. 0 turns the cache off. */
  readonly cacheBytes?: number;
  /** LevelDB's block cache; default 64 MB. */
  readonly blockCacheBytes?: number;
  /** Size of a log segment, at least 256 KB; default 16 MB. Three quarters of it bound a proposal, too. */
  readonly segmentBytes?: number;
  /** Proposals under way in all regions; beyond it 'server-is-busy'. Default 100 MB. */
  readonly maxProposalBytes?: number | undefined;
  readonly observers?: readonly RegionObserver[];
  readonly transport?: StoreTransport;
  readonly logger?: Logger;
  /** The engine to use instead of LevelDB below `directory`. */
  readonly openEngine?: () => Promise<KvEngine>;
  /** The raft log to use instead of `openRaftLog`'s. */
  readonly openLog?: (options: RaftLogOptions) => Promise<RaftLog>;
  /** What a new store begins with; by default store 1 with a region of its own over the whole key space. */
  readonly bootstrap?: Bootstrap;
}

/** The first region, which every store of a new cluster is told alike; a store that joins later begins without one. */
export interface Bootstrap {
  readonly clusterId: number;
  readonly storeId: StoreId;
  readonly region?: Region | undefined;
}

/** What a store's `STORE` file says. */
export interface StoredIdentity {
  readonly format: number;
  readonly clusterId: number;
  readonly storeId: StoreId;
}

/** The newest versions of all keys: the family that is worth caching. */
const DATA_FAMILY: KeyRange = { start: 'd' as KeyRange['start'], end: 'e' as KeyRange['start'] };

const FIRST_STORE = 1 as StoreId;
const FIRST_REGION = 2 as RegionId;
const FIRST_PEER = 3 as PeerId;

/**
 * Opens the store, or makes one with a single region over the whole key space, and waits until its regions serve.
 * Rejects with StoreError ('locked', 'format-too-new', 'corrupt', 'mismatch') or DiskError; then nothing stays open.
 */
export async function openStore(env: Env, options: StoreOptions): Promise<Store> {
  const { directory } = options;
  await env.disk.makeDirectory(directory);
  const lock = await takeLock(env, directory);
  try {
    return await openLocked(env, options, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function takeLock(env: Env, directory: string): Promise<{ release(): Promise<void> }> {
  try {
    return await env.disk.lock(`${directory}/LOCK`);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'ELOCKED') throw error;
    throw new StoreError('locked', `the data directory ${directory} is in use by another process (${error.message})`);
  }
}

async function openLocked(env: Env, options: StoreOptions, releaseLock: () => Promise<void>): Promise<Store> {
  const { directory } = options;
  const identity = await readStoreIdentity(env.disk, directory);
  const segmentBytes = options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
  assert(segmentBytes >= MIN_SEGMENT_BYTES, `log segments of ${segmentBytes} bytes are too small`);
  const log = await (options.openLog ?? openRaftLog)({ disk: env.disk, directory: `${directory}/raft`, segmentBytes });
  let engine: KvEngine | undefined;
  try {
    engine = await openEngine(env, options);
    const { storeId, clusterId } = identity ?? (await bootstrap(env, options, log, engine));
    if (identity !== undefined && identity.format < STORE_FORMAT_VERSION) await writeIdentity(env, directory, identity);
    const staging = new StagingArea(env.disk, directory);
    const replicas = await finishInstalling(await loadReplicas(log, engine, directory), staging, log, engine);
    const store = new Store({
      env,
      directory,
      storeId,
      clusterId,
      engine,
      log,
      staging,
      replicas,
      transport: options.transport ?? noTransport,
      observers: options.observers ?? [],
      logger: options.logger,
      maxProposalBytes: options.maxProposalBytes,
      releaseLock,
    });
    await store.untilServing();
    return store;
  } catch (error) {
    await log.close();
    await engine?.close();
    throw error;
  }
}

async function openEngine(env: Env, options: StoreOptions): Promise<KvEngine> {
  const { directory, blockCacheBytes, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const engine =
    options.openEngine === undefined
      ? await openLevelEngine({
          directory: `${directory}/kv`,
          timers: env.timers,
          disk: env.disk,
          ...(blockCacheBytes === undefined ? {} : { blockCacheBytes }),
        })
      : await options.openEngine();
  if (cacheBytes === 0) return engine;
  const cached = new CachedEngine(engine, { cachedRange: DATA_FAMILY, quotaBytes: cacheBytes });
  await cached.scan(DATA_FAMILY, WARM_PAIRS, false);
  return cached;
}

/** Undefined where no store was made yet. Rejects with StoreError 'format-too-new' or 'corrupt'. */
export async function readStoreIdentity(disk: Disk, directory: string): Promise<StoredIdentity | undefined> {
  const path = `${directory}/STORE`;
  const contents = await disk.readFile(path);
  if (contents === undefined) return undefined;
  let identity: StoredIdentity;
  try {
    identity = JSON.parse(Buffer.from(contents).toString()) as StoredIdentity;
  } catch {
    throw new StoreError('corrupt', `${path} cannot be read as the identity of a store`);
  }
  if (identity.format > STORE_FORMAT_VERSION) {
    throw new StoreError(
      'format-too-new',
      `${directory} was written in format ${identity.format} by a newer version; this one reads up to ${STORE_FORMAT_VERSION}`,
    );
  }
  return identity;
}

/** Makes the first region, if any. `STORE` comes last, so that a crash on the way starts over. */
async function bootstrap(env: Env, options: StoreOptions, log: RaftLog, engine: KvEngine): Promise<StoredIdentity> {
  const { directory } = options;
  const { clusterId, storeId, region } = options.bootstrap ?? aloneInCluster(env);
  if (log.regionIds.some((known) => log.region(known).lastIndex > INITIAL_INDEX)) {
    throw new StoreError('mismatch', `${directory} holds data but its STORE file is missing`);
  }
  if (region === undefined) await log.write(checkpointItems([]));
  else await makeRegion(region, storeId, log, engine);
  const identity: StoredIdentity = { format: STORE_FORMAT_VERSION, clusterId, storeId };
  await writeIdentity(env, directory, identity);
  return identity;
}

async function writeIdentity(env: Env, directory: string, { clusterId, storeId }: StoredIdentity): Promise<void> {
  const identity: StoredIdentity = { format: STORE_FORMAT_VERSION, clusterId, storeId };
  await env.disk.replaceFile(`${directory}/STORE`, Buffer.from(`${JSON.stringify(identity)}\n`));
}

/** The log of a region at its beginning, and the store's first checkpoint. */
async function makeRegion(region: Region, storeId: StoreId, log: RaftLog, engine: KvEngine): Promise<void> {
  const { regionId } = region;
  const own = region.peers.find((peer) => peer.storeId === storeId);
  assert(own !== undefined, `the first region has a replica on store ${storeId}`);
  const value = encodeApplyState({ index: INITIAL_INDEX, term: INITIAL_TERM });
  await engine.write([{ kind: 'put', key: applyStateKey(regionId), value }], { sync: true });
  await engine.flush();
  const start: LogItem[] = [
    { kind: 'purge', regionId },
    { kind: 'truncated', regionId, index: INITIAL_INDEX, term: INITIAL_TERM },
    { kind: 'hard-state', regionId, hardState: { term: INITIAL_TERM, vote: 0, commit: INITIAL_INDEX } },
  ];
  const replica: RegionCheckpoint = {
    state: 'normal',
    region,
    peerId: own.peerId,
    index: INITIAL_INDEX,
    term: INITIAL_TERM,
  };
  await log.write([...start, ...checkpointItems([replica])]);
}

/** What a store that was made without a placement driver began with. */
export function firstRegionAlone(storeId: StoreId): Region {
  return {
    regionId: FIRST_REGION,
    range: { start: MIN_KEY },
    epoch: { confVer: 1, version: 1 },
    peers: [{ peerId: FIRST_PEER, storeId, role: 'voter' }],
  };
}

function aloneInCluster(env: Env): Bootstrap {
  const region = firstRegionAlone(FIRST_STORE);
  return { clusterId: 1 + env.random.below(2 ** 47), storeId: FIRST_STORE, region };
}

/**
 * The replicas of the newest checkpoint. Rejects with StoreError 'corrupt' when the engine's contents are older than that.
 */
async function loadReplicas(log: RaftLog, engine: KvEngine, directory: string): Promise<readonly RegionCheckpoint[]> {
  if (log.checkpoint === undefined) await log.write(checkpointItems(await replicasOfFormat1(log, engine)));
  const replicas = [...(log.checkpoint?.values() ?? [])];
  for (const { state, region, index } of replicas) {
    if (state !== 'normal') continue;
    const applied = engine.get(applyStateKey(region.regionId));
    const appliedIndex = applied === undefined ? 0 : decodeApplyState(applied).index;
    if (appliedIndex >= index) continue;
    throw new StoreError(
      'corrupt',
      `${directory}: region ${region.regionId} is applied up to ${appliedIndex}, but a checkpoint says ${index}: the engine ` +
        'and the log do not belong together. Restore this store from another replica or a backup.',
    );
  }
  return replicas;
}

/** Applies the snapshots that the log says were being applied, and clears the staging area. */
async function finishInstalling(
  replicas: readonly RegionCheckpoint[],
  staging: StagingArea,
  log: RaftLog,
  engine: KvEngine,
): Promise<readonly RegionCheckpoint[]> {
  const applying = replicas.filter(({ state }) => state === 'applying');
  if (applying.length > 0) {
    await staging.clear(applying.map(pointOf));
    for (const replica of applying) {
      const { region, index, term } = replica;
      for (const range of engineRangesOf(region.range)) await engine.destroyRange(range);
      await writeContents(engine, staging, pointOf(replica), () => true);
      await engine.write([applyStateWrite(region.regionId, { index, term })], { sync: false });
    }
    await engine.flush();
    await log.write(checkpointItems(replicas.map((replica) => asInstalled(replica))));
  }
  await staging.clear([]);
  return replicas.map((replica) => asInstalled(replica));
}

function pointOf({ region, index, term }: RegionCheckpoint): SnapshotPoint {
  return { regionId: region.regionId, index, term };
}

function asInstalled(replica: RegionCheckpoint): RegionCheckpoint {
  if (replica.state !== 'applying') return replica;
  return { ...replica, state: 'normal', installedVersion: replica.region.epoch.version };
}

/** Stores of format 1 kept their regions in the engine and replayed from the point where the log was truncated. */
async function replicasOfFormat1(log: RaftLog, engine: KvEngine): Promise<RegionCheckpoint[]> {
  const replicas: RegionCheckpoint[] = [];
  for (const { value } of await engine.scan(REGION_STATE_RANGE, Number.MAX_SAFE_INTEGER, false)) {
    const { region, peerId } = decodeRegionState(value);
    const { truncatedIndex, truncatedTerm } = log.region(region.regionId);
    replicas.push({ state: 'normal', region, peerId, index: truncatedIndex, term: truncatedTerm });
  }
  return replicas;
}
