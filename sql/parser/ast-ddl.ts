/** The syntax tree of definition statements. Invariants as in `ast.ts`. */

import type { DataType, Expression, Identifier, OrderItem, QueryExpression, Span, TableName } from './ast.ts';

/* ------------------------------------------------------------------ databases */

export interface DatabaseOptions {
  readonly charset: string | undefined;
  readonly collation: string | undefined;
  readonly encryption: boolean | undefined;
  /** READ ONLY = 0 | 1 | DEFAULT (ALTER DATABASE). */
  readonly readOnly: boolean | undefined;
  /** PLACEMENT POLICY. */
  readonly placementPolicy: string | undefined;
}

export interface CreateDatabase extends Span {
  readonly kind: 'create-database';
  readonly ifNotExists: boolean;
  readonly name: Identifier;
  readonly options: DatabaseOptions;
}

export interface AlterDatabase extends Span {
  readonly kind: 'alter-database';
  /** Undefined: the current database. */
  readonly name: Identifier | undefined;
  readonly options: DatabaseOptions;
}

export interface DropDatabase extends Span {
  readonly kind: 'drop-database';
  readonly ifExists: boolean;
  readonly name: Identifier;
}

/* ------------------------------------------------------------------ columns */

export interface ColumnDefinition {
  readonly name: Identifier;
  readonly type: DataType;
  /** In source order; the last of a kind wins. */
  readonly options: readonly ColumnOption[];
}

export type ColumnOption =
  | { readonly kind: 'null' }
  | { readonly kind: 'not-null' }
  /** A literal, NOW(n), or an expression that was in parentheses. */
  | { readonly kind: 'default'; readonly value: Expression; readonly parenthesised: boolean }
  /** ON UPDATE CURRENT_TIMESTAMP(n). */
  | { readonly kind: 'on-update-now'; readonly fractionDigits: number }
  | { readonly kind: 'auto-increment' }
  /** SERIAL adds auto-increment and not-null itself. */
  | { readonly kind: 'serial-default' }
  | { readonly kind: 'primary-key'; readonly clustered: boolean | undefined }
  | { readonly kind: 'unique' }
  | { readonly kind: 'key' }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'collate'; readonly collation: string }
  | { readonly kind: 'column-format'; readonly format: 'fixed' | 'dynamic' | 'default' }
  | { readonly kind: 'storage'; readonly storage: 'disk' | 'memory' | 'default' }
  | { readonly kind: 'engine-attribute'; readonly text: string; readonly secondary: boolean }
  | { readonly kind: 'generated'; readonly expression: Expression; readonly stored: boolean }
  | { readonly kind: 'references'; readonly references: ForeignKeyReference }
  | {
      readonly kind: 'check';
      readonly name: Identifier | undefined;
      readonly expression: Expression;
      readonly enforced: boolean;
    }
  | { readonly kind: 'visible' }
  | { readonly kind: 'invisible' }
  | { readonly kind: 'srid'; readonly srid: number }
  | { readonly kind: 'auto-random'; readonly shardBits: number | undefined; readonly rangeBits: number | undefined };

/* ------------------------------------------------------------------ keys and constraints */

export type ReferenceAction = 'restrict' | 'cascade' | 'set null' | 'no action' | 'set default';

export interface ForeignKeyReference {
  readonly table: TableName;
  readonly columns: readonly Identifier[];
  readonly match: 'full' | 'partial' | 'simple' | undefined;
  readonly onDelete: ReferenceAction | undefined;
  readonly onUpdate: ReferenceAction | undefined;
}

export type KeyPart =
  | {
      readonly kind: 'column';
      readonly name: Identifier;
      /** Prefix length. */
      readonly length: number | undefined;
      readonly descending: boolean;
    }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly descending: boolean };

export interface IndexOptions {
  readonly using: 'btree' | 'hash' | 'rtree' | undefined;
  readonly keyBlockSize: number | undefined;
  readonly comment: string | undefined;
  readonly parser: string | undefined;
  readonly visible: boolean | undefined;
  readonly clustered: boolean | undefined;
  readonly global: boolean | undefined;
  readonly engineAttribute: string | undefined;
  readonly secondaryEngineAttribute: string | undefined;
}

export type TableConstraint =
  | {
      readonly kind: 'index';
      readonly type: 'primary' | 'unique' | 'index' | 'fulltext' | 'spatial';
      /** The index's name; for UNIQUE and PRIMARY the constraint symbol when no index name was given. */
      readonly name: Identifier | undefined;
      /** IF NOT EXISTS in ALTER TABLE … ADD INDEX. */
      readonly ifNotExists: boolean;
      readonly parts: readonly KeyPart[];
      readonly options: IndexOptions;
    }
  | {
      readonly kind: 'foreign-key';
      /** The constraint symbol, else the index name. */
      readonly name: Identifier | undefined;
      readonly indexName: Identifier | undefined;
      readonly columns: readonly Identifier[];
      readonly references: ForeignKeyReference;
    }
  | {
      readonly kind: 'check';
      readonly name: Identifier | undefined;
      readonly expression: Expression;
      readonly enforced: boolean;
    };

/* ------------------------------------------------------------------ tables */

/** ENGINE, COMMENT, AUTO_INCREMENT … in source order; names in lower case with underscores. */
export type TableOption =
  | { readonly kind: 'engine'; readonly name: string }
  | { readonly kind: 'charset'; readonly charset: string }
  | { readonly kind: 'collate'; readonly collation: string }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'auto-increment'; readonly value: number | bigint }
  | { readonly kind: 'union'; readonly tables: readonly TableName[] }
  /** TTL = column + INTERVAL n unit. */
  | { readonly kind: 'ttl'; readonly expression: Expression }
  /** Every other option: row_format, key_block_size, stats_persistent, shard_row_id_bits, auto_id_cache, placement_policy … */
  | { readonly kind: 'other'; readonly name: string; readonly value: string | number | bigint | undefined };

export interface CreateTable extends Span {
  readonly kind: 'create-table';
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly table: TableName;
  readonly columns: readonly ColumnDefinition[];
  readonly constraints: readonly TableConstraint[];
  readonly options: readonly TableOption[];
  readonly partitioning: Partitioning | undefined;
  readonly as: CreateTableSelect | undefined;
}

export interface CreateTableSelect {
  readonly duplicates: 'ignore' | 'replace' | undefined;
  readonly query: QueryExpression;
}

export interface CreateTableLike extends Span {
  readonly kind: 'create-table-like';
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly table: TableName;
  readonly like: TableName;
}

export interface Partitioning {
  readonly method: PartitionMethod;
  /** PARTITIONS n. */
  readonly count: number | undefined;
  readonly subpartition: { readonly method: PartitionMethod; readonly count: number | undefined } | undefined;
  readonly definitions: readonly PartitionDefinition[];
}

export type PartitionMethod =
  | { readonly kind: 'hash'; readonly linear: boolean; readonly expression: Expression }
  | {
      readonly kind: 'key';
      readonly linear: boolean;
      readonly algorithm: number | undefined;
      readonly columns: readonly Identifier[];
    }
  | { readonly kind: 'range' | 'list'; readonly expression: Expression }
  | { readonly kind: 'range-columns' | 'list-columns'; readonly columns: readonly Identifier[] }
  | { readonly kind: 'system-time' };

export interface PartitionDefinition {
  readonly name: Identifier;
  readonly values: PartitionValues | undefined;
  readonly options: readonly TableOption[];
  readonly subpartitions: readonly { readonly name: Identifier; readonly options: readonly TableOption[] }[];
}

/** MAXVALUE is the string 'maxvalue', DEFAULT in a list 'default'; LIST COLUMNS rows are RowConstructors. */
export type PartitionValues =
  | { readonly kind: 'less-than'; readonly values: readonly (Expression | 'maxvalue')[] }
  | { readonly kind: 'in'; readonly values: readonly (Expression | 'default')[] };

export interface DropTable extends Span {
  readonly kind: 'drop-table';
  readonly temporary: boolean;
  readonly ifExists: boolean;
  readonly tables: readonly TableName[];
}

export interface RenameTable extends Span {
  readonly kind: 'rename-table';
  readonly renames: readonly { readonly from: TableName; readonly to: TableName }[];
}

export interface TruncateTable extends Span {
  readonly kind: 'truncate-table';
  readonly table: TableName;
}

/* ------------------------------------------------------------------ ALTER TABLE */

export interface AlterTable extends Span {
  readonly kind: 'alter-table';
  readonly table: TableName;
  readonly actions: readonly AlterTableAction[];
  /** ALGORITHM=, LOCK=, WITH[OUT] VALIDATION; lower case. */
  readonly algorithm: 'default' | 'instant' | 'inplace' | 'copy' | undefined;
  readonly lock: 'default' | 'none' | 'shared' | 'exclusive' | undefined;
}

export type ColumnPosition =
  | { readonly kind: 'first' }
  | { readonly kind: 'after'; readonly column: Identifier }
  | undefined;

export type AlterTableAction =
  | {
      readonly kind: 'add-column';
      readonly ifNotExists: boolean;
      readonly column: ColumnDefinition;
      readonly position: ColumnPosition;
    }
  | { readonly kind: 'add-constraint'; readonly constraint: TableConstraint }
  | { readonly kind: 'drop-column'; readonly ifExists: boolean; readonly name: Identifier }
  | { readonly kind: 'drop-index'; readonly ifExists: boolean; readonly name: Identifier }
  | { readonly kind: 'drop-primary-key' }
  | { readonly kind: 'drop-foreign-key'; readonly ifExists: boolean; readonly name: Identifier }
  /** DROP CHECK or DROP CONSTRAINT. */
  | { readonly kind: 'drop-constraint'; readonly check: boolean; readonly name: Identifier }
  | {
      readonly kind: 'modify-column';
      readonly ifExists: boolean;
      readonly column: ColumnDefinition;
      readonly position: ColumnPosition;
    }
  | {
      readonly kind: 'change-column';
      readonly ifExists: boolean;
      readonly from: Identifier;
      readonly column: ColumnDefinition;
      readonly position: ColumnPosition;
    }
  | { readonly kind: 'rename-column'; readonly from: Identifier; readonly to: Identifier }
  | { readonly kind: 'rename-index'; readonly from: Identifier; readonly to: Identifier }
  | { readonly kind: 'rename-table'; readonly to: TableName }
  | {
      readonly kind: 'set-default';
      readonly column: Identifier;
      readonly value: Expression;
      readonly parenthesised: boolean;
    }
  | { readonly kind: 'drop-default'; readonly column: Identifier }
  | { readonly kind: 'set-column-visibility'; readonly column: Identifier; readonly visible: boolean }
  | { readonly kind: 'set-index-visibility'; readonly index: Identifier; readonly visible: boolean }
  | {
      readonly kind: 'set-constraint-enforcement';
      readonly check: boolean;
      readonly name: Identifier;
      readonly enforced: boolean;
    }
  | { readonly kind: 'convert-charset'; readonly charset: string | undefined; readonly collation: string | undefined }
  | { readonly kind: 'order-by'; readonly items: readonly OrderItem[] }
  | { readonly kind: 'options'; readonly options: readonly TableOption[] }
  | { readonly kind: 'enable-keys' }
  | { readonly kind: 'disable-keys' }
  | { readonly kind: 'force' }
  | { readonly kind: 'discard-tablespace'; readonly partitions: PartitionNames | undefined }
  | { readonly kind: 'import-tablespace'; readonly partitions: PartitionNames | undefined }
  | { readonly kind: 'validation'; readonly enabled: boolean }
  | { readonly kind: 'secondary-load' }
  | { readonly kind: 'secondary-unload' }
  | { readonly kind: 'partition-by'; readonly partitioning: Partitioning }
  | { readonly kind: 'remove-partitioning' }
  | {
      readonly kind: 'add-partition';
      readonly ifNotExists: boolean;
      readonly definitions: readonly PartitionDefinition[];
      readonly count: number | undefined;
    }
  | { readonly kind: 'drop-partition'; readonly ifExists: boolean; readonly partitions: readonly Identifier[] }
  | { readonly kind: 'truncate-partition'; readonly partitions: PartitionNames }
  | { readonly kind: 'coalesce-partition'; readonly count: number }
  | {
      readonly kind: 'reorganize-partition';
      readonly partitions: readonly Identifier[];
      readonly into: readonly PartitionDefinition[];
    }
  | {
      readonly kind: 'exchange-partition';
      readonly partition: Identifier;
      readonly table: TableName;
      readonly validation: boolean;
    }
  | {
      readonly kind: 'maintain-partition';
      readonly operation: 'analyze' | 'check' | 'optimize' | 'rebuild' | 'repair';
      readonly partitions: PartitionNames;
    }
  /** SET TIFLASH REPLICA n [LOCATION LABELS '…']. */
  | { readonly kind: 'set-tiflash-replica'; readonly count: number; readonly labels: readonly string[] }
  | { readonly kind: 'placement-policy'; readonly policy: string | undefined }
  | { readonly kind: 'remove-ttl' }
  /** Forms that are recognised but carry no meaning here (CACHE, NOCACHE, ADD STATS_EXTENDED …), as written. */
  | { readonly kind: 'other'; readonly text: string };

export type PartitionNames = 'all' | readonly Identifier[];

/* ------------------------------------------------------------------ indexes and views */

export interface CreateIndex extends Span {
  readonly kind: 'create-index';
  readonly type: 'unique' | 'index' | 'fulltext' | 'spatial';
  readonly ifNotExists: boolean;
  readonly name: Identifier;
  readonly table: TableName;
  readonly parts: readonly KeyPart[];
  readonly options: IndexOptions;
  readonly algorithm: string | undefined;
  readonly lock: string | undefined;
}

export interface DropIndex extends Span {
  readonly kind: 'drop-index';
  readonly ifExists: boolean;
  readonly name: Identifier;
  readonly table: TableName;
  readonly algorithm: string | undefined;
  readonly lock: string | undefined;
}

export interface CreateView extends Span {
  readonly kind: 'create-view';
  /** ALTER VIEW is a replacement that demands the view to exist. */
  readonly mode: 'create' | 'create or replace' | 'alter';
  readonly algorithm: 'undefined' | 'merge' | 'temptable' | undefined;
  readonly definer: AccountName | undefined;
  readonly security: 'definer' | 'invoker' | undefined;
  readonly ifNotExists: boolean;
  readonly view: TableName;
  readonly columns: readonly Identifier[];
  readonly query: QueryExpression;
  readonly checkOption: 'cascaded' | 'local' | undefined;
}

export interface DropView extends Span {
  readonly kind: 'drop-view';
  readonly ifExists: boolean;
  readonly views: readonly TableName[];
}

/* ------------------------------------------------------------------ stored programs and other objects */

/** 'user'@'host', or CURRENT_USER. */
export type AccountName =
  | { readonly kind: 'account'; readonly user: string; readonly host: string }
  | { readonly kind: 'current-user' };

/** CREATE PROCEDURE, FUNCTION, TRIGGER, EVENT: the head is read, the rest kept as text. */
export interface CreateProgram extends Span {
  readonly kind: 'create-program';
  readonly type: 'procedure' | 'function' | 'trigger' | 'event';
  readonly orReplace: boolean;
  readonly definer: AccountName | undefined;
  readonly ifNotExists: boolean;
  readonly name: TableName;
  /** Everything after the name, as written. */
  readonly body: string;
}

export interface AlterProgram extends Span {
  readonly kind: 'alter-program';
  readonly type: 'procedure' | 'function' | 'event';
  readonly name: TableName;
  readonly body: string;
}

export interface DropProgram extends Span {
  readonly kind: 'drop-program';
  readonly type: 'procedure' | 'function' | 'trigger' | 'event';
  readonly ifExists: boolean;
  readonly name: TableName;
}

/** CREATE, ALTER and DROP SEQUENCE (TiDB). */
export interface SequenceStatement extends Span {
  readonly kind: 'sequence';
  readonly action: 'create' | 'alter' | 'drop';
  readonly ifNotExists: boolean;
  readonly ifExists: boolean;
  readonly names: readonly TableName[];
  /** START WITH, INCREMENT BY, MINVALUE … in source order, names in lower case. */
  readonly options: readonly { readonly name: string; readonly value: number | bigint | undefined }[];
}
