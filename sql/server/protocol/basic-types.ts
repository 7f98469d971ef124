/** The few types and character sets the protocol itself needs. */

import type { Charset, Collation, FieldType, TypeClass, TypeName } from '../../../engine/index.ts';

const binaryCharset: Charset = {
  name: 'binary',
  defaultCollation: 'binary',
  maxBytes: 1,
  description: 'Binary pseudo charset',
  encode: (text) => Buffer.from(text, 'latin1'),
  decode: (bytes) => Buffer.from(bytes).toString('latin1'),
};

const utf8mb4Charset: Charset = {
  name: 'utf8mb4',
  defaultCollation: 'utf8mb4_0900_ai_ci',
  maxBytes: 4,
  description: 'UTF-8 Unicode',
  encode: (text) => Buffer.from(text, 'utf8'),
  decode: (bytes) => {
    const text = Buffer.from(bytes).toString('utf8');
    return text.includes('\ufffd') ? undefined : text;
  },
};

function collation(id: number, name: string, charset: string): Collation {
  return {
    id,
    name,
    charset,
    isDefault: true,
    sortLength: 1,
    padSpace: false,
    isBinary: true,
    compare: (left, right) => (left < right ? -1 : left > right ? 1 : 0),
    sortKey: (text) => text,
    equalCharacters: (left, right) => left === right,
  };
}

const binaryCollation = collation(63, 'binary', 'binary');
const utf8mb4Collation = collation(255, 'utf8mb4_0900_ai_ci', 'utf8mb4');

export function findCharset(name: string): Charset | undefined {
  if (name === 'utf8mb4' || name === 'utf8mb3') return utf8mb4Charset;
  return name === 'binary' ? binaryCharset : undefined;
}

export function findCollation(name: string): Collation | undefined {
  return name === 'binary' ? binaryCollation : utf8mb4Collation;
}

function make(name: TypeName, typeClass: TypeClass, length = -1, scale = 0, unsigned = false): FieldType {
  const isText = typeClass === 'string';
  return {
    name,
    class: typeClass,
    unsigned,
    zerofill: false,
    nullable: true,
    length,
    scale,
    charset: isText ? utf8mb4Charset : binaryCharset,
    collation: isText ? utf8mb4Collation : binaryCollation,
    elements: [],
  };
}

export const fieldTypes = {
  null: () => make('null', 'null', 0),
  bigint: (options?: { readonly unsigned: boolean }) => make('bigint', 'int', 20, 0, options?.unsigned ?? false),
  double: () => make('double', 'real', 22, 31),
  float: () => make('float', 'real', 12, 31),
  date: () => make('date', 'datetime', 10),
  datetime: (scale: number) => make('datetime', 'datetime', 19, scale),
  time: (scale: number) => make('time', 'time', 10, scale),
  longblob: () => make('longblob', 'bytes'),
  varbinary: (length: number) => make('varbinary', 'bytes', length),
  varchar: (length: number) => make('varchar', 'string', length),
  decimal: (precision: number, scale: number) => make('decimal', 'decimal', precision, scale),
} as const;
