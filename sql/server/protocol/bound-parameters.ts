/**
 * Parameters of COM_STMT_EXECUTE: a NULL bitmap, types (sent with the first execution and whenever they change), values.
 * A parameter that came through COM_STMT_SEND_LONG_DATA takes no space among the values.
 */

import {
  type Charset,
  canonicalInt,
  DateTime,
  type Datum,
  Decimal,
  type FieldType,
  fieldTypes,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from '../../../engine/index.ts';
import type { BoundParameter } from '../session-port.ts';
import { WireType } from '../wire/constants.ts';
import { MalformedPacketError, type PayloadReader } from '../wire/payload-reader.ts';

const UNSIGNED = 0x8000;

/** One parameter type as sent: code and flags. */
export interface ParameterType {
  readonly code: number;
  readonly unsigned: boolean;
}

export interface ParameterSet {
  readonly types: readonly ParameterType[];
  readonly values: readonly BoundParameter[];
}

const NO_TYPES: readonly ParameterType[] = [];
const NO_PARAMETERS: ParameterSet = { types: NO_TYPES, values: [] };
const NULL_PARAMETER: BoundParameter = { value: null, type: fieldTypes.null() };

const BIGINT = fieldTypes.bigint();
const UNSIGNED_BIGINT = fieldTypes.bigint({ unsigned: true });
const DOUBLE = fieldTypes.double();
const FLOAT = fieldTypes.float();
const DATE = fieldTypes.date();
const DATETIME = fieldTypes.datetime(6);
const TIME = fieldTypes.time(6);
const BINARY = fieldTypes.longblob();

/**
 * `types` are those of the last execution, `charset` the client's. Throws MalformedPacketError; also when values come
 * before any types did.
 */
export function readParameters(
  reader: PayloadReader,
  count: number,
  types: readonly ParameterType[] | undefined,
  longData: ReadonlyMap<number, readonly Buffer[]> | undefined,
  charset: Charset,
): ParameterSet {
  if (count === 0) return NO_PARAMETERS;
  const nulls = reader.bytes((count + 7) >> 3);
  const newTypes = reader.u8() === 1;
  const bound = newTypes ? readTypes(reader, count) : types;
  if (bound === undefined) throw new MalformedPacketError('values of unknown types');
  const values: BoundParameter[] = [];
  for (let i = 0; i < count; i++) {
    const { code, unsigned } = bound[i] as ParameterType;
    const long = longData?.get(i);
    if (long !== undefined) values.push(longValue(Buffer.concat(long), code, charset));
    else if (((nulls[i >> 3] as number) & (1 << (i & 7))) !== 0) values.push(NULL_PARAMETER);
    else values.push(readValue(reader, code, unsigned, charset));
  }
  return { types: bound, values };
}

function readTypes(reader: PayloadReader, count: number): readonly ParameterType[] {
  const types: ParameterType[] = [];
  for (let i = 0; i < count; i++) {
    const word = reader.u16();
    types.push({ code: word & 0xff, unsigned: (word & UNSIGNED) !== 0 });
  }
  return types;
}

function readValue(reader: PayloadReader, code: number, unsigned: boolean, charset: Charset): BoundParameter {
  switch (code) {
    case WireType.TINY:
      return integer(unsigned ? reader.u8() : reader.i8(), unsigned);
    case WireType.SHORT:
    case WireType.YEAR:
      return integer(unsigned ? reader.u16() : reader.i16(), unsigned);
    case WireType.LONG:
    case WireType.INT24:
      return integer(unsigned ? reader.u32() : reader.i32(), unsigned);
    case WireType.LONGLONG:
      return integer(canonicalInt(unsigned ? reader.u64() : reader.i64()), unsigned);
    case WireType.FLOAT:
      return { value: finite(reader.float()), type: FLOAT };
    case WireType.DOUBLE:
      return { value: finite(reader.double()), type: DOUBLE };
    case WireType.DATE:
      return { value: readDateTime(reader), type: DATE };
    case WireType.DATETIME:
    case WireType.TIMESTAMP:
      return { value: readDateTime(reader), type: DATETIME };
    case WireType.TIME:
      return { value: readTime(reader), type: TIME };
    case WireType.NULL:
      return NULL_PARAMETER;
    case WireType.DECIMAL:
    case WireType.NEWDECIMAL:
      return decimal(reader.lenencBytes());
    default:
      return longValue(reader.lenencBytes(), code, charset);
  }
}

function integer(value: number | bigint, unsigned: boolean): BoundParameter {
  return { value, type: unsigned ? UNSIGNED_BIGINT : BIGINT };
}

/** NaN and infinities have no SQL value; MySQL reads them as 0. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function decimal(bytes: Buffer): BoundParameter {
  const value = Decimal.parse(bytes.toString('latin1')) ?? Decimal.zero;
  return { value, type: fieldTypes.decimal(Math.max(value.integerDigits + value.scale, 1), value.scale) };
}

function isBlob(code: number): boolean {
  return code >= WireType.TINY_BLOB && code <= WireType.BLOB;
}

/** Text in the client's character set; bytes where they were sent as a BLOB or are no text of that set. */
function longValue(bytes: Buffer, code: number, charset: Charset): BoundParameter {
  const text = isBlob(code) ? undefined : charset.decode(bytes);
  if (text === undefined) return { value: new Uint8Array(bytes), type: BINARY };
  return { value: text, type: textType(text.length) };
}

/** String types by length, one object per power of two: plans are cached by parameter types. */
const textTypes: FieldType[] = [];

function textType(length: number): FieldType {
  const size = length === 0 ? 0 : 32 - Math.clz32(length - 1 || 1);
  return (textTypes[size] ??= fieldTypes.varchar(2 ** size));
}

function readDateTime(reader: PayloadReader): Datum {
  const length = reader.u8();
  if (length === 0) return DateTime.zero;
  if (length !== 4 && length !== 7 && length !== 11) throw new MalformedPacketError(`date of ${length} bytes`);
  const year = reader.u16();
  const month = reader.u8();
  const day = reader.u8();
  const hour = length > 4 ? reader.u8() : 0;
  const minute = length > 4 ? reader.u8() : 0;
  const second = length > 4 ? reader.u8() : 0;
  const micros = length > 7 ? reader.u32() : 0;
  const inRange =
    year <= 9999 && month <= 12 && day <= 31 && hour < 24 && minute < 60 && second < 60 && micros < MICROS_PER_SECOND;
  return inRange ? DateTime.of(year, month, day, hour, minute, second, micros) : DateTime.zero;
}

function readTime(reader: PayloadReader): Datum {
  const length = reader.u8();
  if (length === 0) return 0;
  if (length !== 8 && length !== 12) throw new MalformedPacketError(`time of ${length} bytes`);
  const negative = reader.u8() !== 0;
  const micros =
    reader.u32() * MICROS_PER_DAY +
    reader.u8() * MICROS_PER_HOUR +
    reader.u8() * MICROS_PER_MINUTE +
    reader.u8() * MICROS_PER_SECOND +
    (length > 8 ? reader.u32() : 0);
  return negative ? -micros : micros;
}
