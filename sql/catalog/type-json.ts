/** Field types in TiDB's meta: MySQL's type numbers and flags. */

import {
  binaryCollation,
  defaultCollation,
  type FieldType,
  findCharset,
  findCollation,
  type TypeClass,
  type TypeName,
} from '../../engine/index.ts';

export interface TypeJson {
  readonly Tp: number;
  readonly Flag: number;
  readonly Flen: number;
  readonly Decimal: number;
  readonly Charset: string;
  readonly Collate: string;
  readonly Elems: readonly string[] | null;
}

const NOT_NULL = 1;
const BLOB = 16;
const UNSIGNED = 32;
const ZEROFILL = 64;
const BINARY = 128;

/** MySQL's type number, and the name of the type's binary twin where the number stands for both. */
const codes: readonly (readonly [number, TypeName, TypeName | undefined, TypeClass])[] = [
  [1, 'tinyint', undefined, 'int'],
  [2, 'smallint', undefined, 'int'],
  [9, 'mediumint', undefined, 'int'],
  [3, 'int', undefined, 'int'],
  [8, 'bigint', undefined, 'int'],
  [4, 'float', undefined, 'real'],
  [5, 'double', undefined, 'real'],
  [6, 'null', undefined, 'null'],
  [7, 'timestamp', undefined, 'datetime'],
  [10, 'date', undefined, 'datetime'],
  [12, 'datetime', undefined, 'datetime'],
  [11, 'time', undefined, 'time'],
  [13, 'year', undefined, 'int'],
  [15, 'varchar', 'varbinary', 'string'],
  [16, 'bit', undefined, 'int'],
  [245, 'json', undefined, 'json'],
  [246, 'decimal', undefined, 'decimal'],
  [247, 'enum', undefined, 'enum'],
  [248, 'set', undefined, 'set'],
  [249, 'tinytext', 'tinyblob', 'string'],
  [250, 'mediumtext', 'mediumblob', 'string'],
  [251, 'longtext', 'longblob', 'string'],
  [252, 'text', 'blob', 'string'],
  [254, 'char', 'binary', 'string'],
];

export function encodeType(type: FieldType): TypeJson {
  const found = codes.find(([, name, binary]) => name === type.name || binary === type.name);
  if (found === undefined) throw new Error(`type ${type.name} has no number`);
  let flag = 0;
  if (!type.nullable) flag |= NOT_NULL;
  if (type.unsigned) flag |= UNSIGNED;
  if (type.zerofill) flag |= ZEROFILL;
  if (type.class === 'bytes') flag |= BINARY;
  if (found[0] >= 249 && found[0] <= 252) flag |= BLOB;
  return {
    Tp: found[0],
    Flag: flag,
    Flen: type.length,
    Decimal: type.scale,
    Charset: type.charset.name,
    Collate: type.collation.name,
    Elems: type.elements.length > 0 ? type.elements : null,
  };
}

export function decodeType(json: TypeJson): FieldType {
  const found = codes.find(([code]) => code === json.Tp);
  if (found === undefined) throw new Error(`type number ${json.Tp} is not known`);
  const [, text, binary, typeClass] = found;
  const isBinary = binary !== undefined && json.Charset === 'binary';
  const charset = findCharset(json.Charset) ?? findCharset('utf8mb4');
  if (charset === undefined) throw new Error(`character set ${json.Charset} is not known`);
  return {
    name: isBinary ? binary : text,
    class: isBinary ? 'bytes' : typeClass,
    unsigned: (json.Flag & UNSIGNED) !== 0,
    zerofill: (json.Flag & ZEROFILL) !== 0,
    nullable: (json.Flag & NOT_NULL) === 0,
    length: json.Flen,
    scale: json.Decimal,
    charset,
    collation: findCollation(json.Collate) ?? (json.Charset === 'binary' ? binaryCollation : defaultCollation),
    elements: json.Elems ?? [],
  };
}
