/**
 * Virtual tables as text: a line with the table's name, then one indented line per column,
 *
 *     name type[!][~c]
 *
 * `!` is NOT NULL; `c` names the collation of a character column: b utf8mb3_bin, n utf8mb4_0900_ai_ci, 4 utf8mb4_bin,
 * 0 utf8mb4_0900_bin, g utf8mb4_general_ci, a ascii_general_ci, A ascii_bin, l latin1_swedish_ci, none
 * utf8mb3_general_ci.
 */

import { type DatabaseId, defined, type TableId } from '../../base/index.ts';
import {
  type Collation,
  type ColumnInfo,
  type FieldType,
  fieldTypes,
  findCollation,
  plainColumn,
  plainTable,
  type TableInfo,
} from '../../engine/index.ts';

const COLLATIONS: Readonly<Record<string, string>> = {
  '': 'utf8mb3_general_ci',
  b: 'utf8mb3_bin',
  n: 'utf8mb4_0900_ai_ci',
  '4': 'utf8mb4_bin',
  '0': 'utf8mb4_0900_bin',
  g: 'utf8mb4_general_ci',
  a: 'ascii_general_ci',
  A: 'ascii_bin',
  l: 'latin1_swedish_ci',
};

/** Ids of virtual tables lie above all that the store hands out. */
const FIRST_VIRTUAL_ID = 2 ** 48;

const COLUMN = /^ {2}(\S+) (.+?)(!?)(?:~(.))?$/;
const TYPE = /^(\w+)(?:\((.*)\))?( unsigned)?$/;

function parseElements(list: string): readonly string[] {
  return [...list.matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'"));
}

/** A type as `information_schema.COLUMNS.COLUMN_TYPE` writes it. */
function parseType(text: string, collation: Collation): FieldType {
  const [, name = '', list = '', unsigned] = defined(TYPE.exec(text), `type ${text}`);
  const options = unsigned === undefined ? {} : { unsigned: true };
  const [length = '0', scale = '0'] = list.split(',');
  switch (name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return fieldTypes[name]({ ...options, ...(list === '' ? {} : { length: Number(length) }) });
    case 'decimal':
      return fieldTypes.decimal(Number(length), Number(scale), options);
    case 'float':
    case 'double':
    case 'date':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
    case 'json':
      return fieldTypes[name]();
    case 'datetime':
    case 'timestamp':
    case 'time':
      return fieldTypes[name](Number(length));
    case 'char':
    case 'varchar':
      return fieldTypes[name](Number(length), collation);
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return fieldTypes[name](collation);
    case 'binary':
    case 'varbinary':
      return fieldTypes[name](Number(length));
    case 'enum':
    case 'set':
      return fieldTypes[name](parseElements(list), collation);
    default:
      throw new Error(`type ${text}`);
  }
}

function parseColumn(line: string, offset: number): ColumnInfo {
  const [, name = '', type = '', notNull = '', collation = ''] = defined(COLUMN.exec(line), `column line ${line}`);
  const chosen = defined(findCollation(COLLATIONS[collation] ?? ''), `collation ${collation}`);
  const parsed = parseType(type, chosen);
  return plainColumn(offset, name, notNull === '' ? parsed : { ...parsed, nullable: false });
}

/** The tables of one virtual schema, in the order of the lines. `schemaNumber` keeps the ids of schemas apart. */
export function parseTableLines(lines: string, schemaNumber: number): readonly TableInfo[] {
  const tables: { readonly name: string; readonly columns: ColumnInfo[] }[] = [];
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    if (!line.startsWith(' ')) tables.push({ name: line, columns: [] });
    else {
      const columns = defined(tables.at(-1), 'a table line comes first').columns;
      columns.push(parseColumn(line, columns.length));
    }
  }
  const databaseId = (FIRST_VIRTUAL_ID + schemaNumber * 1000) as DatabaseId;
  return tables.map(({ name, columns }, i) => {
    const id = (databaseId + 1 + i) as TableId;
    return plainTable({ id, databaseId, name, charset: 'utf8mb3', collation: 'utf8mb3_general_ci', columns });
  });
}
