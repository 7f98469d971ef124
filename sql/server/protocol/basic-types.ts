/** The few types the protocol itself needs. */

import { defined } from '../../../base/index.ts';
import {
  binaryCollation,
  defaultCollation,
  type FieldType,
  findCharset,
  type TypeClass,
  type TypeName,
} from '../../../engine/index.ts';

const binaryCharset = defined(findCharset('binary'), 'binary exists');
const utf8mb4Charset = defined(findCharset('utf8mb4'), 'utf8mb4 exists');

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
    collation: isText ? defaultCollation : binaryCollation,
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
