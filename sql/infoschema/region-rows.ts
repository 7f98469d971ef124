/** information_schema about the regions and stores below, in TiDB's shape; empty on a storage that has none. */

import { type Key, type KeyRange, MIN_KEY } from '../../base/index.ts';
import {
  DateTime,
  indexRange,
  Json,
  type JsonNode,
  recordRange,
  type TableInfo,
  type TimeZone,
} from '../../engine/index.ts';
import type { ClusterView, RegionStatus, StoreStatus } from '../../tikv-lite/index.ts';
import { regionKeyHex } from '../session/region-keys.ts';
import type { RowProvider, RowProviders, VirtualContext, VirtualRow } from './virtual-rows.ts';

const MEGABYTE = 1 << 20;
const GIB = 2 ** 30;
const STATES = { up: [0, 'Up'], offline: [1, 'Offline'], tombstone: [2, 'Tombstone'] } as const;

/** A table or one of its indexes, and the keys it takes. */
interface Part {
  readonly range: KeyRange;
  readonly row: VirtualRow;
}

function withCluster(rows: (cluster: ClusterView, context: VirtualContext) => Promise<VirtualRow[]>): RowProvider {
  return (context) => {
    const { cluster } = context.server;
    return cluster === undefined ? [] : rows(cluster, context);
  };
}

async function regionPeers(cluster: ClusterView): Promise<VirtualRow[]> {
  const regions = await cluster.regions({ start: MIN_KEY });
  return regions.flatMap(({ region, leader, statistics }) =>
    region.peers.map(({ peerId, storeId, role }) => {
      const down = statistics.downPeers.find(({ peer }) => peer.peerId === peerId);
      const isPending = statistics.pendingPeers.some((peer) => peer.peerId === peerId);
      return {
        REGION_ID: region.regionId,
        PEER_ID: peerId,
        STORE_ID: storeId,
        IS_LEARNER: role === 'learner' ? 1 : 0,
        IS_LEADER: leader?.peerId === peerId ? 1 : 0,
        STATUS: down !== undefined ? 'DOWN' : isPending ? 'PENDING' : 'NORMAL',
        DOWN_SECONDS: down === undefined ? null : Math.floor(down.downMs / 1000),
      };
    }),
  );
}

async function regionStatus(cluster: ClusterView, { catalog }: VirtualContext): Promise<VirtualRow[]> {
  const regions = await cluster.regions({ start: MIN_KEY });
  const parts = [...catalog.databases].flatMap(([database, { tables }]) =>
    [...tables.values()].filter(({ view }) => view === undefined).flatMap((table) => partsOf(database, table)),
  );
  return regions.flatMap((region) => {
    const common = regionRow(region);
    const inside = parts.filter(({ range }) => meets(range, region.keys));
    return inside.length === 0 ? [common] : inside.map(({ row }) => ({ ...common, ...row }));
  });
}

function partsOf(database: string, table: TableInfo): Part[] {
  const common = { DB_NAME: database, TABLE_ID: table.id, TABLE_NAME: table.name };
  const indexes = table.indexes
    .filter((index) => !(index.primary && (table.pkIsHandle || table.isCommonHandle)))
    .map((index) => ({
      range: indexRange(table.id, index.id),
      row: { ...common, IS_INDEX: 1, INDEX_ID: index.id, INDEX_NAME: index.name },
    }));
  return [{ range: recordRange(table.id), row: common }, ...indexes];
}

function regionRow({ region, statistics }: RegionStatus): VirtualRow {
  return {
    REGION_ID: region.regionId,
    START_KEY: regionKeyHex(region.range.start),
    END_KEY: regionKeyHex(region.range.end),
    IS_INDEX: 0,
    IS_PARTITION: 0,
    EPOCH_CONF_VER: region.epoch.confVer,
    EPOCH_VERSION: region.epoch.version,
    WRITTEN_BYTES: statistics.bytesWritten,
    READ_BYTES: statistics.bytesRead,
    APPROXIMATE_SIZE: Math.ceil(statistics.approximateBytes / MEGABYTE),
    APPROXIMATE_KEYS: statistics.approximateKeys,
  };
}

async function storeStatus(cluster: ClusterView, { server, statement }: VirtualContext): Promise<VirtualRow[]> {
  const [stores, regions] = await Promise.all([cluster.stores(), cluster.regions({ start: MIN_KEY })]);
  const { timeZone } = statement.evaluation;
  return stores.map((status) => storeRow(status, regions, timeZone, server.env.clock.nowMs()));
}

function storeRow(
  { store, report }: StoreStatus,
  regions: readonly RegionStatus[],
  zone: TimeZone,
  nowMs: number,
): VirtualRow {
  const { storeId } = store;
  const led = regions.filter(({ leader }) => leader?.storeId === storeId);
  const held = regions.filter(({ region }) => region.peers.some((peer) => peer.storeId === storeId));
  const sizeOf = (some: readonly RegionStatus[]): number =>
    some.reduce((sum, { statistics }) => sum + Math.ceil(statistics.approximateBytes / MEGABYTE), 0);
  const [state, stateName] = STATES[store.state];
  const gibibytes = (bytes: number | undefined): string | null =>
    bytes === undefined ? null : `${(bytes / GIB).toPrecision(4)}GiB`;
  return {
    STORE_ID: storeId,
    ADDRESS: store.address,
    STORE_STATE: state,
    STORE_STATE_NAME: stateName,
    LABEL: new Json(
      store.labels.map(
        ({ key, value }): JsonNode =>
          new Map([
            ['key', key],
            ['value', value],
          ]),
      ),
    ),
    VERSION: store.version,
    CAPACITY: gibibytes(report?.capacityBytes),
    AVAILABLE: gibibytes(report?.availableBytes),
    LEADER_COUNT: led.length,
    LEADER_WEIGHT: 1,
    LEADER_SCORE: led.length,
    LEADER_SIZE: sizeOf(led),
    REGION_COUNT: held.length,
    REGION_WEIGHT: 1,
    REGION_SCORE: sizeOf(held),
    REGION_SIZE: sizeOf(held),
    START_TS: localTime(store.startedAtMs, zone),
    LAST_HEARTBEAT_TS: localTime(store.lastHeartbeatMs, zone),
    UPTIME: store.startedAtMs === 0 ? null : uptime(nowMs - store.startedAtMs),
  };
}

function localTime(ms: number, zone: TimeZone): DateTime | null {
  if (ms === 0) return null;
  const micros = Math.floor(ms / 1000) * 1_000_000;
  return DateTime.fromEpochMicros(micros + zone.offsetSecondsAt(micros) * 1_000_000) ?? null;
}

/** As Go writes durations: 1h2m3s. */
function uptime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds % 60}s`;
}

function meets(a: KeyRange, b: KeyRange): boolean {
  const isBelow = (key: Key, end: Key | undefined): boolean => end === undefined || key < end;
  return isBelow(a.start, b.end) && isBelow(b.start, a.end);
}

export const regionRows: RowProviders = {
  tikv_region_peers: withCluster(regionPeers),
  tikv_region_status: withCluster(regionStatus),
  tikv_store_status: withCluster(storeStatus),
};
