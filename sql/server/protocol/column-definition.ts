/**
 * Protocol::ColumnDefinition41: how a FieldType looks to a client. The encoded definitions of a columns array are kept
 * with the array (by identity) and copied into each response.
 */

import type { FieldType, TypeName } from '../../../engine/index.ts';
import type { ResultColumn } from '../session-port.ts';
import { BINARY_COLLATION_ID, ColumnFlag, WireType } from '../wire/constants.ts';
import type { PacketBuffer } from '../wire/packet-buffer.ts';

const WIRE_TYPES: Readonly<Record<TypeName, number>> = {
  tinyint: WireType.TINY,
  smallint: WireType.SHORT,
  mediumint: WireType.INT24,
  int: WireType.LONG,
  bigint: WireType.LONGLONG,
  decimal: WireType.NEWDECIMAL,
  float: WireType.FLOAT,
  double: WireType.DOUBLE,
  bit: WireType.BIT,
  year: WireType.YEAR,
  date: WireType.DATE,
  datetime: WireType.DATETIME,
  timestamp: WireType.TIMESTAMP,
  time: WireType.TIME,
  char: WireType.STRING,
  varchar: WireType.VAR_STRING,
  tinytext: WireType.BLOB,
  text: WireType.BLOB,
  mediumtext: WireType.BLOB,
  longtext: WireType.BLOB,
  binary: WireType.STRING,
  varbinary: WireType.VAR_STRING,
  tinyblob: WireType.BLOB,
  blob: WireType.BLOB,
  mediumblob: WireType.BLOB,
  longblob: WireType.BLOB,
  enum: WireType.STRING,
  set: WireType.STRING,
  json: WireType.JSON,
  null: WireType.NULL,
};

/** Display widths of the integer types, signed and unsigned, that MySQL reports where none was declared. */
const INTEGER_WIDTHS: Partial<Record<TypeName, readonly [signed: number, unsigned: number]>> = {
  tinyint: [4, 3],
  smallint: [6, 5],
  mediumint: [9, 8],
  int: [11, 10],
  bigint: [20, 20],
  year: [4, 4],
};

const BLOB_BYTES: Partial<Record<TypeName, number>> = {
  tinytext: 255,
  tinyblob: 255,
  text: 65535,
  blob: 65535,
  mediumtext: 16777215,
  mediumblob: 16777215,
  longtext: 4294967295,
  longblob: 4294967295,
  json: 4294967295,
};

const DECIMALS_UNSPECIFIED = 31;

function wireTypeOf(type: FieldType): number {
  return WIRE_TYPES[type.name];
}

/** Character strings are converted to character_set_results; everything else is binary to the protocol. */
export function isCharacterString(type: FieldType): boolean {
  return (type.class === 'string' || type.class === 'enum' || type.class === 'set') && type.charset.name !== 'binary';
}

/** The character set results are sent in; undefined where each column keeps its own (character_set_results = NULL). */
export interface ResultCharset {
  readonly name: string;
  readonly collationId: number;
  readonly maxBytes: number;
}

function temporalLength(base: number, scale: number): number {
  return scale > 0 ? base + 1 + scale : base;
}

/** MySQL's column_length: bytes for strings in the result's character set, display width for the rest. */
function columnLength(type: FieldType, maxBytes: number): number {
  const blob = BLOB_BYTES[type.name];
  if (blob !== undefined) return isCharacterString(type) ? Math.min(blob * maxBytes, 4294967295) : blob;
  const widths = INTEGER_WIDTHS[type.name];
  if (widths !== undefined) return type.length > 0 ? type.length : widths[type.unsigned ? 1 : 0];
  switch (type.name) {
    case 'float':
      return type.length > 0 ? type.length : 12;
    case 'double':
      return type.length > 0 ? type.length : 22;
    case 'decimal':
      return (type.length > 0 ? type.length : 10) + (type.scale > 0 ? 1 : 0) + (type.unsigned ? 0 : 1);
    case 'date':
      return 10;
    case 'time':
      return temporalLength(10, type.scale);
    case 'datetime':
    case 'timestamp':
      return temporalLength(19, type.scale);
    case 'enum':
      return type.elements.reduce((longest, element) => Math.max(longest, element.length), 0) * maxBytes;
    case 'set':
      return (
        Math.max(
          0,
          type.elements.reduce((sum, element) => sum + element.length + 1, -1),
        ) * maxBytes
      );
    case 'null':
      return 0;
    default:
      return Math.min(Math.max(type.length, 0) * (isCharacterString(type) ? maxBytes : 1), 4294967295);
  }
}

function columnDecimals(type: FieldType): number {
  switch (type.class) {
    case 'decimal':
    case 'datetime':
    case 'time':
      return Math.max(type.scale, 0);
    case 'real':
      return type.scale >= 0 ? Math.min(type.scale, DECIMALS_UNSPECIFIED) : DECIMALS_UNSPECIFIED;
    default:
      return 0;
  }
}

function typeFlags(type: FieldType): number {
  let flags = type.nullable ? 0 : ColumnFlag.NOT_NULL;
  if (type.unsigned) flags |= ColumnFlag.UNSIGNED;
  if (type.zerofill) flags |= ColumnFlag.ZEROFILL;
  if (type.name === 'enum') flags |= ColumnFlag.ENUM;
  if (type.name === 'set') flags |= ColumnFlag.SET;
  if (type.name === 'timestamp') flags |= ColumnFlag.TIMESTAMP;
  if (WIRE_TYPES[type.name] === WireType.BLOB || type.name === 'json') flags |= ColumnFlag.BLOB;
  const isBinary = isCharacterString(type) ? type.collation.name.endsWith('_bin') : !isNumber(type);
  if (isBinary) flags |= ColumnFlag.BINARY;
  return flags;
}

function isNumber(type: FieldType): boolean {
  return type.class === 'int' || type.class === 'real' || type.class === 'decimal';
}

/** The payload of one definition, between `begin` and `end` of the caller. */
export function writeColumnDefinition(
  out: PacketBuffer,
  column: ResultColumn,
  results: ResultCharset | undefined,
): void {
  const { type } = column;
  const text = isCharacterString(type);
  out.lenencAscii('def');
  out.lenencText(column.database);
  out.lenencText(column.table);
  out.lenencText(column.originalTable);
  out.lenencText(column.name);
  out.lenencText(column.originalName);
  out.u8(0x0c);
  out.u16(text ? (results?.collationId ?? type.collation.id) : BINARY_COLLATION_ID);
  out.u32(columnLength(type, results?.maxBytes ?? type.charset.maxBytes));
  out.u8(wireTypeOf(type));
  out.u16(column.flags | typeFlags(type));
  out.u8(columnDecimals(type));
  out.u16(0);
}
