/**
 * Bytes of a raft log segment.
 *
 * A segment is a preallocated file: a header, then records at 8-byte boundaries, then zeros (or, in a recycled file,
 * records of its earlier life, which its new id makes unrecognisable). Records written together and made durable by one
 * sync form a group; group numbers grow by one. Writing group n+1 starts only when group n is durable, so a damaged
 * record is a torn tail exactly when nothing of a later group follows it.
 *
 * File header (32 bytes): magic "SHOALLOG", format u32, segment id u64, zero u64, CRC-32 of the 28 bytes before.
 * Record header (24 bytes): payload length u32, CRC-32 of the payload u32, group u64, zero u32, CRC-32 of segment id and
 * the 20 bytes before. All little endian.
 */

import { crc32 } from 'node:zlib';

/** 2: with checkpoints. */
export const LOG_FORMAT_VERSION = 2;
export const FILE_HEADER_BYTES = 32;
export const RECORD_HEADER_BYTES = 24;
const RECORD_ALIGNMENT = 8;
const MAGIC = Buffer.from('SHOALLOG', 'latin1');
const TWO_32 = 2 ** 32;

export interface RecordHeader {
  readonly payloadLength: number;
  readonly payloadChecksum: number;
  readonly group: number;
}

function writeUInt53(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32LE(value % TWO_32, at);
  buffer.writeUInt32LE(Math.floor(value / TWO_32), at + 4);
}

function readUInt53(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * TWO_32;
}

export function segmentFileName(segmentId: number): string {
  return `${String(segmentId).padStart(10, '0')}.raftlog`;
}

/** The id in a segment's file name; undefined for other files. */
export function segmentIdOf(fileName: string): number | undefined {
  const match = /^(\d{10})\.raftlog$/.exec(fileName);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

export function encodeFileHeader(segmentId: number): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(LOG_FORMAT_VERSION, 8);
  writeUInt53(header, segmentId, 12);
  header.writeUInt32LE(crc32(header.subarray(0, FILE_HEADER_BYTES - 4)), FILE_HEADER_BYTES - 4);
  return header;
}

export type FileHeader =
  | { readonly kind: 'valid'; readonly formatVersion: number; readonly segmentId: number }
  | { readonly kind: 'damaged' };

export function decodeFileHeader(bytes: Buffer): FileHeader {
  if (bytes.byteLength < FILE_HEADER_BYTES || !bytes.subarray(0, MAGIC.byteLength).equals(MAGIC))
    return { kind: 'damaged' };
  const checksum = bytes.readUInt32LE(FILE_HEADER_BYTES - 4);
  if (checksum !== crc32(bytes.subarray(0, FILE_HEADER_BYTES - 4))) return { kind: 'damaged' };
  return { kind: 'valid', formatVersion: bytes.readUInt32LE(8), segmentId: readUInt53(bytes, 12) };
}

/** Binds a record to its segment, so that a recycled file's old records do not count. */
export function segmentSeed(segmentId: number): number {
  const bytes = Buffer.alloc(8);
  writeUInt53(bytes, segmentId, 0);
  return crc32(bytes);
}

/** Where the next record may begin. */
export function alignRecord(offset: number): number {
  return Math.ceil(offset / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
}

/** Bytes that a record with such a payload takes in a segment. */
export function recordLength(payloadLength: number): number {
  return alignRecord(RECORD_HEADER_BYTES + payloadLength);
}

/** Fills in the header in front of a payload that stands at `at + RECORD_HEADER_BYTES`. */
export function sealRecord(buffer: Buffer, at: number, payloadLength: number, group: number, seed: number): void {
  const payloadAt = at + RECORD_HEADER_BYTES;
  buffer.writeUInt32LE(payloadLength, at);
  buffer.writeUInt32LE(crc32(buffer.subarray(payloadAt, payloadAt + payloadLength)), at + 4);
  writeUInt53(buffer, group, at + 8);
  buffer.writeUInt32LE(0, at + 16);
  buffer.writeUInt32LE(crc32(buffer.subarray(at, at + 20), seed), at + 20);
}

/** The header at `at`; undefined when there is none, or not one of this segment. */
export function readRecordHeader(segment: Buffer, at: number, seed: number): RecordHeader | undefined {
  if (at + RECORD_HEADER_BYTES > segment.byteLength) return undefined;
  if (segment.readUInt32LE(at + 20) !== crc32(segment.subarray(at, at + 20), seed)) return undefined;
  return {
    payloadLength: segment.readUInt32LE(at),
    payloadChecksum: segment.readUInt32LE(at + 4),
    group: readUInt53(segment, at + 8),
  };
}

/** The payload behind a header, verified; undefined when it is damaged or cut off. */
export function readPayload(segment: Buffer, at: number, header: RecordHeader): Buffer | undefined {
  const start = at + RECORD_HEADER_BYTES;
  const end = start + header.payloadLength;
  if (end > segment.byteLength) return undefined;
  const payload = segment.subarray(start, end);
  return crc32(payload) === header.payloadChecksum ? payload : undefined;
}
