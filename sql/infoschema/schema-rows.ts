/** information_schema about databases, tables, columns and their constraints. */

import { DateTime, type IndexInfo, type TableInfo, type TimeZone } from '../../engine/index.ts';
import { typeText } from '../ddl/show-create.ts';
import { characterLengths, columnKey, defaultText, extraText, numericPrecision } from './column-text.ts';
import type { RowProviders, VirtualContext, VirtualRow } from './virtual-rows.ts';

const CATALOG = 'def';

interface Located {
  readonly schema: string;
  readonly table: TableInfo;
  readonly isVirtual: boolean;
}

/** All tables, virtual ones included, by schema and name. */
function* allTables({ catalog }: VirtualContext): Generator<Located> {
  const schemas = new Map<string, { readonly tables: readonly TableInfo[]; readonly isVirtual: boolean }>();
  for (const [name, { tables }] of catalog.databases) {
    schemas.set(name, { tables: [...tables.values()].filter(({ state }) => state === 'public'), isVirtual: false });
  }
  for (const { name, tables } of catalog.virtualSchemas.values()) {
    schemas.set(name, { tables: [...tables.values()].map(({ info }) => info), isVirtual: true });
  }
  for (const schema of [...schemas.keys()].sort()) {
    const entry = schemas.get(schema);
    if (entry === undefined) continue;
    const sorted = [...entry.tables].sort((left, right) => (left.name < right.name ? -1 : 1));
    for (const table of sorted) yield { schema, table, isVirtual: entry.isVirtual };
  }
}

function* storedTables(context: VirtualContext): Generator<Located> {
  for (const located of allTables(context)) if (!located.isVirtual) yield located;
}

function localTime(seconds: number, zone: TimeZone): DateTime | null {
  if (seconds === 0) return null;
  const micros = seconds * 1_000_000;
  return DateTime.fromEpochMicros(micros + zone.offsetSecondsAt(micros) * 1_000_000) ?? null;
}

function* schemata({ catalog }: VirtualContext): Generator<VirtualRow> {
  const rows = new Map<string, readonly [charset: string, collation: string]>();
  for (const [name, { info }] of catalog.databases) rows.set(name, [info.charset, info.collation]);
  for (const { name } of catalog.virtualSchemas.values()) {
    rows.set(
      name,
      name === 'information_schema' ? ['utf8mb3', 'utf8mb3_general_ci'] : ['utf8mb4', 'utf8mb4_0900_ai_ci'],
    );
  }
  for (const name of [...rows.keys()].sort()) {
    const [charset, collation] = rows.get(name) ?? ['', ''];
    yield {
      CATALOG_NAME: CATALOG,
      SCHEMA_NAME: name,
      DEFAULT_CHARACTER_SET_NAME: charset,
      DEFAULT_COLLATION_NAME: collation,
      SQL_PATH: null,
      DEFAULT_ENCRYPTION: 'NO',
    };
  }
}

function tableRow({ schema, table, isVirtual }: Located, context: VirtualContext): VirtualRow {
  const base = { TABLE_CATALOG: CATALOG, TABLE_SCHEMA: schema, TABLE_NAME: table.name };
  const created = localTime(table.createTime, context.statement.evaluation.timeZone);
  if (table.view !== undefined) {
    return { ...base, TABLE_TYPE: 'VIEW', CREATE_TIME: created, TABLE_COMMENT: 'VIEW' };
  }
  if (schema === 'information_schema') {
    return { ...base, TABLE_TYPE: 'SYSTEM VIEW', VERSION: 10, TABLE_ROWS: 0, CREATE_TIME: null, TABLE_COMMENT: '' };
  }
  const hasCounter = table.columns.some(({ autoIncrement }) => autoIncrement);
  return {
    ...base,
    TABLE_TYPE: 'BASE TABLE',
    ENGINE: schema === 'performance_schema' ? 'PERFORMANCE_SCHEMA' : 'InnoDB',
    VERSION: 10,
    ROW_FORMAT: 'Dynamic',
    TABLE_ROWS: 0,
    AVG_ROW_LENGTH: 0,
    DATA_LENGTH: isVirtual ? 0 : 16_384,
    MAX_DATA_LENGTH: 0,
    INDEX_LENGTH: 0,
    DATA_FREE: 0,
    AUTO_INCREMENT: hasCounter ? table.autoIncrementStart : null,
    CREATE_TIME: created,
    TABLE_COLLATION: table.collation,
    CREATE_OPTIONS: Object.entries(table.options)
      .filter(([name]) => name === 'row_format')
      .map(([name, value]) => `${name}=${value.toUpperCase()}`)
      .join(' '),
    TABLE_COMMENT: table.comment,
  };
}

function* columns(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of allTables(context)) {
    let position = 0;
    for (const column of table.columns) {
      if (column.state !== 'public') continue;
      position++;
      const { type } = column;
      const [characters, octets] = characterLengths(type);
      const [precision, scale] = numericPrecision(type);
      const isText = type.class === 'string' || type.class === 'enum' || type.class === 'set';
      yield {
        TABLE_CATALOG: CATALOG,
        TABLE_SCHEMA: schema,
        TABLE_NAME: table.name,
        COLUMN_NAME: column.name,
        ORDINAL_POSITION: position,
        COLUMN_DEFAULT: defaultText(column),
        IS_NULLABLE: type.nullable ? 'YES' : 'NO',
        DATA_TYPE: type.name,
        CHARACTER_MAXIMUM_LENGTH: characters,
        CHARACTER_OCTET_LENGTH: octets,
        NUMERIC_PRECISION: precision,
        NUMERIC_SCALE: scale,
        DATETIME_PRECISION: hasFraction(type.name) ? Math.max(type.scale, 0) : null,
        CHARACTER_SET_NAME: isText ? type.charset.name : null,
        COLLATION_NAME: isText ? type.collation.name : null,
        COLUMN_TYPE: typeText(type),
        COLUMN_KEY: columnKey(table, column),
        EXTRA: extraText(column),
        PRIVILEGES: 'select,insert,update,references',
        COLUMN_COMMENT: column.comment,
        GENERATION_EXPRESSION: column.generated?.text ?? '',
        SRS_ID: null,
      };
    }
  }
}

function hasFraction(name: string): boolean {
  return name === 'datetime' || name === 'timestamp' || name === 'time';
}

/** Public indexes, the primary key first. */
function indexesOf(table: TableInfo): readonly IndexInfo[] {
  const visible = table.indexes.filter(({ state }) => state === 'public');
  return [...visible.filter(({ primary }) => primary), ...visible.filter(({ primary }) => !primary)];
}

const INDEX_TYPES = { btree: 'BTREE', hash: 'BTREE', fulltext: 'FULLTEXT', spatial: 'SPATIAL' } as const;

function* statistics(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of storedTables(context)) {
    for (const index of indexesOf(table)) {
      for (const [i, part] of index.columns.entries()) {
        const column = table.columns[part.columnOffset];
        yield {
          TABLE_CATALOG: CATALOG,
          TABLE_SCHEMA: schema,
          TABLE_NAME: table.name,
          NON_UNIQUE: index.unique || index.primary ? 0 : 1,
          INDEX_SCHEMA: schema,
          INDEX_NAME: index.name,
          SEQ_IN_INDEX: i + 1,
          COLUMN_NAME: column?.name ?? null,
          COLLATION: part.descending ? 'D' : 'A',
          CARDINALITY: 0,
          SUB_PART: part.prefixLength > 0 ? part.prefixLength : null,
          PACKED: null,
          NULLABLE: column?.type.nullable === true ? 'YES' : '',
          INDEX_TYPE: INDEX_TYPES[index.kind],
          COMMENT: '',
          INDEX_COMMENT: index.comment,
          IS_VISIBLE: index.invisible ? 'NO' : 'YES',
          EXPRESSION: null,
        };
      }
    }
  }
}

function constraintBase(schema: string, table: string, name: string): VirtualRow {
  return {
    CONSTRAINT_CATALOG: CATALOG,
    CONSTRAINT_SCHEMA: schema,
    CONSTRAINT_NAME: name,
    TABLE_CATALOG: CATALOG,
    TABLE_SCHEMA: schema,
    TABLE_NAME: table,
  };
}

function* keyColumnUsage(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of storedTables(context)) {
    for (const index of indexesOf(table)) {
      if (!index.unique && !index.primary) continue;
      for (const [i, { columnOffset }] of index.columns.entries()) {
        yield {
          ...constraintBase(schema, table.name, index.name),
          COLUMN_NAME: table.columns[columnOffset]?.name ?? null,
          ORDINAL_POSITION: i + 1,
        };
      }
    }
    for (const key of table.foreignKeys) {
      for (const [i, column] of key.columns.entries()) {
        yield {
          ...constraintBase(schema, table.name, key.name),
          COLUMN_NAME: column,
          ORDINAL_POSITION: i + 1,
          POSITION_IN_UNIQUE_CONSTRAINT: i + 1,
          REFERENCED_TABLE_SCHEMA: key.referencedDatabase,
          REFERENCED_TABLE_NAME: key.referencedTable,
          REFERENCED_COLUMN_NAME: key.referencedColumns[i] ?? null,
        };
      }
    }
  }
}

function* tableConstraints(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of storedTables(context)) {
    const row = (name: string, type: string, enforced = true): VirtualRow => ({
      CONSTRAINT_CATALOG: CATALOG,
      CONSTRAINT_SCHEMA: schema,
      CONSTRAINT_NAME: name,
      TABLE_SCHEMA: schema,
      TABLE_NAME: table.name,
      CONSTRAINT_TYPE: type,
      ENFORCED: enforced ? 'YES' : 'NO',
    });
    for (const index of indexesOf(table)) {
      if (index.primary) yield row(index.name, 'PRIMARY KEY');
      else if (index.unique) yield row(index.name, 'UNIQUE');
    }
    for (const { name } of table.foreignKeys) yield row(name, 'FOREIGN KEY');
    for (const { name, enforced } of table.checks) yield row(name, 'CHECK', enforced);
  }
}

function uniqueConstraintName(
  context: VirtualContext,
  database: string,
  name: string,
  columns: readonly string[],
): string {
  const table = context.catalog.databases.get(database)?.tables.get(name);
  const index = table?.indexes.find(
    ({ unique, primary, columns: parts }) =>
      (unique || primary) &&
      parts.length === columns.length &&
      parts.every(
        ({ columnOffset }, i) => table.columns[columnOffset]?.name.toLowerCase() === columns[i]?.toLowerCase(),
      ),
  );
  return index?.name ?? 'PRIMARY';
}

function* referentialConstraints(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of storedTables(context)) {
    for (const key of table.foreignKeys) {
      yield {
        CONSTRAINT_CATALOG: CATALOG,
        CONSTRAINT_SCHEMA: schema,
        CONSTRAINT_NAME: key.name,
        UNIQUE_CONSTRAINT_CATALOG: CATALOG,
        UNIQUE_CONSTRAINT_SCHEMA: key.referencedDatabase,
        UNIQUE_CONSTRAINT_NAME: uniqueConstraintName(
          context,
          key.referencedDatabase,
          key.referencedTable,
          key.referencedColumns,
        ),
        MATCH_OPTION: 'NONE',
        UPDATE_RULE: key.onUpdate,
        DELETE_RULE: key.onDelete,
        TABLE_NAME: table.name,
        REFERENCED_TABLE_NAME: key.referencedTable,
      };
    }
  }
}

function* checkConstraints(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of storedTables(context)) {
    for (const { name, text } of table.checks) {
      yield {
        CONSTRAINT_CATALOG: CATALOG,
        CONSTRAINT_SCHEMA: schema,
        CONSTRAINT_NAME: name,
        CHECK_CLAUSE: text.startsWith('(') ? text : `(${text})`,
      };
    }
  }
}

function* views(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of storedTables(context)) {
    const { view } = table;
    if (view === undefined) continue;
    yield {
      TABLE_CATALOG: CATALOG,
      TABLE_SCHEMA: schema,
      TABLE_NAME: table.name,
      VIEW_DEFINITION: view.select,
      CHECK_OPTION: view.checkOption,
      IS_UPDATABLE: 'NO',
      DEFINER: view.definer,
      SECURITY_TYPE: view.security,
      CHARACTER_SET_CLIENT: 'utf8mb4',
      COLLATION_CONNECTION: 'utf8mb4_0900_ai_ci',
    };
  }
}

function* partitions(context: VirtualContext): Generator<VirtualRow> {
  for (const located of storedTables(context)) {
    if (located.table.view !== undefined) continue;
    const row = tableRow(located, context);
    yield {
      ...row,
      TABLE_SCHEMA: located.schema,
      TABLE_NAME: located.table.name,
      PARTITION_COMMENT: '',
      TABLESPACE_NAME: null,
    };
  }
}

function* namesOfTables(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of storedTables(context)) {
    yield { TABLE_CATALOG: CATALOG, TABLE_SCHEMA: schema, TABLE_NAME: table.name };
  }
}

function* namesOfColumns(context: VirtualContext): Generator<VirtualRow> {
  for (const { schema, table } of storedTables(context)) {
    for (const { name } of table.columns) {
      yield { TABLE_CATALOG: CATALOG, TABLE_SCHEMA: schema, TABLE_NAME: table.name, COLUMN_NAME: name };
    }
  }
}

export const schemaRows: RowProviders = {
  schemata,
  *schemata_extensions(context) {
    for (const row of schemata(context)) {
      yield { CATALOG_NAME: CATALOG, SCHEMA_NAME: row['SCHEMA_NAME'] ?? null, OPTIONS: '' };
    }
  },
  *tables(context) {
    for (const located of allTables(context)) yield tableRow(located, context);
  },
  tables_extensions: namesOfTables,
  columns,
  columns_extensions: namesOfColumns,
  statistics,
  key_column_usage: keyColumnUsage,
  table_constraints: tableConstraints,
  referential_constraints: referentialConstraints,
  check_constraints: checkConstraints,
  views,
  partitions,
};
