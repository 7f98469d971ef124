/** Constructors of FieldType, one per SQL type, with MySQL's default lengths. */

import { findCharset } from '../charset/charset.ts';
import type { Charset, Collation } from '../charset/collation.ts';
import { binaryCollation, defaultCollation } from '../charset/collations.ts';
import type { FieldType, TypeClass, TypeName } from './field-type.ts';

/** Fraction digits of a real without (M,D). */
export const UNSPECIFIED_SCALE = 31;

function charsetOf(collation: Collation): Charset {
  const charset = findCharset(collation.charset);
  if (charset === undefined) throw new Error(`collation ${collation.name} has no character set`);
  return charset;
}

const binaryCharset = charsetOf(binaryCollation);

const plain: Omit<FieldType, 'name' | 'class'> = {
  unsigned: false,
  zerofill: false,
  nullable: true,
  length: -1,
  scale: 0,
  charset: binaryCharset,
  collation: binaryCollation,
  elements: [],
};

function make(name: TypeName, typeClass: TypeClass, parts: Partial<FieldType> = {}): FieldType {
  return { ...plain, ...parts, name, class: typeClass };
}

export interface NumberOptions {
  readonly unsigned?: boolean;
  readonly zerofill?: boolean;
  /** Display width. */
  readonly length?: number;
}

/** Display widths of signed and unsigned integers. */
const INTEGER_WIDTHS = {
  tinyint: [4, 3],
  smallint: [6, 5],
  mediumint: [9, 8],
  int: [11, 10],
  bigint: [20, 20],
} as const;

export type IntegerName = keyof typeof INTEGER_WIDTHS;

/** Bytes of each integer type. */
export const INTEGER_BYTES: Readonly<Record<IntegerName, number>> = {
  tinyint: 1,
  smallint: 2,
  mediumint: 3,
  int: 4,
  bigint: 8,
};

function integer(name: IntegerName, options: NumberOptions = {}): FieldType {
  const unsigned = options.unsigned === true || options.zerofill === true;
  return make(name, 'int', {
    unsigned,
    zerofill: options.zerofill === true,
    length: options.length ?? INTEGER_WIDTHS[name][unsigned ? 1 : 0],
  });
}

function text(name: TypeName, length: number, collation: Collation): FieldType {
  if (collation.charset === 'binary') return bytes(binaryTwin(name), length);
  return make(name, 'string', { length, collation, charset: charsetOf(collation) });
}

function binaryTwin(name: TypeName): TypeName {
  switch (name) {
    case 'char':
      return 'binary';
    case 'varchar':
      return 'varbinary';
    case 'tinytext':
      return 'tinyblob';
    case 'mediumtext':
      return 'mediumblob';
    case 'longtext':
      return 'longblob';
    default:
      return 'blob';
  }
}

function bytes(name: TypeName, length: number): FieldType {
  return make(name, 'bytes', { length });
}

function temporal(name: TypeName, typeClass: TypeClass, width: number, fsp: number): FieldType {
  return make(name, typeClass, { length: fsp > 0 ? width + 1 + fsp : width, scale: fsp });
}

/** Bytes of the TEXT and BLOB family. */
export const TEXT_BYTES = { tiny: 255, plain: 65_535, medium: 16_777_215, long: 4_294_967_295 } as const;

/** Characters of a TEXT type that holds `maxBytes`. */
function textLength(maxBytes: number, collation: Collation): number {
  return Math.floor(maxBytes / charsetOf(collation).maxBytes);
}

export const fieldTypes = {
  tinyint: (options?: NumberOptions) => integer('tinyint', options),
  smallint: (options?: NumberOptions) => integer('smallint', options),
  mediumint: (options?: NumberOptions) => integer('mediumint', options),
  int: (options?: NumberOptions) => integer('int', options),
  bigint: (options?: NumberOptions) => integer('bigint', options),
  /** BOOLEAN and the results of comparisons. */
  boolean: () => integer('tinyint', { length: 1 }),
  decimal: (precision = 10, scale = 0, options: NumberOptions = {}) =>
    make('decimal', 'decimal', {
      length: precision,
      scale,
      unsigned: options.unsigned === true || options.zerofill === true,
      zerofill: options.zerofill === true,
    }),
  float: (options: NumberOptions & { readonly scale?: number } = {}) => real('float', 12, options),
  double: (options: NumberOptions & { readonly scale?: number } = {}) => real('double', 22, options),
  /** BIT(n): an unsigned integer of n bits. */
  bit: (bits = 1) => make('bit', 'int', { unsigned: true, length: bits }),
  year: () => make('year', 'int', { unsigned: true, zerofill: true, length: 4 }),
  date: () => temporal('date', 'datetime', 10, 0),
  datetime: (fsp = 0) => temporal('datetime', 'datetime', 19, fsp),
  timestamp: (fsp = 0) => temporal('timestamp', 'datetime', 19, fsp),
  time: (fsp = 0) => temporal('time', 'time', 10, fsp),
  /** Lengths are characters. A binary collation makes the binary twin of the type. */
  char: (length = 1, collation = defaultCollation) => text('char', length, collation),
  varchar: (length: number, collation = defaultCollation) => text('varchar', length, collation),
  tinytext: (collation = defaultCollation) => text('tinytext', textLength(TEXT_BYTES.tiny, collation), collation),
  text: (collation = defaultCollation) => text('text', textLength(TEXT_BYTES.plain, collation), collation),
  mediumtext: (collation = defaultCollation) => text('mediumtext', textLength(TEXT_BYTES.medium, collation), collation),
  longtext: (collation = defaultCollation) => text('longtext', textLength(TEXT_BYTES.long, collation), collation),
  /** Lengths are bytes. */
  binary: (length = 1) => bytes('binary', length),
  varbinary: (length: number) => bytes('varbinary', length),
  tinyblob: () => bytes('tinyblob', TEXT_BYTES.tiny),
  blob: () => bytes('blob', TEXT_BYTES.plain),
  mediumblob: () => bytes('mediumblob', TEXT_BYTES.medium),
  longblob: () => bytes('longblob', TEXT_BYTES.long),
  enum: (elements: readonly string[], collation = defaultCollation) =>
    make('enum', 'enum', {
      elements,
      collation,
      charset: charsetOf(collation),
      length: Math.max(0, ...elements.map((element) => characterCount(element))),
    }),
  set: (elements: readonly string[], collation = defaultCollation) =>
    make('set', 'set', {
      elements,
      collation,
      charset: charsetOf(collation),
      length: elements.reduce((sum, element) => sum + characterCount(element), Math.max(0, elements.length - 1)),
    }),
  json: () => make('json', 'json', { length: TEXT_BYTES.long }),
  /** The bare literal NULL. */
  null: () => make('null', 'null', { length: 0 }),
} as const;

function real(
  name: 'float' | 'double',
  width: number,
  options: NumberOptions & { readonly scale?: number },
): FieldType {
  return make(name, 'real', {
    length: options.length ?? width,
    scale: options.scale ?? UNSPECIFIED_SCALE,
    unsigned: options.unsigned === true || options.zerofill === true,
    zerofill: options.zerofill === true,
  });
}

export function notNull(type: FieldType): FieldType {
  return type.nullable ? { ...type, nullable: false } : type;
}

export function asNullable(type: FieldType): FieldType {
  return type.nullable ? type : { ...type, nullable: true };
}

/** Characters as MySQL counts them: code points. */
export function characterCount(value: string): number {
  let count = value.length;
  for (let i = 0; i < value.length - 1; i++) {
    const code = value.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdbff) count--;
  }
  return count;
}
