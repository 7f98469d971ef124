/** Declared types to field types: default lengths, character sets, and MySQL's limits on both. */

import {
  type Collation,
  type FieldType,
  fieldTypes,
  findCharset,
  findCollation,
  sqlErrors,
} from '../../engine/index.ts';
import type { DataType } from '../parser/ast.ts';

/** The character set that a column takes when it names none. */
export interface CharsetDefaults {
  readonly collation: Collation;
}

const MAX_CHAR = 255;
const MAX_VARCHAR_BYTES = 65_535;

/** `nullable` is true; NOT NULL is an option of the column. */
export function columnType(column: string, type: DataType, defaults: CharsetDefaults): FieldType {
  const numbers = {
    unsigned: type.unsigned,
    zerofill: type.zerofill,
    ...(type.length === undefined ? {} : { length: type.length }),
  };
  switch (type.name) {
    case 'tinyint':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'bigint':
      if ((type.length ?? 0) > 255) throw sqlErrors.tooBigDisplayWidth(column, 255);
      return fieldTypes[type.name](numbers);
    case 'decimal':
      return decimalType(column, type);
    case 'float':
    case 'double':
      return realType(column, type);
    case 'bit':
      if ((type.length ?? 1) > 64) throw sqlErrors.tooBigDisplayWidth(column, 64);
      return fieldTypes.bit(type.length ?? 1);
    case 'year':
      return fieldTypes.year();
    case 'date':
      return fieldTypes.date();
    case 'json':
      return fieldTypes.json();
    case 'datetime':
    case 'timestamp':
    case 'time': {
      const digits = type.length ?? 0;
      if (digits > 6) throw sqlErrors.tooBigPrecision(digits, column, 6);
      return fieldTypes[type.name](digits);
    }
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
    case 'enum':
    case 'set':
      return textType(column, type, resolveCollation(type, defaults));
    case 'binary':
      if ((type.length ?? 1) > MAX_CHAR) throw sqlErrors.tooBigFieldLength(column, MAX_CHAR);
      return fieldTypes.binary(type.length ?? 1);
    case 'varbinary':
      if ((type.length ?? 0) > MAX_VARCHAR_BYTES) throw sqlErrors.tooBigFieldLength(column, MAX_VARCHAR_BYTES);
      return fieldTypes.varbinary(type.length ?? 1);
    case 'tinyblob':
    case 'mediumblob':
    case 'longblob':
      return fieldTypes[type.name]();
    case 'blob':
      return type.length === undefined ? fieldTypes.blob() : sizedBlob(type.length);
    default:
      // Spatial and vector values are kept as their bytes: they can be stored and read back, not computed with.
      return fieldTypes.longblob();
  }
}

/** BLOB(n): the smallest member of the family that holds n bytes. */
function sizedBlob(bytes: number): FieldType {
  if (bytes <= 255) return fieldTypes.tinyblob();
  if (bytes <= 65_535) return fieldTypes.blob();
  return bytes <= 16_777_215 ? fieldTypes.mediumblob() : fieldTypes.longblob();
}

function sizedText(characters: number, collation: Collation): FieldType {
  const bytes = characters * (findCharset(collation.charset)?.maxBytes ?? 1);
  if (bytes <= 255) return fieldTypes.tinytext(collation);
  if (bytes <= 65_535) return fieldTypes.text(collation);
  return bytes <= 16_777_215 ? fieldTypes.mediumtext(collation) : fieldTypes.longtext(collation);
}

function decimalType(column: string, type: DataType): FieldType {
  const precision = type.length === 0 ? 10 : (type.length ?? 10);
  const scale = type.scale ?? 0;
  if (scale > 30) throw sqlErrors.tooBigScale(scale, column, 30);
  if (precision > 65) throw sqlErrors.tooBigPrecision(precision, column, 65);
  if (scale > precision) throw sqlErrors.mBiggerThanD(column);
  return fieldTypes.decimal(precision, scale, { unsigned: type.unsigned, zerofill: type.zerofill });
}

function realType(column: string, type: DataType): FieldType {
  const numbers = { unsigned: type.unsigned, zerofill: type.zerofill };
  if (type.scale !== undefined && type.length !== undefined) {
    if (type.scale > type.length) throw sqlErrors.mBiggerThanD(column);
    const sized = { ...numbers, length: type.length, scale: type.scale };
    return type.name === 'float' ? fieldTypes.float(sized) : fieldTypes.double(sized);
  }
  // FLOAT(p): 25 and more bits of precision are a DOUBLE.
  const isDouble = type.name === 'double' || (type.length ?? 0) > 24;
  return isDouble ? fieldTypes.double(numbers) : fieldTypes.float(numbers);
}

function textType(column: string, type: DataType, collation: Collation): FieldType {
  switch (type.name) {
    case 'char':
      if ((type.length ?? 1) > MAX_CHAR) throw sqlErrors.tooBigFieldLength(column, MAX_CHAR);
      return fieldTypes.char(type.length ?? 1, collation);
    case 'varchar': {
      const max = Math.floor(MAX_VARCHAR_BYTES / (findCharset(collation.charset)?.maxBytes ?? 1));
      if ((type.length ?? 0) > max) throw sqlErrors.tooBigFieldLength(column, max);
      return fieldTypes.varchar(type.length ?? 1, collation);
    }
    case 'tinytext':
    case 'mediumtext':
    case 'longtext':
      return fieldTypes[type.name](collation);
    case 'text':
      return type.length === undefined ? fieldTypes.text(collation) : sizedText(type.length, collation);
    default:
      return memberType(column, type, collation);
  }
}

function memberType(column: string, type: DataType, collation: Collation): FieldType {
  const elements = type.elements.map((element) => element.replace(/ +$/, ''));
  elements.forEach((element, i) => {
    if (elements.slice(0, i).some((other) => collation.compare(other, element) === 0)) {
      throw sqlErrors.duplicatedValueInType(column, element, type.name.toUpperCase());
    }
  });
  return type.name === 'enum' ? fieldTypes.enum(elements, collation) : fieldTypes.set(elements, collation);
}

function resolveCollation(type: DataType, defaults: CharsetDefaults): Collation {
  if (type.collation !== undefined) return checkedCollation(type.collation, type.charset);
  const charset = type.charset ?? (type.binaryCollation ? defaults.collation.charset : undefined);
  if (charset === undefined) return defaults.collation;
  return collationForCharset(charset, type.binaryCollation);
}

/** The collation of that name, which must belong to `charset` when one is given. */
export function checkedCollation(name: string, charset: string | undefined): Collation {
  const collation = findCollation(name);
  if (collation === undefined) throw sqlErrors.unknownCollation(name);
  if (charset !== undefined && collation.charset !== normalCharset(charset)) {
    throw sqlErrors.collationCharsetMismatch(name, charset);
  }
  return collation;
}

function normalCharset(name: string): string {
  return findCharset(name)?.name ?? name;
}

export function collationForCharset(name: string, binary = false): Collation {
  const charset = findCharset(name);
  if (charset === undefined) throw sqlErrors.unknownCharacterSet(name);
  const collation = findCollation(binary ? `${charset.name}_bin` : charset.defaultCollation);
  if (collation === undefined) throw sqlErrors.unknownCharacterSet(name);
  return collation;
}
