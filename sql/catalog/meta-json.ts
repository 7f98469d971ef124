/**
 * DBInfo and TableInfo as JSON in TiDB's field names, so that its tools can read our schema. What TiDB has no field for
 * stands below `shoal`.
 */

import type { ColumnId, DatabaseId, IndexId, TableId } from '../../base/index.ts';
import type {
  CheckInfo,
  ColumnDefault,
  ColumnInfo,
  DatabaseInfo,
  Datum,
  ForeignKeyInfo,
  IndexInfo,
  SchemaState,
  TableInfo,
  ViewInfo,
} from '../../engine/index.ts';
import { datumFromText, datumToText } from './datum-text.ts';
import { decodeType, encodeType, type TypeJson } from './type-json.ts';

interface NameJson {
  readonly O: string;
  readonly L: string;
}

interface DatabaseJson {
  readonly id: number;
  readonly db_name: NameJson;
  readonly charset: string;
  readonly collate: string;
  readonly state: number;
}

interface ColumnJson {
  readonly id: number;
  readonly name: NameJson;
  readonly offset: number;
  readonly origin_default: string | null;
  readonly default: string | null;
  readonly default_is_expr: boolean;
  readonly has_default: boolean;
  readonly generated_expr_string: string;
  readonly generated_stored: boolean;
  readonly type: TypeJson;
  readonly state: number;
  readonly comment: string;
  readonly hidden: boolean;
  readonly auto_increment: boolean;
  readonly on_update_now: boolean;
}

interface IndexJson {
  readonly id: number;
  readonly idx_name: NameJson;
  readonly idx_cols: readonly {
    readonly name: NameJson;
    readonly offset: number;
    readonly length: number;
    readonly desc: boolean;
  }[];
  readonly state: number;
  readonly comment: string;
  readonly index_type: number;
  readonly is_unique: boolean;
  readonly is_primary: boolean;
  readonly is_invisible: boolean;
}

interface TableJson {
  readonly id: number;
  readonly name: NameJson;
  readonly charset: string;
  readonly collate: string;
  readonly cols: readonly ColumnJson[];
  readonly index_info: readonly IndexJson[];
  readonly constraint_info: readonly CheckInfo[];
  readonly fk_info: readonly ForeignKeyInfo[];
  readonly state: number;
  readonly pk_is_handle: boolean;
  readonly is_common_handle: boolean;
  readonly common_handle_version: number;
  readonly comment: string;
  readonly auto_inc_id: number;
  readonly max_col_id: number;
  readonly max_idx_id: number;
  readonly update_timestamp: string;
  readonly view: ViewInfo | null;
  readonly shoal: { readonly createTime: number; readonly options: Readonly<Record<string, string>> };
}

const states: readonly SchemaState[] = [
  'none',
  'delete-only',
  'write-only',
  'write-reorganization',
  'delete-reorganization',
  'public',
];
const indexKinds: readonly IndexInfo['kind'][] = ['btree', 'hash', 'fulltext', 'spatial'];

function nameJson(name: string): NameJson {
  return { O: name, L: name.toLowerCase() };
}

function stateOf(number: number): SchemaState {
  return states[number] ?? 'none';
}

function toBytes(json: unknown): Buffer {
  return Buffer.from(JSON.stringify(json), 'utf8');
}

function fromBytes(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

export function encodeDatabase(info: DatabaseInfo): Buffer {
  const json: DatabaseJson = {
    id: info.id,
    db_name: nameJson(info.name),
    charset: info.charset,
    collate: info.collation,
    state: states.indexOf('public'),
  };
  return toBytes(json);
}

export function decodeDatabase(bytes: Uint8Array): DatabaseInfo {
  const json = fromBytes(bytes) as DatabaseJson;
  return { id: json.id as DatabaseId, name: json.db_name.O, charset: json.charset, collation: json.collate };
}

/* ------------------------------------------------------------------ tables */

export function encodeTable(info: TableInfo): Buffer {
  const json: TableJson = {
    id: info.id,
    name: nameJson(info.name),
    charset: info.charset,
    collate: info.collation,
    cols: info.columns.map(encodeColumn),
    index_info: info.indexes.map((index) => encodeIndex(info, index)),
    constraint_info: info.checks,
    fk_info: info.foreignKeys,
    state: states.indexOf(info.state),
    pk_is_handle: info.pkIsHandle,
    is_common_handle: info.isCommonHandle,
    common_handle_version: info.isCommonHandle ? 1 : 0,
    comment: info.comment,
    auto_inc_id: info.autoIncrementStart,
    max_col_id: info.nextColumnId - 1,
    max_idx_id: info.nextIndexId - 1,
    update_timestamp: info.updateTs,
    view: info.view ?? null,
    shoal: { createTime: info.createTime, options: info.options },
  };
  return toBytes(json);
}

export function decodeTable(databaseId: DatabaseId, bytes: Uint8Array): TableInfo {
  const json = fromBytes(bytes) as TableJson;
  return {
    id: json.id as TableId,
    databaseId,
    name: json.name.O,
    charset: json.charset,
    collation: json.collate,
    comment: json.comment,
    columns: json.cols.map(decodeColumn),
    indexes: json.index_info.map(decodeIndex),
    foreignKeys: json.fk_info,
    checks: json.constraint_info,
    pkIsHandle: json.pk_is_handle,
    isCommonHandle: json.is_common_handle,
    ...(json.view === null ? {} : { view: json.view }),
    autoIncrementStart: json.auto_inc_id,
    nextColumnId: json.max_col_id + 1,
    nextIndexId: json.max_idx_id + 1,
    createTime: json.shoal.createTime,
    updateTs: json.update_timestamp,
    state: stateOf(json.state),
    options: json.shoal.options,
  };
}

function encodeColumn(column: ColumnInfo): ColumnJson {
  const { default: given, type } = column;
  const text = given.kind === 'value' ? datumToText(given.value, type) : null;
  return {
    id: column.id,
    name: nameJson(column.name),
    offset: column.offset,
    origin_default: column.originDefault === undefined ? null : datumToText(column.originDefault, type),
    default: given.kind === 'expression' ? given.text : text,
    default_is_expr: given.kind === 'expression',
    has_default: given.kind !== 'none',
    generated_expr_string: column.generated?.text ?? '',
    generated_stored: column.generated?.stored ?? false,
    type: encodeType(type),
    state: states.indexOf(column.state),
    comment: column.comment,
    hidden: column.invisible,
    auto_increment: column.autoIncrement,
    on_update_now: column.onUpdateNow,
  };
}

function decodeColumn(json: ColumnJson): ColumnInfo {
  const type = decodeType(json.type);
  const originDefault: Datum = datumFromText(json.origin_default, type);
  const base = {
    id: json.id as ColumnId,
    name: json.name.O,
    offset: json.offset,
    type,
    default: decodeDefault(json, type),
    originDefault: originDefault ?? undefined,
    autoIncrement: json.auto_increment,
    onUpdateNow: json.on_update_now,
    comment: json.comment,
    invisible: json.hidden,
    state: stateOf(json.state),
  };
  if (json.generated_expr_string === '') return base;
  return { ...base, generated: { text: json.generated_expr_string, stored: json.generated_stored } };
}

function decodeDefault(json: ColumnJson, type: ColumnInfo['type']): ColumnDefault {
  if (!json.has_default) return { kind: 'none' };
  if (json.default_is_expr) return { kind: 'expression', text: json.default ?? '' };
  return { kind: 'value', value: datumFromText(json.default, type) };
}

function encodeIndex(table: TableInfo, index: IndexInfo): IndexJson {
  return {
    id: index.id,
    idx_name: nameJson(index.name),
    idx_cols: index.columns.map((part) => ({
      name: nameJson(table.columns[part.columnOffset]?.name ?? ''),
      offset: part.columnOffset,
      length: part.prefixLength,
      desc: part.descending,
    })),
    state: states.indexOf(index.state),
    comment: index.comment,
    index_type: indexKinds.indexOf(index.kind) + 1,
    is_unique: index.unique,
    is_primary: index.primary,
    is_invisible: index.invisible,
  };
}

function decodeIndex(json: IndexJson): IndexInfo {
  return {
    id: json.id as IndexId,
    name: json.idx_name.O,
    columns: json.idx_cols.map((part) => ({
      columnOffset: part.offset,
      prefixLength: part.length,
      descending: part.desc,
    })),
    unique: json.is_unique,
    primary: json.is_primary,
    invisible: json.is_invisible,
    kind: indexKinds[json.index_type - 1] ?? 'btree',
    comment: json.comment,
    state: stateOf(json.state),
  };
}
