/**
 * JSON as MySQL's server stores it and its binlog carries it: a type byte and a value. Containers are
 * `count ‖ size ‖ [key entries] ‖ value entries ‖ [keys] ‖ values` with two-byte numbers, or four-byte ones when they
 * need more than 64 KiB; short scalars stand in the value entries themselves.
 */

import { ByteWriter } from '../../base/index.ts';
import { DateTime, MICROS_PER_SECOND } from '../types/date-time.ts';
import { Decimal, digitCount } from '../types/decimal.ts';
import { isJsonArray, isJsonObject, type Json, type JsonNode, type JsonTemporal } from '../types/json.ts';
import { encodeDecimalBinary } from './decimal-binary.ts';

const SMALL_OBJECT = 0;
const SMALL_ARRAY = 2;
/** Added to the small container's code. */
const LARGE = 1;
const LITERAL = 4;
const INT16 = 5;
const INT32 = 7;
const INT64 = 9;
const UINT64 = 10;
const DOUBLE = 11;
const STRING = 12;
const OPAQUE = 15;

const LITERALS = { null: 0, true: 1, false: 2 } as const;
/** MySQL's field types of opaque values. */
const FIELD_TYPES = { timestamp: 7, date: 10, time: 11, datetime: 12 } as const;
const DECIMAL_FIELD_TYPE = 246;
const MAX_SMALL_SIZE = 0xffff;

interface Encoded {
  readonly code: number;
  readonly bytes: Uint8Array;
}

/** The whole document: type byte and value. */
export function encodeMysqlJson(value: Json): Buffer {
  const { code, bytes } = encodeNode(value.root);
  return Buffer.concat([Uint8Array.of(code), bytes]);
}

function encodeNode(node: JsonNode): Encoded {
  const writer = new ByteWriter(16);
  const done = (code: number): Encoded => ({ code, bytes: writer.toBytes() });
  if (node === null) return { code: LITERAL, bytes: Uint8Array.of(LITERALS.null) };
  switch (typeof node) {
    case 'boolean':
      return { code: LITERAL, bytes: Uint8Array.of(node ? LITERALS.true : LITERALS.false) };
    case 'bigint':
      return encodeInteger(node);
    case 'number':
      writer.f64le(node);
      return done(DOUBLE);
    case 'string': {
      const bytes = Buffer.from(node);
      writer.uvarint(bytes.length).bytes(bytes);
      return done(STRING);
    }
  }
  if (isJsonArray(node)) return encodeContainer(undefined, node);
  if (isJsonObject(node)) return encodeContainer([...node.keys()], [...node.values()]);
  if (node instanceof Decimal) return opaque(DECIMAL_FIELD_TYPE, decimalPayload(node));
  if (node.kind === 'opaque') return opaque(node.fieldType, node.bytes);
  return opaque(FIELD_TYPES[node.kind], temporalPayload(node));
}

function encodeInteger(value: bigint): Encoded {
  const writer = new ByteWriter(8);
  if (value >= -0x8000n && value < 0x8000n) {
    writer.u16le(Number(BigInt.asUintN(16, value)));
    return { code: INT16, bytes: writer.toBytes() };
  }
  if (value >= -0x8000_0000n && value < 0x8000_0000n) {
    writer.u32le(Number(BigInt.asUintN(32, value)));
    return { code: INT32, bytes: writer.toBytes() };
  }
  writer.u64le(BigInt.asUintN(64, value));
  return { code: value > 0x7fff_ffff_ffff_ffffn ? UINT64 : INT64, bytes: writer.toBytes() };
}

function opaque(fieldType: number, payload: Uint8Array): Encoded {
  const writer = new ByteWriter(16 + payload.length);
  return { code: OPAQUE, bytes: writer.u8(fieldType).uvarint(payload.length).bytes(payload).toBytes() };
}

function decimalPayload(value: Decimal): Uint8Array {
  const precision = Math.max(digitCount(value.coefficient), value.scale, 1);
  const binary = encodeDecimalBinary(value, precision, value.scale);
  return new ByteWriter(16).u8(precision).u8(value.scale).binaryString(binary).toBytes();
}

function temporalPayload(node: JsonTemporal): Uint8Array {
  const packed = node.value instanceof DateTime ? node.value.toPacked() : packedTime(node.value);
  return new ByteWriter(8).u64le(BigInt.asUintN(64, packed)).toBytes();
}

/** hour << 12 | minute << 6 | second, then << 24 | microseconds; negative times as the negated number. */
function packedTime(micros: number): bigint {
  const magnitude = Math.abs(micros);
  const seconds = Math.floor(magnitude / MICROS_PER_SECOND);
  const clock = (Math.floor(seconds / 3600) << 12) | ((Math.floor(seconds / 60) % 60) << 6) | (seconds % 60);
  const packed = (BigInt(clock) << 24n) | BigInt(magnitude % MICROS_PER_SECOND);
  return micros < 0 ? -packed : packed;
}

function encodeContainer(keys: readonly string[] | undefined, nodes: readonly JsonNode[]): Encoded {
  const values = nodes.map(encodeNode);
  const keyBytes = keys?.map((key) => Buffer.from(key));
  const code = keys === undefined ? SMALL_ARRAY : SMALL_OBJECT;
  const small = layOut(keyBytes, values, false);
  return small !== undefined ? { code, bytes: small } : { code: code + LARGE, bytes: layOut(keyBytes, values, true)! };
}

/** Undefined when the small form is too small. */
function layOut(
  keys: readonly Buffer[] | undefined,
  values: readonly Encoded[],
  large: boolean,
): Uint8Array | undefined {
  const wordSize = large ? 4 : 2;
  const word = (writer: ByteWriter, value: number): void => {
    if (large) writer.u32le(value);
    else writer.u16le(value);
  };
  const headSize = wordSize * 2 + (keys?.length ?? 0) * (wordSize + 2) + values.length * (wordSize + 1);
  const keySize = (keys ?? []).reduce((sum, key) => sum + key.length, 0);
  const outside = values.filter((value) => !isInlined(value, large));
  const size = headSize + keySize + outside.reduce((sum, value) => sum + value.bytes.length, 0);
  if (!large && (size > MAX_SMALL_SIZE || values.length > MAX_SMALL_SIZE)) return undefined;
  const writer = new ByteWriter(size);
  word(writer, values.length);
  word(writer, size);
  let at = headSize;
  for (const key of keys ?? []) {
    word(writer, at);
    writer.u16le(key.length);
    at += key.length;
  }
  for (const value of values) {
    writer.u8(value.code);
    if (isInlined(value, large)) {
      writer.bytes(value.bytes);
      for (let i = value.bytes.length; i < wordSize; i++) writer.u8(inlinePadding(value));
    } else {
      word(writer, at);
      at += value.bytes.length;
    }
  }
  for (const key of keys ?? []) writer.bytes(key);
  for (const value of outside) writer.bytes(value.bytes);
  return writer.toBytes();
}

function isInlined(value: Encoded, large: boolean): boolean {
  return value.code === LITERAL || value.code === INT16 || (large && value.code === INT32);
}

/** Negative 16-bit integers are sign-extended where the entry has four bytes. */
function inlinePadding(value: Encoded): number {
  return value.code === INT16 && (value.bytes[1] ?? 0) >= 0x80 ? 0xff : 0;
}
