/**
 * The contents of a raft entry: one proposal of a region, in a binary form of our own.
 *
 * version u8 · kind u8 · epoch version (varint) · body. A write is: count, then per operation 0 or 1 (delete, put), key,
 * and for puts the value; keys and values behind their lengths. Changes of the region itself: admin-codec. Empty entry data
 * is the leader's no-op.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import type { Entry } from '../../raft/index.ts';
import type { WriteOperation } from '../kv/kv-engine.ts';
import {
  type AdminCommand,
  COMMIT_MERGE_CODE,
  encodeAdminCommand,
  PREPARE_MERGE_CODE,
  readAdminCommand,
} from './admin-codec.ts';
import { ByteReader, varintLength } from './byte-writer.ts';

export type RegionCommand =
  | { readonly kind: 'write'; readonly epochVersion: number; readonly operations: readonly WriteOperation[] }
  | { readonly kind: 'destroy-range'; readonly epochVersion: number; readonly range: KeyRange }
  | AdminCommand;

const FORMAT_VERSION = 1;
const KIND_WRITE = 1;
const KIND_DESTROY_RANGE = 2;
const OPERATION_DELETE = 0;
const OPERATION_PUT = 1;
/** From here on the native copy wins over the loop. */
const NATIVE_COPY_LENGTH = 48;

function putVarint(buffer: Buffer, at: number, value: number): number {
  let offset = at;
  let rest = value;
  while (rest >= 0x80) {
    buffer[offset++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  buffer[offset++] = rest;
  return offset;
}

function putKey(buffer: Buffer, at: number, key: Key): number {
  const { length } = key;
  const start = putVarint(buffer, at, length);
  if (length >= NATIVE_COPY_LENGTH) return start + buffer.write(key, start, 'latin1');
  for (let i = 0; i < length; i++) buffer[start + i] = key.charCodeAt(i);
  return start + length;
}

function putBytes(buffer: Buffer, at: number, bytes: Uint8Array): number {
  const { byteLength } = bytes;
  const start = putVarint(buffer, at, byteLength);
  if (byteLength >= NATIVE_COPY_LENGTH) buffer.set(bytes, start);
  else for (let i = 0; i < byteLength; i++) buffer[start + i] = bytes[i] as number;
  return start + byteLength;
}

function sizedLength(length: number): number {
  return varintLength(length) + length;
}

export function encodeWrite(epochVersion: number, operations: readonly WriteOperation[]): Buffer {
  let size = 2 + varintLength(epochVersion) + varintLength(operations.length);
  for (const operation of operations) {
    size += 1 + sizedLength(operation.key.length);
    if (operation.kind === 'put') size += sizedLength(operation.value.byteLength);
  }
  const buffer = Buffer.allocUnsafe(size);
  buffer[0] = FORMAT_VERSION;
  buffer[1] = KIND_WRITE;
  let at = putVarint(buffer, putVarint(buffer, 2, epochVersion), operations.length);
  for (const operation of operations) {
    buffer[at++] = operation.kind === 'put' ? OPERATION_PUT : OPERATION_DELETE;
    at = putKey(buffer, at, operation.key);
    if (operation.kind === 'put') at = putBytes(buffer, at, operation.value);
  }
  return buffer;
}

export function encodeDestroyRange(epochVersion: number, range: KeyRange): Buffer {
  const end = range.end ?? ('' as Key);
  const buffer = Buffer.allocUnsafe(
    2 + varintLength(epochVersion) + sizedLength(range.start.length) + sizedLength(end.length),
  );
  buffer[0] = FORMAT_VERSION;
  buffer[1] = KIND_DESTROY_RANGE;
  putKey(buffer, putKey(buffer, putVarint(buffer, 2, epochVersion), range.start), end);
  return buffer;
}

export function encodeAdmin(command: AdminCommand): Uint8Array {
  return encodeAdminCommand(FORMAT_VERSION, command);
}

/** Whether an entry stops its region for a merge, by its header alone. */
export function isPrepareMerge({ type, data }: Entry): boolean {
  return data[1] === PREPARE_MERGE_CODE && type === 'EntryNormal';
}

/** Whether an entry takes a neighbour over, by its header alone. */
export function isCommitMerge({ type, data }: Entry): boolean {
  return data[1] === COMMIT_MERGE_CODE && type === 'EntryNormal';
}

/** Values are copies, so that a retained value does not pin the whole entry. Throws on an unknown version or kind. */
export function decodeCommand(data: Uint8Array): RegionCommand {
  const reader = new ByteReader(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  const version = reader.u8();
  if (version > FORMAT_VERSION)
    throw new Error(`raft entry of format ${version}; this build reads up to ${FORMAT_VERSION}`);
  const kind = reader.u8();
  const epochVersion = reader.varint();
  switch (kind) {
    case KIND_WRITE:
      return { kind: 'write', epochVersion, operations: decodeOperations(reader) };
    case KIND_DESTROY_RANGE: {
      const start = reader.key();
      const end = reader.key();
      return { kind: 'destroy-range', epochVersion, range: end === '' ? { start } : { start, end } };
    }
    default: {
      const admin = readAdminCommand(kind, epochVersion, reader);
      if (admin === undefined) throw new Error(`raft entry of unknown kind ${kind}`);
      return admin;
    }
  }
}

function decodeOperations(reader: ByteReader): WriteOperation[] {
  const count = reader.varint();
  const operations: WriteOperation[] = [];
  for (let i = 0; i < count; i++) {
    const kind = reader.u8();
    const key = reader.key();
    if (kind === OPERATION_PUT) operations.push({ kind: 'put', key, value: Buffer.from(reader.sized()) });
    else operations.push({ kind: 'delete', key });
  }
  return operations;
}
