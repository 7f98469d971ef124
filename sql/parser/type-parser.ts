/** The layer of data types: column types and the target types of CAST. */

import type { CastType, CastTypeName, DataType, DataTypeName, SpatialTypeName } from './ast.ts';
import { isCharacterSetName } from './charset-names.ts';
import { LiteralParser } from './literal-parser.ts';
import { unquoteString } from './literal-text.ts';
import { decodeSource } from './source.ts';
import { unknownCharacterSet } from './syntax-error.ts';
import { TOKEN } from './tokens.ts';

const INTEGER_TYPES = new Map<string, DataTypeName>([
  ['TINYINT', 'tinyint'],
  ['INT1', 'tinyint'],
  ['SMALLINT', 'smallint'],
  ['INT2', 'smallint'],
  ['MEDIUMINT', 'mediumint'],
  ['MIDDLEINT', 'mediumint'],
  ['INT3', 'mediumint'],
  ['INT', 'int'],
  ['INTEGER', 'int'],
  ['INT4', 'int'],
  ['BIGINT', 'bigint'],
  ['INT8', 'bigint'],
]);

const REAL_TYPES = new Map<string, DataTypeName>([
  ['DECIMAL', 'decimal'],
  ['DEC', 'decimal'],
  ['NUMERIC', 'decimal'],
  ['FIXED', 'decimal'],
  ['FLOAT', 'float'],
  ['FLOAT4', 'float'],
  ['DOUBLE', 'double'],
  ['FLOAT8', 'double'],
  ['REAL', 'double'],
]);

/** Types with an optional length and nothing else. */
const LENGTH_TYPES = new Map<string, DataTypeName>([
  ['BIT', 'bit'],
  ['YEAR', 'year'],
  ['DATE', 'date'],
  ['DATETIME', 'datetime'],
  ['TIMESTAMP', 'timestamp'],
  ['TIME', 'time'],
  ['BINARY', 'binary'],
  ['VARBINARY', 'varbinary'],
  ['TINYBLOB', 'tinyblob'],
  ['BLOB', 'blob'],
  ['MEDIUMBLOB', 'mediumblob'],
  ['LONGBLOB', 'longblob'],
  ['JSON', 'json'],
  ['VECTOR', 'vector'],
]);

const TEXT_TYPES = new Map<string, DataTypeName>([
  ['CHAR', 'char'],
  ['CHARACTER', 'char'],
  ['VARCHAR', 'varchar'],
  ['VARCHARACTER', 'varchar'],
  ['TINYTEXT', 'tinytext'],
  ['TEXT', 'text'],
  ['MEDIUMTEXT', 'mediumtext'],
  ['LONGTEXT', 'longtext'],
]);

const SPATIAL_TYPES = new Map<string, SpatialTypeName>([
  ['GEOMETRY', 'geometry'],
  ['POINT', 'point'],
  ['LINESTRING', 'linestring'],
  ['POLYGON', 'polygon'],
  ['MULTIPOINT', 'multipoint'],
  ['MULTILINESTRING', 'multilinestring'],
  ['MULTIPOLYGON', 'multipolygon'],
  ['GEOMETRYCOLLECTION', 'geometrycollection'],
  ['GEOMCOLLECTION', 'geometrycollection'],
]);

const CAST_TYPES = new Map<string, CastTypeName>([
  ['BINARY', 'binary'],
  ['DATE', 'date'],
  ['DATETIME', 'datetime'],
  ['TIME', 'time'],
  ['YEAR', 'year'],
  ['FLOAT', 'float'],
  ['DOUBLE', 'double'],
  ['JSON', 'json'],
  ['VECTOR', 'vector'],
]);

interface CharsetAttributes {
  readonly charset: string | undefined;
  readonly binaryCollation: boolean;
  readonly collation: string | undefined;
}

const NO_CHARSET: CharsetAttributes = { charset: undefined, binaryCollation: false, collation: undefined };

export class TypeParser extends LiteralParser {
  /** A column's type with its attributes, up to the column options. */
  protected dataType(): DataType {
    const word = this.symbol;
    const integer = INTEGER_TYPES.get(word);
    if (integer !== undefined) {
      this.index++;
      const length = this.optionalLength();
      return this.#numeric(integer, length, undefined);
    }
    const real = REAL_TYPES.get(word);
    if (real !== undefined) return this.#realType(real, word);
    const sized = LENGTH_TYPES.get(word);
    if (sized !== undefined) {
      this.index++;
      const type = plainType(sized, this.optionalLength());
      return sized === 'year' ? { ...type, ...this.#signs() } : type;
    }
    const text = TEXT_TYPES.get(word);
    if (text !== undefined) return this.#textType(text);
    const spatial = SPATIAL_TYPES.get(word);
    if (spatial !== undefined) {
      this.index++;
      return plainType(spatial, undefined);
    }
    return this.#otherType();
  }

  #numeric(name: DataTypeName, length: number | undefined, scale: number | undefined): DataType {
    return { ...plainType(name, length), scale, ...this.#signs() };
  }

  #signs(): { readonly unsigned: boolean; readonly zerofill: boolean } {
    let unsigned = false;
    let zerofill = false;
    for (;;) {
      if (this.accept('UNSIGNED')) unsigned = true;
      else if (this.accept('ZEROFILL')) zerofill = true;
      else if (!this.accept('SIGNED')) break;
    }
    return { unsigned: unsigned || zerofill, zerofill };
  }

  #realType(name: DataTypeName, word: string): DataType {
    this.index++;
    if (name === 'double') this.accept('PRECISION');
    const real = word === 'REAL' && this.mode.realAsFloat ? 'float' : name;
    const { length, scale } = this.#optionalPrecision();
    const isWide = real === 'float' && scale === undefined && length !== undefined && length > 24;
    return this.#numeric(isWide ? 'double' : real, real === 'float' && scale === undefined ? undefined : length, scale);
  }

  #textType(name: DataTypeName): DataType {
    this.index++;
    const varying = name === 'char' && this.accept('VARYING');
    const length = this.optionalLength();
    return { ...plainType(varying ? 'varchar' : name, length), ...this.charsetAttributes() };
  }

  #otherType(): DataType {
    switch (this.symbol) {
      case 'BOOL':
      case 'BOOLEAN':
        this.index++;
        return plainType('tinyint', 1);
      case 'SERIAL':
        this.index++;
        return { ...plainType('bigint', undefined), unsigned: true };
      case 'NATIONAL':
      case 'NCHAR':
      case 'NVARCHAR':
        return this.#nationalType();
      case 'LONG':
        return this.#longType();
      case 'ENUM':
      case 'SET':
        return this.#enumType(this.symbol === 'ENUM' ? 'enum' : 'set');
      default:
        throw this.unexpected();
    }
  }

  /** NATIONAL CHAR, NATIONAL VARCHAR, NCHAR, NCHAR VARYING, NVARCHAR … */
  #nationalType(): DataType {
    const first = this.expectOneOf('NATIONAL', 'NCHAR', 'NVARCHAR');
    let varying = first === 'NVARCHAR';
    if (first === 'NATIONAL') {
      const second = this.expectOneOf('CHAR', 'CHARACTER', 'VARCHAR', 'VARCHARACTER');
      varying = second.startsWith('VAR');
    } else if (first === 'NCHAR' && this.acceptOneOf('VARCHAR', 'VARCHARACTER') !== undefined) varying = true;
    if (!varying) varying = this.accept('VARYING');
    const length = this.optionalLength();
    const binaryCollation = this.accept('BINARY');
    return { ...plainType(varying ? 'varchar' : 'char', length), charset: 'utf8mb3', binaryCollation };
  }

  /** LONG, LONG VARCHAR, LONG CHAR VARYING are mediumtext; LONG VARBINARY is mediumblob. */
  #longType(): DataType {
    this.expect('LONG');
    if (this.accept('VARBINARY')) return plainType('mediumblob', undefined);
    if (this.acceptOneOf('CHAR', 'CHARACTER') !== undefined) this.expect('VARYING');
    else this.acceptOneOf('VARCHAR', 'VARCHARACTER');
    return { ...plainType('mediumtext', undefined), ...this.charsetAttributes() };
  }

  #enumType(name: 'enum' | 'set'): DataType {
    this.index++;
    this.expect('(');
    const elements = this.commaList(() => this.#member());
    this.expect(')');
    return { ...plainType(name, undefined), elements, ...this.charsetAttributes() };
  }

  #member(): string {
    const literal = this.literal();
    if (literal?.kind === 'string') return literal.value;
    if (literal?.kind === 'bytes') return Buffer.from(literal.bytes).toString('utf8');
    throw this.unexpected();
  }

  /** CHARACTER SET x, CHARSET x, ASCII, UNICODE, BYTE, BINARY, COLLATE in any order. */
  protected charsetAttributes(): CharsetAttributes {
    let { charset, binaryCollation, collation } = NO_CHARSET;
    for (;;) {
      if (this.accept('ASCII')) charset = 'latin1';
      else if (this.accept('UNICODE')) charset = 'ucs2';
      else if (this.accept('BYTE')) charset = 'binary';
      else if (this.accept('BINARY')) binaryCollation = true;
      else if (this.acceptCharset()) charset = this.charsetName();
      else if (this.accept('COLLATE')) collation = this.collationName();
      else return { charset, binaryCollation, collation };
    }
  }

  protected acceptCharset(): boolean {
    return this.accept('CHARSET') || this.acceptAll('CHARACTER', 'SET') || this.acceptAll('CHAR', 'SET');
  }

  /** In lower case; 1115 for a set that does not exist. */
  protected charsetName(): string {
    if (this.accept('BINARY')) return 'binary';
    if (this.accept('ASCII')) return 'ascii';
    const name = this.identifierOrText().toLowerCase();
    if (!isCharacterSetName(name)) throw unknownCharacterSet(name);
    return name === 'utf8' ? 'utf8mb3' : name;
  }

  protected collationName(): string {
    if (this.accept('BINARY')) return 'binary';
    return this.identifierOrText().toLowerCase();
  }

  /** ( n ). */
  protected optionalLength(): number | undefined {
    if (!this.accept('(')) return undefined;
    const length = this.integer();
    this.expect(')');
    return length;
  }

  /** ( n ) or ( n , m ). */
  #optionalPrecision(): { readonly length: number | undefined; readonly scale: number | undefined } {
    if (!this.accept('(')) return { length: undefined, scale: undefined };
    const length = this.integer();
    const scale = this.accept(',') ? this.integer() : undefined;
    this.expect(')');
    return { length, scale };
  }

  protected castType(): CastType {
    const type = this.#castBase();
    return this.accept('ARRAY') ? { ...type, array: true } : type;
  }

  #castBase(): CastType {
    const word = this.symbol;
    const name = CAST_TYPES.get(word) ?? SPATIAL_TYPES.get(word);
    if (name !== undefined) {
      this.index++;
      if (name === 'double') this.accept('PRECISION');
      return plainCast(name, this.optionalLength(), undefined);
    }
    if (this.accept('REAL')) return plainCast(this.mode.realAsFloat ? 'float' : 'double', undefined, undefined);
    if (this.acceptOneOf('SIGNED', 'UNSIGNED') !== undefined) {
      this.acceptOneOf('INT', 'INTEGER');
      return plainCast(word === 'SIGNED' ? 'signed' : 'unsigned', undefined, undefined);
    }
    if (this.acceptOneOf('DECIMAL', 'DEC', 'NUMERIC') !== undefined) return this.#decimalCast();
    if (this.accept('NCHAR')) {
      return { ...plainCast('char', this.optionalLength(), undefined), charset: 'utf8mb3' };
    }
    const national = this.accept('NATIONAL');
    if (this.acceptOneOf('CHAR', 'CHARACTER') === undefined) throw this.unexpected();
    const length = this.optionalLength();
    const { charset, binaryCollation } = this.charsetAttributes();
    return { ...plainCast('char', length, undefined), charset: national ? 'utf8mb3' : charset, binaryCollation };
  }

  #decimalCast(): CastType {
    const { length, scale } = this.#optionalPrecision();
    return plainCast('decimal', length, scale);
  }

  /** A string literal's text with adjacent strings joined: JSON paths, separators. */
  protected joinedText(): string {
    if (this.type !== TOKEN.string) throw this.unexpected();
    let raw = '';
    while (this.type === TOKEN.string) {
      raw += unquoteString(this.source, this.start, this.tokens.ends[this.index]!, this.mode);
      this.index++;
    }
    return decodeSource(raw);
  }
}

function plainType(name: DataTypeName, length: number | undefined): DataType {
  return {
    name,
    length,
    scale: undefined,
    unsigned: false,
    zerofill: false,
    charset: undefined,
    collation: undefined,
    binaryCollation: false,
    elements: [],
  };
}

function plainCast(name: CastTypeName, length: number | undefined, scale: number | undefined): CastType {
  return { name, length, scale, charset: undefined, binaryCollation: false, array: false };
}
