/**
 * Field types as tipb's, both ways. Collation numbers are negative, which says that texts compare by their collation and
 * not by their bytes. Nothing of a type is lost: the character set is the collation's.
 */

import { defined } from '../../../base/index.ts';
import type { tipb } from '../../../base/rpc/index.ts';
import {
  binaryCollation,
  defaultCollation,
  type FieldType,
  fieldTypes,
  findCharset,
  findCollation,
  type TypeClass,
  type TypeName,
} from '../../../engine/index.ts';

const NOT_NULL = 1;
const UNSIGNED = 32;
const ZEROFILL = 64;
const BINARY = 128;

interface WireName {
  readonly code: number;
  readonly class: TypeClass;
}

/** MySQL's type codes. Texts and byte strings share them; the collation tells which. */
const TYPES: Readonly<Record<TypeName, WireName>> = {
  tinyint: { code: 1, class: 'int' },
  smallint: { code: 2, class: 'int' },
  int: { code: 3, class: 'int' },
  float: { code: 4, class: 'real' },
  double: { code: 5, class: 'real' },
  null: { code: 6, class: 'null' },
  timestamp: { code: 7, class: 'datetime' },
  bigint: { code: 8, class: 'int' },
  mediumint: { code: 9, class: 'int' },
  date: { code: 10, class: 'datetime' },
  time: { code: 11, class: 'time' },
  datetime: { code: 12, class: 'datetime' },
  year: { code: 13, class: 'int' },
  varchar: { code: 15, class: 'string' },
  varbinary: { code: 15, class: 'bytes' },
  bit: { code: 16, class: 'int' },
  json: { code: 245, class: 'json' },
  decimal: { code: 246, class: 'decimal' },
  enum: { code: 247, class: 'enum' },
  set: { code: 248, class: 'set' },
  tinytext: { code: 249, class: 'string' },
  tinyblob: { code: 249, class: 'bytes' },
  mediumtext: { code: 250, class: 'string' },
  mediumblob: { code: 250, class: 'bytes' },
  longtext: { code: 251, class: 'string' },
  longblob: { code: 251, class: 'bytes' },
  text: { code: 252, class: 'string' },
  blob: { code: 252, class: 'bytes' },
  char: { code: 254, class: 'string' },
  binary: { code: 254, class: 'bytes' },
};
/** MYSQL_TYPE_VAR_STRING, as other clients may call a VARCHAR. */
const VAR_STRING = 253;
const VARCHAR = 15;

const names = new Map<string, TypeName>();
for (const [name, { code, class: typeClass }] of Object.entries(TYPES)) {
  names.set(`${code}${typeClass === 'bytes' ? 'b' : ''}`, name as TypeName);
}

export function typeCode(type: FieldType): number {
  return TYPES[type.name].code;
}

export function typeFlags(type: FieldType): number {
  let flags = 0;
  if (!type.nullable) flags |= NOT_NULL;
  if (type.unsigned) flags |= UNSIGNED;
  if (type.zerofill) flags |= ZEROFILL;
  if (type.class === 'bytes') flags |= BINARY;
  return flags;
}

export function collationToProto(type: FieldType): number {
  return -type.collation.id;
}

export function fieldTypeToProto(type: FieldType): tipb.FieldType {
  return {
    tp: typeCode(type),
    flag: typeFlags(type),
    flen: type.length,
    decimal: type.scale,
    collate: collationToProto(type),
    charset: type.charset.name,
    elems: [...type.elements],
  };
}

export interface WireType {
  readonly code: number;
  readonly flags: number;
  readonly length: number;
  readonly scale: number;
  readonly collation: number;
  readonly elements: readonly string[];
}

/** Throws AssertionError for a type code that does not exist. */
export function fieldTypeFromWire(wire: WireType): FieldType {
  const collation = findCollation(Math.abs(wire.collation)) ?? defaultCollation;
  const code = wire.code === VAR_STRING ? VARCHAR : wire.code;
  const suffix = collation.id === binaryCollation.id && names.has(`${code}b`) ? 'b' : '';
  const name = defined(names.get(`${code}${suffix}`), `type code ${wire.code} is known`);
  return {
    ...fieldTypes.bigint(),
    name,
    class: TYPES[name].class,
    unsigned: (wire.flags & UNSIGNED) !== 0,
    zerofill: (wire.flags & ZEROFILL) !== 0,
    nullable: (wire.flags & NOT_NULL) === 0,
    length: wire.length,
    scale: wire.scale,
    collation,
    charset: defined(findCharset(collation.charset), `collation ${collation.name} has a character set`),
    elements: wire.elements,
  };
}

export function fieldTypeFromProto(type: tipb.FieldType): FieldType {
  return fieldTypeFromWire({
    code: type.tp ?? 0,
    flags: type.flag ?? 0,
    length: type.flen ?? -1,
    scale: type.decimal ?? 0,
    collation: type.collate ?? -binaryCollation.id,
    elements: type.elems,
  });
}
