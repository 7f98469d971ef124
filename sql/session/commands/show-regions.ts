/** SHOW TABLE t [INDEX i] REGIONS, as TiDB answers it. */

import type { KeyRange } from '../../../base/index.ts';
import {
  type Datum,
  fieldTypes,
  type IndexInfo,
  indexRange,
  sqlErrors,
  type TableInfo,
  tableRange,
} from '../../../engine/index.ts';
import { PdError } from '../../../pd/index.ts';
import type { ClusterView, RegionStatus } from '../../../tikv-lite/index.ts';
import type { TableName } from '../../parser/ast.ts';
import type { ShowTarget } from '../../parser/ast-utility.ts';
import { regionKeyText } from '../region-keys.ts';
import type { Answer, Session } from '../session.ts';
import { answerRows, resultColumn, textColumn } from './rows.ts';

const MEGABYTE = 1 << 20;
const number = (name: string) => resultColumn(name, fieldTypes.bigint());
const KEY_LENGTH = 64;
const PEERS_LENGTH = 100;

const COLUMNS = [
  number('REGION_ID'),
  textColumn('START_KEY', KEY_LENGTH),
  textColumn('END_KEY', KEY_LENGTH),
  number('LEADER_ID'),
  number('LEADER_STORE_ID'),
  textColumn('PEERS', PEERS_LENGTH),
  resultColumn('SCATTERING', fieldTypes.tinyint()),
  number('WRITTEN_BYTES'),
  number('READ_BYTES'),
  number('APPROXIMATE_SIZE(MB)'),
  number('APPROXIMATE_KEYS'),
  textColumn('SCHEDULING_CONSTRAINTS', PEERS_LENGTH),
  textColumn('SCHEDULING_STATE', PEERS_LENGTH),
];

/** Throws 1046, 1049, 1146. */
export function tableOf(session: Session, { schema, name }: TableName): TableInfo {
  const database = schema?.name ?? session.state.database;
  if (database === null) throw sqlErrors.noDb();
  return session.server.planner.storedTable(database, name.name);
}

/** Throws 1176. */
export function indexOf(table: TableInfo, name: string): IndexInfo {
  const index = table.indexes.find((one) => one.name.toLowerCase() === name.toLowerCase() && one.state === 'public');
  if (index === undefined) throw sqlErrors.keyDoesNotExist(name, table.name);
  return index;
}

/** Throws 1235 for a storage without regions, 9001 when the cluster does not answer. */
export async function askCluster<T>(session: Session, ask: (cluster: ClusterView) => Promise<T>): Promise<T> {
  const { cluster } = session.server;
  if (cluster === undefined) throw sqlErrors.notSupportedYet('regions on this storage');
  try {
    return await ask(cluster);
  } catch (error) {
    throw error instanceof PdError ? sqlErrors.pdServerTimeout() : error;
  }
}

export async function showTableRegions(
  session: Session,
  what: ShowTarget & { readonly kind: 'table regions' },
  where: string,
  answer: Answer,
): Promise<void> {
  if (what.partitions.length > 0) throw sqlErrors.notSupportedYet('PARTITION');
  const table = tableOf(session, what.table);
  const range: KeyRange =
    what.index === undefined ? tableRange(table.id) : indexRange(table.id, indexOf(table, what.index.name).id);
  const regions = await askCluster(session, (cluster) => cluster.regions(range));
  const rows = regions.map(rowOf);
  if (where === '') {
    answerRows(session, COLUMNS, rows, answer);
    return;
  }
  const names = COLUMNS.map(({ name }) => `\`${name}\``).join(', ');
  const literal = (value: Datum): string => (typeof value === 'string' ? `'${value}'` : String(value));
  const values = rows.map((row) => `ROW(${row.map(literal).join(', ')})`).join(', ');
  await session.runText(`SELECT * FROM (VALUES ${values}) AS shown (${names})${where}`, answer);
}

function rowOf({ region, leader, keys, statistics }: RegionStatus): readonly Datum[] {
  return [
    region.regionId,
    regionKeyText(keys.start),
    regionKeyText(keys.end),
    leader?.peerId ?? 0,
    leader?.storeId ?? 0,
    region.peers.map(({ peerId }) => peerId).join(', '),
    statistics.isScheduling ? 1 : 0,
    statistics.bytesWritten,
    statistics.bytesRead,
    Math.ceil(statistics.approximateBytes / MEGABYTE),
    statistics.approximateKeys,
    '',
    '',
  ];
}
