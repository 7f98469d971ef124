/** Field types of expression results. */

import { defined } from '../../base/index.ts';
import { findCharset } from '../charset/charset.ts';
import type { Charset, Collation } from '../charset/collation.ts';
import { binaryCollation, findCollation } from '../charset/collations.ts';
import type { FieldType, TypeClass, TypeName } from '../types/field-type.ts';

export { binaryCollation };

const binaryCharset = charsetOf(binaryCollation);

export function charsetOf(collation: Collation): Charset {
  return defined(findCharset(collation.charset), `collation ${collation.name} has a character set`);
}

/** The `_bin` collation of the same character set. */
export function binaryCollationOf(collation: Collation): Collation {
  return findCollation(`${collation.charset}_bin`) ?? collation;
}

/** Scale of DOUBLE and FLOAT without declared digits. */
export const NOT_FIXED = 31;

function make(name: TypeName, typeClass: TypeClass, length: number, scale: number, unsigned: boolean): FieldType {
  return {
    name,
    class: typeClass,
    unsigned,
    zerofill: false,
    nullable: true,
    length,
    scale,
    charset: binaryCharset,
    collation: binaryCollation,
    elements: [],
  };
}

const BIGINT = make('bigint', 'int', 20, 0, false);
const BIGINT_UNSIGNED = make('bigint', 'int', 20, 0, true);
const BOOLEAN = make('bigint', 'int', 1, 0, false);
const DOUBLE = make('double', 'real', 23, NOT_FIXED, false);
const NULL = make('null', 'null', 0, 0, false);
const JSON_TYPE = make('json', 'json', 4294967295, 0, false);
const DATE = make('date', 'datetime', 10, 0, false);

export function bigintType(unsigned = false, length = 20): FieldType {
  if (length === 20) return unsigned ? BIGINT_UNSIGNED : BIGINT;
  return make('bigint', 'int', length, 0, unsigned);
}

/** BIGINT(1): what comparisons answer. */
export function booleanType(): FieldType {
  return BOOLEAN;
}

export function doubleType(scale = NOT_FIXED): FieldType {
  return scale === NOT_FIXED ? DOUBLE : make('double', 'real', 23, scale, false);
}

export function decimalType(precision: number, scale: number, unsigned = false): FieldType {
  return make('decimal', 'decimal', precision, scale, unsigned);
}

export function nullType(): FieldType {
  return NULL;
}

export function jsonType(): FieldType {
  return JSON_TYPE;
}

export function dateType(): FieldType {
  return DATE;
}

export function datetimeType(fsp: number): FieldType {
  return make('datetime', 'datetime', fsp === 0 ? 19 : 20 + fsp, fsp, false);
}

export function timeType(fsp: number): FieldType {
  return make('time', 'time', fsp === 0 ? 10 : 11 + fsp, fsp, false);
}

export function yearType(): FieldType {
  return make('year', 'int', 4, 0, true);
}

const MAX_VARCHAR_BYTES = 65_535;
const MAX_MEDIUM_BYTES = 16_777_215;
export const UNKNOWN_LENGTH = 4_294_967_295;

/** A string of up to `length` characters of the collation's character set; bytes for the binary one. */
export function stringType(length: number, collation: Collation): FieldType {
  const charset = charsetOf(collation);
  const bytes = length * charset.maxBytes;
  const binary = collation.charset === 'binary';
  const name: TypeName =
    bytes <= MAX_VARCHAR_BYTES
      ? binary
        ? 'varbinary'
        : 'varchar'
      : bytes <= MAX_MEDIUM_BYTES
        ? binary
          ? 'mediumblob'
          : 'mediumtext'
        : binary
          ? 'longblob'
          : 'longtext';
  return { ...make(name, binary ? 'bytes' : 'string', Math.min(length, UNKNOWN_LENGTH), 0, false), charset, collation };
}

export function bytesType(length: number): FieldType {
  return stringType(length, binaryCollation);
}

export function withNullable(type: FieldType, nullable: boolean): FieldType {
  return type.nullable === nullable ? type : { ...type, nullable };
}

/** Characters that a value of the type needs as text. */
export function textLength(type: FieldType): number {
  switch (type.class) {
    case 'int':
      return type.length > 0 ? type.length : 20;
    case 'decimal':
      return type.length + (type.scale > 0 ? 1 : 0) + (type.unsigned ? 0 : 1);
    case 'real':
      return 23;
    case 'datetime':
      return type.name === 'date' ? 10 : type.scale === 0 ? 19 : 20 + type.scale;
    case 'time':
      return type.scale === 0 ? 10 : 11 + type.scale;
    case 'enum':
      return type.elements.reduce((longest, element) => Math.max(longest, element.length), 0);
    case 'set':
      return type.elements.reduce((sum, element) => sum + element.length + 1, -1);
    case 'json':
      return UNKNOWN_LENGTH;
    case 'null':
      return 0;
    default:
      return type.length < 0 ? UNKNOWN_LENGTH : type.length;
  }
}
