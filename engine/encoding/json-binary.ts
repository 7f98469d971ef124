/**
 * JSON in rows: TiDB's binary JSON, a type byte and a payload.
 *
 * Containers: `u32 count ‖ u32 size ‖ [key entries: u32 offset, u16 length] ‖ value entries: type, u32 offset or literal
 * ‖ keys ‖ values`, offsets from the container's start. Scalars: 8 bytes little-endian for numbers and times, `uvarint
 * length ‖ bytes` for strings. A decimal is an opaque value of MySQL's field type 246.
 */

import { AssertionError, ByteReader, ByteWriter } from '../../base/index.ts';
import { DateTime } from '../types/date-time.ts';
import { canonicalInt } from '../types/datum.ts';
import { Decimal, digitCount } from '../types/decimal.ts';
import { isJsonArray, isJsonObject, Json, type JsonNode, type JsonOpaque, type JsonTemporal } from '../types/json.ts';
import { decimalBinarySize, decodeDecimalBinary, encodeDecimalBinary } from './decimal-binary.ts';

const OBJECT = 1;
const ARRAY = 3;
const LITERAL = 4;
const INT64 = 9;
const UINT64 = 10;
const FLOAT64 = 11;
const STRING = 12;
const OPAQUE = 13;
const DATE = 14;
const DATETIME = 15;
const TIMESTAMP = 16;
const TIME = 17;

const LITERAL_NULL = 0;
const LITERAL_TRUE = 1;
const LITERAL_FALSE = 2;

/** MySQL's MYSQL_TYPE_NEWDECIMAL. */
const DECIMAL_FIELD_TYPE = 246;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const CONTAINER_HEADER = 8;
const KEY_ENTRY = 6;
const VALUE_ENTRY = 5;
const NANOS_PER_MICRO = 1000;

export function encodeJson(value: Json): Buffer {
  const payload = encodePayload(value.root);
  const bytes = Buffer.allocUnsafe(payload.length + 1);
  bytes[0] = typeCode(value.root);
  bytes.set(payload, 1);
  return bytes;
}

export function decodeJson(bytes: Uint8Array): Json {
  return new Json(decodePayload(new ByteReader(bytes, 1), bytes[0] ?? 0, bytes, 1));
}

function typeCode(node: JsonNode): number {
  if (node === null || typeof node === 'boolean') return LITERAL;
  if (typeof node === 'bigint') return node > MAX_INT64 ? UINT64 : INT64;
  if (typeof node === 'number') return FLOAT64;
  if (typeof node === 'string') return STRING;
  if (isJsonArray(node)) return ARRAY;
  if (isJsonObject(node)) return OBJECT;
  if (node instanceof Decimal) return OPAQUE;
  switch (node.kind) {
    case 'date':
      return DATE;
    case 'datetime':
      return DATETIME;
    case 'timestamp':
      return TIMESTAMP;
    case 'time':
      return TIME;
    case 'opaque':
      return OPAQUE;
  }
}

function encodePayload(node: JsonNode): Uint8Array {
  if (node === null) return Uint8Array.of(LITERAL_NULL);
  if (typeof node === 'boolean') return Uint8Array.of(node ? LITERAL_TRUE : LITERAL_FALSE);
  if (isJsonArray(node)) return encodeContainer(undefined, node);
  if (isJsonObject(node)) return encodeContainer([...node.keys()], [...node.values()]);
  const writer = new ByteWriter(16);
  if (typeof node === 'bigint') writer.u64le(BigInt.asUintN(64, node));
  else if (typeof node === 'number') writer.f64le(node);
  else if (typeof node === 'string') writer.uvarint(Buffer.byteLength(node)).utf8(node);
  else if (node instanceof Decimal) writeDecimal(writer, node);
  else writeLeaf(writer, node);
  return writer.toBytes();
}

function writeDecimal(writer: ByteWriter, value: Decimal): void {
  const precision = Math.max(digitCount(value.coefficient), value.scale, 1);
  const binary = encodeDecimalBinary(value, precision, value.scale);
  writer.u8(DECIMAL_FIELD_TYPE).uvarint(binary.length + 2);
  writer.u8(precision).u8(value.scale).binaryString(binary);
}

function writeLeaf(writer: ByteWriter, node: JsonTemporal | JsonOpaque): void {
  if (node.kind === 'opaque') writer.u8(node.fieldType).uvarint(node.bytes.length).bytes(node.bytes);
  else if (typeof node.value === 'number') {
    writer.u64le(BigInt.asUintN(64, BigInt(node.value * NANOS_PER_MICRO))).u32le(6);
  } else writer.u64le(node.value.toPacked());
}

function encodeContainer(keys: readonly string[] | undefined, values: readonly JsonNode[]): Uint8Array {
  const keyBytes = keys?.map((key) => Buffer.from(key));
  const writer = new ByteWriter();
  const body = new ByteWriter();
  const bodyStart = CONTAINER_HEADER + values.length * (VALUE_ENTRY + (keyBytes === undefined ? 0 : KEY_ENTRY));
  for (const key of keyBytes ?? []) {
    writer.u32le(bodyStart + body.length).u16le(key.length);
    body.bytes(key);
  }
  for (const value of values) {
    const code = typeCode(value);
    const payload = encodePayload(value);
    writer.u8(code);
    if (code === LITERAL) writer.u8(payload[0] ?? 0).bytes(Uint8Array.of(0, 0, 0));
    else {
      writer.u32le(bodyStart + body.length);
      body.bytes(payload);
    }
  }
  const head = new ByteWriter().u32le(values.length).u32le(bodyStart + body.length);
  return head.bytes(writer.toBytes()).bytes(body.toBytes()).toBytes();
}

function decodePayload(reader: ByteReader, code: number, bytes: Uint8Array, start: number): JsonNode {
  switch (code) {
    case LITERAL:
      return decodeLiteral(reader.u8());
    case INT64:
      return BigInt.asIntN(64, reader.u64le());
    case UINT64:
      return reader.u64le();
    case FLOAT64:
      return reader.f64le();
    case STRING:
      return reader.utf8(Number(reader.uvarint()));
    case OPAQUE:
      return decodeOpaque(reader);
    case DATE:
    case DATETIME:
    case TIMESTAMP: {
      const low = reader.u32le();
      const kind = code === DATE ? 'date' : code === DATETIME ? 'datetime' : 'timestamp';
      return { kind, value: DateTime.fromPacked(reader.u32le(), low) };
    }
    case TIME:
      return { kind: 'time', value: Number(BigInt.asIntN(64, reader.u64le())) / NANOS_PER_MICRO };
    case ARRAY:
      return decodeContainer(bytes, start, false) as JsonNode[];
    case OBJECT:
      return new Map(decodeContainer(bytes, start, true) as [string, JsonNode][]);
    default:
      throw new AssertionError(`unknown JSON type code ${code}`);
  }
}

function decodeLiteral(literal: number): null | boolean {
  return literal === LITERAL_NULL ? null : literal === LITERAL_TRUE;
}

function decodeOpaque(reader: ByteReader): JsonNode {
  const fieldType = reader.u8();
  const bytes = reader.bytes(Number(reader.uvarint()));
  if (fieldType !== DECIMAL_FIELD_TYPE) return { kind: 'opaque', fieldType, bytes: Uint8Array.from(bytes) };
  const precision = bytes[0] ?? 0;
  const scale = bytes[1] ?? 0;
  if (bytes.length < 2 + decimalBinarySize(precision, scale)) throw new AssertionError('truncated decimal in JSON');
  const value = decodeDecimalBinary((index) => bytes[index] as number, 2, precision, scale);
  return new Decimal(canonicalInt(BigInt(value.coefficient)), value.scale);
}

function decodeContainer(bytes: Uint8Array, start: number, keyed: boolean): (JsonNode | [string, JsonNode])[] {
  const count = new ByteReader(bytes, start).u32le();
  const keyEntries = new ByteReader(bytes, start + CONTAINER_HEADER);
  const valueEntries = new ByteReader(bytes, start + CONTAINER_HEADER + (keyed ? count * KEY_ENTRY : 0));
  const members: (JsonNode | [string, JsonNode])[] = [];
  for (let i = 0; i < count; i++) {
    const code = valueEntries.u8();
    const offset = valueEntries.u32le();
    const at = start + offset;
    const value =
      code === LITERAL ? decodeLiteral(offset & 255) : decodePayload(new ByteReader(bytes, at), code, bytes, at);
    if (!keyed) members.push(value);
    else {
      const keyAt = start + keyEntries.u32le();
      members.push([new ByteReader(bytes, keyAt).utf8(keyEntries.u16le()), value]);
    }
  }
  return members;
}
