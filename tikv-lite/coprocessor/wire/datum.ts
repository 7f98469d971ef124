/**
 * One value of a row in a reply: a flag and a payload that does not sort (TiDB's default encoding of rows and constants).
 * Integers are LEB128, texts and bytes have a length in front; the reader knows the type, the flag tells NULL.
 */

import {
  AssertionError,
  type ByteReader,
  type ByteWriter,
  decodeDouble,
  decodeInt64,
  decodeUint64Int,
  encodeDouble,
  encodeInt64,
} from '../../../base/index.ts';
import {
  DateTime,
  type Datum,
  type Decimal,
  decimalBinarySize,
  decodeDecimalBinary,
  decodeJson,
  encodeDecimalBinary,
  encodeJson,
  type FieldType,
  type Json,
} from '../../../engine/index.ts';

const NULL_FLAG = 0;
const COMPACT_BYTES_FLAG = 2;
const INT_FLAG = 3;
const UINT_FLAG = 4;
const FLOAT_FLAG = 5;
const DECIMAL_FLAG = 6;
const DURATION_FLAG = 7;
const VARINT_FLAG = 8;
const UVARINT_FLAG = 9;
const JSON_FLAG = 10;
const NANOS_PER_MICRO = 1000;

export function writeDatum(writer: ByteWriter, value: Datum, type: FieldType): void {
  if (value === null) {
    writer.u8(NULL_FLAG);
    return;
  }
  switch (type.class) {
    case 'int':
      if (type.unsigned) writer.u8(UVARINT_FLAG).uvarint(value as number | bigint);
      else writer.u8(VARINT_FLAG).varint(value as number | bigint);
      return;
    case 'enum':
    case 'set':
      writer.u8(UVARINT_FLAG).uvarint(value as number | bigint);
      return;
    case 'real':
      writer.u8(FLOAT_FLAG).binaryString(doubleBytes(value as number));
      return;
    case 'decimal':
      writer.u8(DECIMAL_FLAG).binaryString(decimalBytes(value as Decimal));
      return;
    case 'string':
      writer.u8(COMPACT_BYTES_FLAG).compactBytes(Buffer.from(value as string, 'utf8'));
      return;
    case 'bytes':
      writer.u8(COMPACT_BYTES_FLAG).compactBytes(value as Uint8Array);
      return;
    case 'datetime':
      writer.u8(UVARINT_FLAG).uvarint((value as DateTime).toPacked());
      return;
    case 'time':
      writer.u8(DURATION_FLAG).binaryString(encodeInt64(BigInt(value as number) * BigInt(NANOS_PER_MICRO)));
      return;
    case 'json':
      writer.u8(JSON_FLAG).compactBytes(encodeJson(value as Json));
      return;
    default:
      throw new AssertionError(`a value of type ${type.name} in a reply`);
  }
}

/** Like a double in a key, but for the negative zero, which keys hold for zero. */
export function doubleBytes(value: number): string {
  return Object.is(value, -0) ? `\x7f${'\xff'.repeat(7)}` : encodeDouble(value);
}

/** Precision, scale and digits, just wide enough for the value. */
export function decimalBytes(value: Decimal): string {
  const { scale } = value;
  const precision = Math.max(1, value.integerDigits) + scale;
  return String.fromCharCode(precision, scale) + encodeDecimalBinary(value, precision, scale);
}

export function decimalFromBytes(bytes: string): Decimal {
  const precision = bytes.charCodeAt(0);
  const scale = bytes.charCodeAt(1);
  return decodeDecimalBinary((at) => bytes.charCodeAt(at), 2, precision, scale);
}

export function readDatum(reader: ByteReader, type: FieldType): Datum {
  const flag = reader.u8();
  switch (flag) {
    case NULL_FLAG:
      return null;
    case VARINT_FLAG:
      return reader.varint();
    case UVARINT_FLAG:
      return unsigned(reader.uvarint(), type);
    case INT_FLAG:
      return decodeInt64(reader.binaryString(8));
    case UINT_FLAG:
      return unsigned(decodeUint64Int(reader.binaryString(8)), type);
    case FLOAT_FLAG:
      return decodeDouble(reader.binaryString(8));
    case DURATION_FLAG:
      return Number(BigInt(decodeInt64(reader.binaryString(8))) / BigInt(NANOS_PER_MICRO));
    case COMPACT_BYTES_FLAG: {
      const bytes = reader.compactBytes();
      return type.class === 'bytes' ? new Uint8Array(bytes) : bytes.toString('utf8');
    }
    case DECIMAL_FLAG: {
      const [precision, scale] = [reader.u8(), reader.u8()];
      const digits = reader.binaryString(decimalBinarySize(precision, scale));
      return decodeDecimalBinary((at) => digits.charCodeAt(at), 0, precision, scale);
    }
    case JSON_FLAG:
      return decodeJson(new Uint8Array(reader.compactBytes()));
    default:
      throw new AssertionError(`unknown flag ${flag} of a value`);
  }
}

function unsigned(value: number | bigint, type: FieldType): Datum {
  return type.class === 'datetime' ? dateTimeOf(BigInt(value)) : value;
}

export function dateTimeOf(packed: bigint): DateTime {
  return DateTime.fromPacked(Number(packed >> 32n), Number(packed & 0xffff_ffffn));
}
