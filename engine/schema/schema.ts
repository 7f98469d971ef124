/**
 * The schema model shared by the SQL layer, the coprocessor, the columnar replica and the binlog: what a table looks
 * like at one schema version. Immutable. Its JSON form in the store follows TiDB's meta encoding (`sql/catalog`).
 */

import type { ColumnId, DatabaseId, IndexId, TableId } from '../../base/index.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';

/** F1 states: at most two adjacent ones are alive in a cluster at any time. */
export type SchemaState =
  | 'none'
  | 'delete-only'
  | 'write-only'
  | 'write-reorganization'
  | 'delete-reorganization'
  | 'public';

export interface DatabaseInfo {
  readonly id: DatabaseId;
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
}

export interface TableInfo {
  readonly id: TableId;
  readonly databaseId: DatabaseId;
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
  readonly comment: string;
  readonly columns: readonly ColumnInfo[];
  readonly indexes: readonly IndexInfo[];
  readonly foreignKeys: readonly ForeignKeyInfo[];
  readonly checks: readonly CheckInfo[];
  /** The row handle is the value of the single integer primary key column (TiDB's pk_is_handle). */
  readonly pkIsHandle: boolean;
  /** The row handle is the encoded primary key (TiDB's clustered "common handle"). */
  readonly isCommonHandle: boolean;
  /** Present for views: their SELECT text, definer and column names. */
  readonly view?: ViewInfo | undefined;
  /** First AUTO_INCREMENT value asked for in CREATE or ALTER TABLE. */
  readonly autoIncrementStart: number;
  readonly nextColumnId: number;
  readonly nextIndexId: number;
  /** Seconds since the epoch, for information_schema. */
  readonly createTime: number;
  readonly updateTs: string;
  readonly state: SchemaState;
  /** Table options that only matter for SHOW CREATE TABLE and information_schema (ROW_FORMAT …). */
  readonly options: Readonly<Record<string, string>>;
}

export interface ViewInfo {
  readonly select: string;
  readonly columns: readonly string[];
  readonly definer: string;
  readonly checkOption: 'NONE' | 'LOCAL' | 'CASCADED';
  readonly security: 'DEFINER' | 'INVOKER';
  readonly algorithm: 'UNDEFINED' | 'MERGE' | 'TEMPTABLE';
}

export type ColumnDefault =
  /** No DEFAULT clause: NULL if nullable, else the column must be given in strict mode. */
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: Datum }
  /** An expression or CURRENT_TIMESTAMP[(n)], as SQL text. */
  | { readonly kind: 'expression'; readonly text: string };

export interface ColumnInfo {
  readonly id: ColumnId;
  readonly name: string;
  readonly offset: number;
  readonly type: FieldType;
  readonly default: ColumnDefault;
  /** Value of rows written before the column was added (ADD COLUMN fills nothing in); a TIMESTAMP in UTC. */
  readonly originDefault: Datum | undefined;
  readonly autoIncrement: boolean;
  /** ON UPDATE CURRENT_TIMESTAMP. */
  readonly onUpdateNow: boolean;
  readonly generated?: { readonly text: string; readonly stored: boolean } | undefined;
  readonly comment: string;
  readonly invisible: boolean;
  readonly state: SchemaState;
}

export interface IndexColumn {
  readonly columnOffset: number;
  /** Characters or bytes of a prefix index; -1 for the whole column. */
  readonly prefixLength: number;
  readonly descending: boolean;
}

export interface IndexInfo {
  readonly id: IndexId;
  readonly name: string;
  readonly columns: readonly IndexColumn[];
  readonly unique: boolean;
  readonly primary: boolean;
  readonly invisible: boolean;
  readonly kind: 'btree' | 'hash' | 'fulltext' | 'spatial';
  readonly comment: string;
  readonly state: SchemaState;
}

export interface ForeignKeyInfo {
  readonly name: string;
  readonly columns: readonly string[];
  readonly referencedDatabase: string;
  readonly referencedTable: string;
  readonly referencedColumns: readonly string[];
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
}

export type ReferentialAction = 'NO ACTION' | 'RESTRICT' | 'CASCADE' | 'SET NULL' | 'SET DEFAULT';

export interface CheckInfo {
  readonly name: string;
  readonly text: string;
  readonly enforced: boolean;
}
