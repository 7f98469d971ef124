/**
 * SPLIT TABLE t [INDEX i] BETWEEN (low) AND (high) REGIONS n | BY (…), (…): the table's regions are split at the keys of the
 * given rows and spread over the stores before data comes.
 */

import type { Key } from '../../../base/index.ts';
import {
  convertForStore,
  type Datum,
  encodeIntHandle,
  fieldTypes,
  type IndexInfo,
  indexRange,
  sqlErrors,
  type TableInfo,
} from '../../../engine/index.ts';
import { tableCodec } from '../../executor/table-codec.ts';
import type { Expression } from '../../parser/ast.ts';
import type { SplitStatement } from '../../parser/ast-utility.ts';
import type { Answer, Session } from '../session.ts';
import { StatementRun } from '../statement-run.ts';
import { answerRows, resultColumn } from './rows.ts';
import { askCluster, indexOf, tableOf } from './show-regions.ts';

const MAX_REGIONS = 1000;
/** Rows with integer keys that a region shall hold at least. */
const MIN_STEP = 1000n;
const COLUMNS = [
  resultColumn('TOTAL_SPLIT_REGION', fieldTypes.bigint()),
  resultColumn('SCATTER_FINISH_RATIO', fieldTypes.double()),
];

/** Throws 8212 for ranges that make no sense, and what evaluating the values throws. */
export async function runSplit(
  session: Session,
  statement: SplitStatement,
  source: Buffer,
  answer: Answer,
): Promise<void> {
  if (statement.partitions.length > 0) throw sqlErrors.notSupportedYet('PARTITION');
  const table = tableOf(session, statement.table);
  const index = statement.index === undefined ? undefined : indexOf(table, statement.index.name);
  const target = targetOf(session, table, index);
  const keys = await keysOf(session, statement, target, source);
  const unique = [...new Set(keys)].sort();
  const { newRegions, regionIds } = await askCluster(session, (cluster) => cluster.split(unique));
  await askCluster(session, (cluster) => cluster.scatter(regionIds));
  answerRows(session, COLUMNS, [[newRegions, regionIds.length === 0 ? 0 : regionIds.length / unique.length]], answer);
}

/** What is split, and how a row's values become a key in it. */
interface Target {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: Parameters<typeof convertForStore>[2]['type'] }[];
  /** Whole-number keys, between which equal steps are taken. */
  readonly isInteger: boolean;
  /** Where the parts begin whatever the values are. */
  readonly edges: readonly Key[];
  keyOf(values: readonly Datum[]): Key;
}

function targetOf(session: Session, table: TableInfo, index: IndexInfo | undefined): Target {
  const codec = tableCodec(table);
  const zone = session.state.timeZone;
  const columnsOf = ({ columns }: IndexInfo) =>
    columns.flatMap(({ columnOffset }) => table.columns[columnOffset] ?? []).map(({ name, type }) => ({ name, type }));
  const primary = table.indexes.find((one) => one.primary);
  const isClustered = index?.primary === true && (table.pkIsHandle || table.isCommonHandle);
  if (index !== undefined && !isClustered) {
    const indexCodec = codec.indexCodec(index);
    const { start, end } = indexRange(table.id, index.id);
    return {
      name: `Split index \`${index.name}\``,
      columns: columnsOf(index),
      isInteger: false,
      edges: end === undefined ? [start] : [start, end],
      keyOf: (values) => indexCodec.encodePrefix(values, zone),
    };
  }
  const name = `Split table \`${table.name}\``;
  const edges = codec.indexes.length > 0 ? [codec.recordPrefix] : [];
  if (table.isCommonHandle && primary !== undefined) {
    const clustered = codec.indexCodec(primary);
    const prefixLength = clustered.prefix.length;
    return {
      name,
      columns: columnsOf(primary),
      isInteger: false,
      edges,
      keyOf: (values) => codec.recordKey(clustered.encodePrefix(values, zone).slice(prefixLength)),
    };
  }
  const column = codec.handleOffset < 0 ? undefined : table.columns[codec.handleOffset];
  return {
    name,
    columns: [{ name: column?.name ?? '_tidb_rowid', type: column?.type ?? fieldTypes.bigint() }],
    isInteger: true,
    edges,
    keyOf: ([value]) => codec.recordKey(encodeIntHandle(value as number | bigint)),
  };
}

async function keysOf(session: Session, { by }: SplitStatement, target: Target, source: Buffer): Promise<Key[]> {
  if (by.kind === 'values') {
    const keys: Key[] = [...target.edges];
    for (const row of by.rows) keys.push(target.keyOf(await valuesOf(session, target, row, source)));
    return keys;
  }
  const count = Number(by.regions);
  if (count > MAX_REGIONS)
    throw sqlErrors.invalidSplitRegionRanges(`${target.name} region num exceeded the limit ${MAX_REGIONS}`);
  if (count < 1) throw sqlErrors.invalidSplitRegionRanges(`${target.name} region num should be greater than 0`);
  const low = await valuesOf(session, target, by.low, source);
  const high = await valuesOf(session, target, by.high, source);
  const [lowKey, highKey] = [target.keyOf(low), target.keyOf(high)];
  if (lowKey >= highKey) {
    const text = (values: readonly Datum[]): string => values.map(String).join(',');
    throw sqlErrors.invalidSplitRegionRanges(
      `${target.name} region lower value (${text(low)}) should less than the upper value (${text(high)})`,
    );
  }
  if (target.isInteger) return [...target.edges, ...integerKeys(target, low[0] ?? 0, high[0] ?? 0, count)];
  return [...target.edges, ...keysBetween(lowKey, highKey, count)];
}

async function valuesOf(
  session: Session,
  target: Target,
  row: readonly Expression[],
  source: Buffer,
): Promise<readonly Datum[]> {
  if (row.length === 0 || row.length > target.columns.length) {
    throw sqlErrors.invalidSplitRegionRanges(`${target.name} region value count should be ${target.columns.length}`);
  }
  const context = new StatementRun(session, [], 'other', false, 0);
  const values: Datum[] = [];
  for (const [at, expression] of row.entries()) {
    const { value, type } = await session.evaluate(source.toString('utf8', expression.start, expression.end));
    const column = target.columns[at];
    if (column !== undefined) values.push(convertForStore(value, type, column, context, 1));
  }
  return values;
}

/** The first keys of the second to the last of `count` parts of equal width. */
function integerKeys(target: Target, low: Datum, high: Datum, count: number): Key[] {
  const first = BigInt(low as number | bigint);
  const step = (BigInt(high as number | bigint) - first) / BigInt(count);
  if (step < MIN_STEP) {
    throw sqlErrors.invalidSplitRegionRanges(
      `the region size is too small, expected at least ${MIN_STEP}, but got ${step}`,
    );
  }
  return Array.from({ length: count - 1 }, (_, at) => target.keyOf([first + step * BigInt(at + 1)]));
}

/** `low` and keys in even distances behind it: the eight bytes after what both ends have in common are divided. */
function keysBetween(low: Key, high: Key, count: number): Key[] {
  let common = 0;
  while (common < low.length && low[common] === high[common]) common++;
  const bytesAt = (key: Key): bigint => {
    let value = 0n;
    for (let i = common; i < common + 8; i++) value = (value << 8n) | BigInt(i < key.length ? key.charCodeAt(i) : 0);
    return value;
  };
  const first = bytesAt(low);
  const step = (bytesAt(high) - first) / BigInt(count);
  const prefix = low.slice(0, common);
  return Array.from({ length: count }, (_, at) => {
    if (at === 0) return low;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(first + step * BigInt(at));
    return (prefix + bytes.toString('latin1')) as Key;
  });
}
