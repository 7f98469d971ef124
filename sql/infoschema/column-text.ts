/** Columns of stored tables as information_schema describes them: sizes, default, key, extra. */

import type { ColumnInfo, Datum, FieldType, INTEGER_BYTES, TableInfo } from '../../engine/index.ts';
import {
  bitBytes,
  dateTimeText,
  decimalText,
  enumText,
  realText,
  setText,
  timeText,
} from '../server/protocol/value-text.ts';

function fraction(type: FieldType): string {
  return type.scale > 0 ? `(${type.scale})` : '';
}

const TEXT_BYTES: Partial<Record<FieldType['name'], number>> = {
  tinytext: 255,
  tinyblob: 255,
  text: 65_535,
  blob: 65_535,
  mediumtext: 16_777_215,
  mediumblob: 16_777_215,
  longtext: 4_294_967_295,
  longblob: 4_294_967_295,
};

/** CHARACTER_MAXIMUM_LENGTH and CHARACTER_OCTET_LENGTH. */
export function characterLengths(type: FieldType): readonly [number | null, number | null] {
  const bytes = TEXT_BYTES[type.name];
  if (bytes !== undefined) return [bytes, bytes];
  const lengths = type.elements.map((element) => [...element].length);
  if (type.class === 'enum') {
    const longest = Math.max(0, ...lengths);
    return [longest, longest * type.charset.maxBytes];
  }
  if (type.class === 'set') {
    const all = lengths.reduce((sum, length) => sum + length, Math.max(0, lengths.length - 1));
    return [all, all * type.charset.maxBytes];
  }
  if (type.class === 'string') return [type.length, type.length * type.charset.maxBytes];
  return type.class === 'bytes' ? [type.length, type.length] : [null, null];
}

const INTEGER_PRECISION: Readonly<Record<keyof typeof INTEGER_BYTES, readonly [number, number]>> = {
  tinyint: [3, 3],
  smallint: [5, 5],
  mediumint: [7, 7],
  int: [10, 10],
  bigint: [19, 20],
};

/** NUMERIC_PRECISION and NUMERIC_SCALE. */
export function numericPrecision(type: FieldType): readonly [number | null, number | null] {
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      return [INTEGER_PRECISION[type.name][type.unsigned ? 1 : 0], 0];
    case 'decimal':
      return [type.length, type.scale];
    case 'float':
    case 'double': {
      const isFixed = type.scale >= 0 && type.scale < 31;
      return isFixed ? [type.length, type.scale] : [type.name === 'float' ? 12 : 22, null];
    }
    case 'bit':
      return [type.length, null];
    default:
      return [null, null];
  }
}

/** The text of a value in DEFAULT clauses and in COLUMN_DEFAULT. */
function valueText(value: Datum, type: FieldType): string | null {
  if (value === null) return null;
  switch (type.class) {
    case 'datetime':
      return dateTimeText(value, type);
    case 'time':
      return timeText(value as number, Math.max(type.scale, 0));
    case 'decimal':
      return decimalText(value, type);
    case 'real':
      return realText(value as number, type);
    case 'enum':
      return enumText(value as number, type);
    case 'set':
      return setText(value as number | bigint, type);
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('latin1');
    default:
      return type.name === 'bit' ? bitText(value, type) : String(value);
  }
}

function bitText(value: NonNullable<Datum>, type: FieldType): string {
  const bits = [...bitBytes(value, type.length)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return `b'${bits.replace(/^0+(?=.)/, '')}'`;
}

/** COLUMN_DEFAULT. */
export function defaultText(column: ColumnInfo): string | null {
  if (column.default.kind === 'value') return valueText(column.default.value, column.type);
  return column.default.kind === 'expression' ? column.default.text : null;
}

/** EXTRA. */
export function extraText(column: ColumnInfo): string {
  const parts: string[] = [];
  if (column.autoIncrement) parts.push('auto_increment');
  if (column.default.kind === 'expression') parts.push('DEFAULT_GENERATED');
  if (column.onUpdateNow) parts.push(`on update CURRENT_TIMESTAMP${fraction(column.type)}`);
  if (column.generated !== undefined) parts.push(column.generated.stored ? 'STORED GENERATED' : 'VIRTUAL GENERATED');
  if (column.invisible) parts.push('INVISIBLE');
  return parts.join(' ');
}

/** COLUMN_KEY: PRI, UNI, MUL or nothing, by MySQL's rules. */
export function columnKey(table: TableInfo, column: ColumnInfo): string {
  const indexes = table.indexes.filter(({ state }) => state === 'public');
  const at = (columns: readonly { readonly columnOffset: number }[]): number =>
    columns.findIndex(({ columnOffset }) => columnOffset === column.offset);
  if (indexes.some(({ primary, columns }) => primary && at(columns) >= 0)) return 'PRI';
  const leading = indexes.filter(({ columns }) => at(columns) === 0);
  if (!column.type.nullable && isPromotedKey(table, column)) return 'PRI';
  if (leading.some(({ unique, columns }) => unique && columns.length === 1)) return 'UNI';
  return leading.length > 0 ? 'MUL' : '';
}

/** Without a primary key the first unique index over NOT NULL columns stands in for it. */
function isPromotedKey(table: TableInfo, column: ColumnInfo): boolean {
  if (table.indexes.some(({ primary }) => primary)) return false;
  const promoted = table.indexes.find(
    ({ unique, columns }) =>
      unique && columns.every(({ columnOffset }) => table.columns[columnOffset]?.type.nullable === false),
  );
  return promoted?.columns.some(({ columnOffset }) => columnOffset === column.offset) ?? false;
}
