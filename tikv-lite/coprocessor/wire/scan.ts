/**
 * Scans as tipb's TableScan and IndexScan, both ways. A scan on the wire lists whole columns in an order of its own: those
 * of an index come first and in the index's order, then what its handle adds; columns of the primary key that no
 * expression asks for are listed too, because they tell how handles are read. `positions` says where the columns of our
 * scan stand among them.
 */

import {
  ByteReader,
  ByteWriter,
  type ColumnId,
  type DatabaseId,
  type IndexId,
  type TableId,
} from '../../../base/index.ts';
import { tipb } from '../../../base/rpc/index.ts';
import {
  type ColumnInfo,
  type FieldType,
  fieldTypes,
  handleLayoutOf,
  type IndexColumn,
  type IndexInfo,
  type TableInfo,
} from '../../../engine/index.ts';
import type { DagScan } from '../dag.ts';
import { readDatum, writeDatum } from './datum.ts';
import { WireError } from './expression.ts';
import { collationToProto, fieldTypeFromWire, typeCode, typeFlags } from './field-type.ts';

/** The hidden row id in place of a column id. */
const ROW_ID = -1n;
const MAX_COLUMNS = 4096 * 2;

export interface WireScan {
  readonly executor: tipb.Executor;
  /** Per column of the scan: its place among those of the wire. */
  readonly positions: readonly number[];
}

export function scanToProto(scan: DagScan): WireScan {
  const { table, index, offsets, types, reverse } = scan;
  const layout = handleLayoutOf(table);
  const primary = table.isCommonHandle ? layout.columnOffsets : [];
  const typeOf = (offset: number): FieldType => {
    const at = offsets.indexOf(offset);
    return types[at] ?? (table.columns[offset] as ColumnInfo).type;
  };
  const wire: number[] = index === undefined ? [...offsets] : index.columns.map((part) => part.columnOffset);
  for (const offset of [...primary, ...offsets]) if (!wire.includes(offset)) wire.push(offset);
  const columns = wire.map((offset) => columnToProto(table, offset, typeOf));
  const tableId = BigInt(table.id);
  const primaryColumnIds = primary.map((offset) => BigInt((table.columns[offset] as ColumnInfo).id));
  const positions = offsets.map((offset) => wire.indexOf(offset));
  if (index === undefined) {
    const tblScan: tipb.TableScan = {
      tableId,
      columns,
      desc: reverse,
      primaryColumnIds,
      primaryPrefixColumnIds: prefixColumns(table),
      ranges: [],
      keepOrder: true,
      pushedDownFilterConditions: [],
    };
    return { executor: { tp: tipb.ExecType.TypeTableScan, tblScan }, positions };
  }
  const { unique } = index;
  const idxScan: tipb.IndexScan = {
    tableId,
    indexId: BigInt(index.id),
    columns,
    desc: reverse,
    unique,
    primaryColumnIds,
  };
  return { executor: { tp: tipb.ExecType.TypeIndexScan, idxScan }, positions };
}

function prefixColumns(table: TableInfo): bigint[] {
  if (!table.isCommonHandle) return [];
  const primary = table.indexes.find((index) => index.primary);
  return (primary?.columns ?? [])
    .filter((part) => part.prefixLength >= 0)
    .map((part) => BigInt((table.columns[part.columnOffset] as ColumnInfo).id));
}

function columnToProto(table: TableInfo, offset: number, typeOf: (offset: number) => FieldType): tipb.ColumnInfo {
  const type = offset < 0 ? fieldTypes.bigint() : typeOf(offset);
  const column = table.columns[offset];
  const isHandle = offset < 0 || (table.pkIsHandle && handleLayoutOf(table).columnOffsets[0] === offset);
  return {
    columnId: column === undefined ? ROW_ID : BigInt(column.id),
    tp: typeCode(type),
    collation: collationToProto(type),
    columnLen: type.length,
    decimal: type.scale,
    flag: typeFlags(type),
    elems: [...type.elements],
    defaultVal: column?.originDefault === undefined ? undefined : defaultToProto(column),
    pkHandle: isHandle,
  };
}

function defaultToProto(column: ColumnInfo): Uint8Array {
  const writer = new ByteWriter();
  writeDatum(writer, column.originDefault ?? null, column.type);
  return writer.toBytes();
}

/* ------------------------------------------------------------------ from the wire */

/** A scan of all listed columns, over a table that has just these. */
export function scanFromProto(executor: tipb.Executor): DagScan {
  const { tblScan, idxScan } = executor;
  const message = executor.tp === tipb.ExecType.TypeIndexScan ? idxScan : tblScan;
  if (message === undefined) throw new WireError('a request begins with a scan');
  if (message.columns.length > MAX_COLUMNS) throw new WireError(`${message.columns.length} columns`);
  const stored = message.columns.filter((column) => column.columnId !== ROW_ID);
  const columns = stored.map(columnFromProto);
  const offsetOf = (id: bigint | undefined): number => columns.findIndex((column) => column.id === Number(id));
  const { primaryColumnIds } = message;
  const handle = stored.findIndex((column) => column.pkHandle === true);
  const pkIsHandle = primaryColumnIds.length === 0 && handle >= 0;
  const prefixes = new Set(tblScan?.primaryPrefixColumnIds ?? []);
  const primaryColumns = pkIsHandle
    ? [part(handle)]
    : primaryColumnIds.map((id) => part(offsetOf(id), prefixes.has(id) ? 0 : -1));
  if (primaryColumns.some(({ columnOffset }) => columnOffset < 0))
    throw new WireError('a primary key column is not listed');
  const primary = primaryColumns.length === 0 ? [] : [indexInfo(0, primaryColumns, { unique: true, primary: true })];
  const isCommonHandle = primaryColumnIds.length > 0;
  const table = tableInfo(Number(message.tableId ?? 0n), columns, primary, { pkIsHandle, isCommonHandle });
  const offsets = message.columns.map(({ columnId }) => (columnId === ROW_ID ? -1 : offsetOf(columnId)));
  const types = offsets.map((offset) => columns[offset]?.type ?? fieldTypes.bigint());
  const reverse = message.desc === true;
  if (executor.tp !== tipb.ExecType.TypeIndexScan) return { table, index: undefined, offsets, types, reverse };
  const indexColumns = indexColumnCount(message as tipb.IndexScan, columns, pkIsHandle, handle);
  const parts = columns.slice(0, indexColumns).map((_, offset) => part(offset));
  const unique = idxScan?.unique === true;
  const index = indexInfo(Number(idxScan?.indexId ?? 0n), parts, { unique, primary: false });
  return { table, index, offsets, types, reverse };
}

/** Index columns come first; what follows are columns of the handle. */
function indexColumnCount(
  message: tipb.IndexScan,
  columns: readonly ColumnInfo[],
  pkIsHandle: boolean,
  handle: number,
): number {
  if (pkIsHandle && handle === columns.length - 1) return columns.length - 1;
  const primary = new Set(message.primaryColumnIds.map(Number));
  let count = columns.length;
  while (count > 1 && primary.has(columns[count - 1]?.id ?? -1)) count--;
  return count;
}

function part(columnOffset: number, prefixLength = -1): IndexColumn {
  return { columnOffset, prefixLength, descending: false };
}

function columnFromProto(message: tipb.ColumnInfo, offset: number): ColumnInfo {
  const type = fieldTypeFromWire({
    code: message.tp ?? 0,
    flags: message.flag ?? 0,
    length: message.columnLen ?? -1,
    scale: message.decimal ?? 0,
    collation: message.collation ?? 0,
    elements: message.elems,
  });
  const { defaultVal } = message;
  return {
    id: Number(message.columnId ?? 0n) as ColumnId,
    name: `Column#${offset}`,
    offset,
    type,
    default: { kind: 'none' },
    originDefault: defaultVal === undefined ? undefined : readDatum(new ByteReader(defaultVal), type),
    autoIncrement: false,
    onUpdateNow: false,
    comment: '',
    invisible: false,
    state: 'public',
  };
}

function indexInfo(
  id: number,
  columns: readonly IndexColumn[],
  flags: { readonly unique: boolean; readonly primary: boolean },
): IndexInfo {
  const base = { name: '', invisible: false, kind: 'btree', comment: '', state: 'public' } as const;
  return { ...base, ...flags, id: id as IndexId, columns };
}

function tableInfo(
  id: number,
  columns: readonly ColumnInfo[],
  indexes: readonly IndexInfo[],
  flags: { readonly pkIsHandle: boolean; readonly isCommonHandle: boolean },
): TableInfo {
  return {
    ...flags,
    id: id as TableId,
    databaseId: 0 as DatabaseId,
    name: '',
    charset: 'utf8mb4',
    collation: 'utf8mb4_bin',
    comment: '',
    columns,
    indexes,
    foreignKeys: [],
    checks: [],
    autoIncrementStart: 1,
    nextColumnId: 0,
    nextIndexId: 0,
    createTime: 0,
    updateTs: '0',
    state: 'public',
    options: {},
  };
}
