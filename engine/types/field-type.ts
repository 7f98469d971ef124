/** The type of a column or expression: what MySQL's protocol and metadata call a field. */

import type { Charset, Collation } from '../charset/collation.ts';

/** MySQL's column types by their canonical SQL names. `null` is the type of the bare literal NULL. */
export type TypeName =
  | 'tinyint'
  | 'smallint'
  | 'mediumint'
  | 'int'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'double'
  | 'bit'
  | 'year'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'time'
  | 'char'
  | 'varchar'
  | 'tinytext'
  | 'text'
  | 'mediumtext'
  | 'longtext'
  | 'binary'
  | 'varbinary'
  | 'tinyblob'
  | 'blob'
  | 'mediumblob'
  | 'longblob'
  | 'enum'
  | 'set'
  | 'json'
  | 'null';

/**
 * The family that decides a value's representation in memory (see `datum.ts`) and which comparison, arithmetic and
 * aggregation rules apply.
 */
export type TypeClass =
  | 'int'
  | 'real'
  | 'decimal'
  | 'string'
  | 'bytes'
  | 'datetime'
  | 'time'
  | 'enum'
  | 'set'
  | 'json'
  | 'null';

export interface FieldType {
  readonly name: TypeName;
  readonly class: TypeClass;
  /** Integers, decimals and reals: true for UNSIGNED. BIT and YEAR are unsigned. */
  readonly unsigned: boolean;
  /** ZEROFILL, shown padded to `length`. */
  readonly zerofill: boolean;
  readonly nullable: boolean;
  /** Characters for strings, bytes for binary, display width or precision for numbers (MySQL's Flen); -1 unspecified. */
  readonly length: number;
  /** Fraction digits of decimals (0–30), reals (31 = unspecified) and temporal values (0–6, microseconds). */
  readonly scale: number;
  /** The character set and collation of character strings; binary for everything else. */
  readonly charset: Charset;
  readonly collation: Collation;
  /** Member texts of ENUM and SET, in declaration order; empty otherwise. */
  readonly elements: readonly string[];
}
