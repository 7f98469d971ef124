/** SHOW CREATE TABLE, VIEW and DATABASE: text that creates the object again, in MySQL 8.0's form. */

import {
  type ColumnInfo,
  type DatabaseInfo,
  type FieldType,
  type ForeignKeyInfo,
  findCharset,
  type IndexInfo,
  type TableInfo,
  textFunction,
} from '../../engine/index.ts';

export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n').replaceAll('\0', '\\0')}'`;
}

export function showCreateDatabase(info: DatabaseInfo, ifNotExists: boolean): string {
  const isDefault = findCharset(info.charset)?.defaultCollation === info.collation && info.charset !== 'utf8mb4';
  const collate = isDefault ? '' : ` COLLATE ${info.collation}`;
  const exists = ifNotExists ? '/*!32312 IF NOT EXISTS*/ ' : '';
  return `CREATE DATABASE ${exists}${quoteIdentifier(info.name)} /*!40100 DEFAULT CHARACTER SET ${info.charset}${collate} */ /*!80016 DEFAULT ENCRYPTION='N' */`;
}

/** `nextId`: the AUTO_INCREMENT value to show; 1 shows none. */
export function showCreateTable(database: string, table: TableInfo, nextId: bigint): string {
  const lines = [
    ...table.columns.filter((column) => column.state === 'public').map((column) => columnLine(table, column)),
    ...table.indexes.map((index) => indexLine(table, index)),
    ...table.foreignKeys.map((key) => foreignKeyLine(database, key)),
    ...table.checks.map(
      (check) =>
        `CONSTRAINT ${quoteIdentifier(check.name)} CHECK (${check.text})${check.enforced ? '' : ' /*!80016 NOT ENFORCED */'}`,
    ),
  ];
  const body = lines.map((line) => `  ${line}`).join(',\n');
  return `CREATE TABLE ${quoteIdentifier(table.name)} (\n${body}\n) ${tableOptions(table, nextId)}`;
}

function tableOptions(table: TableInfo, nextId: bigint): string {
  const parts = ['ENGINE=InnoDB'];
  if (nextId > 1n) parts.push(`AUTO_INCREMENT=${nextId}`);
  parts.push(`DEFAULT CHARSET=${table.charset}`);
  const isDefault = findCharset(table.charset)?.defaultCollation === table.collation;
  if (!isDefault || table.charset === 'utf8mb4') parts.push(`COLLATE=${table.collation}`);
  for (const [name, value] of Object.entries(table.options)) {
    const shown = shownOption(name, value);
    if (shown !== undefined) parts.push(shown);
  }
  if (table.comment !== '') parts.push(`COMMENT=${quoteText(table.comment)}`);
  return parts.join(' ');
}

const WORD_OPTIONS: ReadonlySet<string> = new Set([
  'row_format',
  'key_block_size',
  'stats_persistent',
  'max_rows',
  'min_rows',
  'avg_row_length',
  'checksum',
  'pack_keys',
  'delay_key_write',
  'stats_auto_recalc',
  'stats_sample_pages',
]);

function shownOption(name: string, value: string): string | undefined {
  if (!WORD_OPTIONS.has(name)) return undefined;
  return `${name.toUpperCase()}=${value.toUpperCase()}`;
}

/* ------------------------------------------------------------------ columns */

/** A column's type as SHOW CREATE TABLE and information_schema's COLUMN_TYPE write it. */
export function typeText(type: FieldType): string {
  const sign = `${type.unsigned && !type.zerofill ? ' unsigned' : ''}${type.zerofill ? ' unsigned zerofill' : ''}`;
  switch (type.name) {
    case 'tinyint':
      if (type.length === 1 && !type.unsigned) return 'tinyint(1)';
      return `tinyint${width(type)}${sign}`;
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return `${type.name}${width(type)}${sign}`;
    case 'decimal':
      return `decimal(${type.length},${type.scale})${sign}`;
    case 'float':
    case 'double':
      return `${type.name}${type.scale < 31 ? `(${type.length},${type.scale})` : ''}${sign}`;
    case 'bit':
    case 'char':
    case 'varchar':
    case 'binary':
    case 'varbinary':
      return `${type.name}(${type.length})`;
    case 'datetime':
    case 'timestamp':
    case 'time':
      return type.scale > 0 ? `${type.name}(${type.scale})` : type.name;
    case 'enum':
    case 'set':
      return `${type.name}(${type.elements.map(quoteText).join(',')})`;
    default:
      return type.name;
  }
}

function width(type: FieldType): string {
  return type.zerofill ? `(${type.length})` : '';
}

function columnLine(table: TableInfo, column: ColumnInfo): string {
  const { type } = column;
  const parts = [quoteIdentifier(column.name), typeText(type)];
  if (type.class === 'string' || type.class === 'enum' || type.class === 'set')
    parts.push(...collationParts(table, type));
  if (column.generated !== undefined) {
    const { text, stored } = column.generated;
    parts.push(`GENERATED ALWAYS AS (${text}) ${stored ? 'STORED' : 'VIRTUAL'}`);
  }
  if (!type.nullable) parts.push('NOT NULL');
  else if (type.name === 'timestamp') parts.push('NULL');
  parts.push(...defaultParts(column));
  if (column.onUpdateNow) {
    parts.push(`ON UPDATE CURRENT_TIMESTAMP${type.scale > 0 ? `(${type.scale})` : ''}`);
  }
  if (column.autoIncrement) parts.push('AUTO_INCREMENT');
  if (column.comment !== '') parts.push(`COMMENT ${quoteText(column.comment)}`);
  if (column.invisible) parts.push('/*!80023 INVISIBLE */');
  return parts.join(' ');
}

/** MySQL names a column's collation where it is not the table's, and always the character set with it. */
function collationParts(table: TableInfo, type: FieldType): string[] {
  const { name: charset, defaultCollation } = type.charset;
  const shown: string[] = [];
  if (type.collation.name !== table.collation) shown.push(`CHARACTER SET ${charset}`);
  const isNamed = type.collation.name !== defaultCollation || shown.length > 0;
  if (isNamed) shown.push(`COLLATE ${type.collation.name}`);
  return shown;
}

const NO_DEFAULT: ReadonlySet<string> = new Set([
  'tinytext',
  'text',
  'mediumtext',
  'longtext',
  'tinyblob',
  'blob',
  'mediumblob',
  'longblob',
  'json',
]);

function defaultParts(column: ColumnInfo): string[] {
  const { default: given, type } = column;
  if (column.generated !== undefined || column.autoIncrement) return [];
  if (given.kind === 'expression') return [`DEFAULT ${given.text}`];
  const isNull = given.kind === 'none' ? type.nullable : given.value === null;
  if (isNull) return NO_DEFAULT.has(type.name) ? [] : ['DEFAULT NULL'];
  if (given.kind === 'none' || given.value === null) return [];
  if (type.name === 'bit') return [`DEFAULT b'${BigInt(given.value as number | bigint).toString(2)}'`];
  const text = textFunction(type)(given.value);
  return [`DEFAULT ${quoteText(text)}`];
}

/* ------------------------------------------------------------------ keys */

function indexLine(table: TableInfo, index: IndexInfo): string {
  const columns = index.columns.map((part) => {
    const name = quoteIdentifier(table.columns[part.columnOffset]?.name ?? '');
    return `${name}${part.prefixLength >= 0 ? `(${part.prefixLength})` : ''}${part.descending ? ' DESC' : ''}`;
  });
  const list = `(${columns.join(',')})`;
  const comment = index.comment === '' ? '' : ` COMMENT ${quoteText(index.comment)}`;
  const invisible = index.invisible ? ' /*!80000 INVISIBLE */' : '';
  if (index.primary) return `PRIMARY KEY ${list}${comment}`;
  const kind = index.unique
    ? 'UNIQUE KEY'
    : index.kind === 'fulltext'
      ? 'FULLTEXT KEY'
      : index.kind === 'spatial'
        ? 'SPATIAL KEY'
        : 'KEY';
  return `${kind} ${quoteIdentifier(index.name)} ${list}${comment}${invisible}`;
}

function foreignKeyLine(database: string, key: ForeignKeyInfo): string {
  const list = (names: readonly string[]): string => names.map(quoteIdentifier).join(', ');
  const qualifier = key.referencedDatabase === database ? '' : `${quoteIdentifier(key.referencedDatabase)}.`;
  const onDelete = key.onDelete === 'NO ACTION' ? '' : ` ON DELETE ${key.onDelete}`;
  const onUpdate = key.onUpdate === 'NO ACTION' ? '' : ` ON UPDATE ${key.onUpdate}`;
  return `CONSTRAINT ${quoteIdentifier(key.name)} FOREIGN KEY (${list(key.columns)}) REFERENCES ${qualifier}${quoteIdentifier(key.referencedTable)} (${list(key.referencedColumns)})${onDelete}${onUpdate}`;
}

/* ------------------------------------------------------------------ views */

export function showCreateView(table: TableInfo): string {
  const { view } = table;
  if (view === undefined) return '';
  const [user = '', host = ''] = view.definer.split('@');
  const check = view.checkOption === 'NONE' ? '' : ` WITH ${view.checkOption} CHECK OPTION`;
  const columns = view.columns.map(quoteIdentifier).join(',');
  return `CREATE ALGORITHM=${view.algorithm} DEFINER=${quoteIdentifier(user)}@${quoteIdentifier(host)} SQL SECURITY ${view.security} VIEW ${quoteIdentifier(table.name)} (${columns}) AS ${view.select}${check}`;
}
