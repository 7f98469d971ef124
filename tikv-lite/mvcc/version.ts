/**
 * Records of the `d`, `h` and `s` families, read in place.
 *
 *   version:  flags(1) commit_ts(8) start_ts(8) [newest status ts(8)] [statement order(6)] value
 *   status:   kind(1) commit_ts(8)
 *
 * A `d` record also carries the timestamp and kind of the newest status record of its key (a record of kind 'none' is
 * made for keys that have nothing else), so that one lookup answers "was anything committed or rolled back after ts".
 */

import { assert, type Key, NO_TS, type Ts } from '../../base/index.ts';
import { HISTORY_FAMILY } from './keys.ts';
import { descendingTsAt, isTsAbove, readTs, readUint32, writeTs, writeUint32 } from './timestamp.ts';

export type VersionKind = 'none' | 'put' | 'delete';
export type StatusKind = 'rollback' | 'protected-rollback' | 'lock' | 'delete';

const KIND_MASK = 0x03;
const HAS_STATUS = 0x04;
const HAS_ORDER = 0x08;
const STATUS_SHIFT = 4;
const STATUS_MASK = 0x30;
const KIND_PUT = 1;
const COMMIT_AT = 1;
const START_AT = 9;
const HEADER = 17;
const STATUS_BYTES = 8;
const ORDER_BYTES = 6;
const VERSION_KINDS: readonly VersionKind[] = ['none', 'put', 'delete'];
const STATUS_KINDS: readonly StatusKind[] = ['rollback', 'protected-rollback', 'lock', 'delete'];
const MAX_ORDER = 2 ** 48 - 1;
const NO_VALUE = new Uint8Array(0);

/** The newest status of a key as its `d` record tells it: a rollback stands at its start_ts, a lock at its commit_ts. */
export interface NewestStatus {
  readonly kind: StatusKind;
  readonly ts: Ts;
}

export interface Version {
  readonly kind: VersionKind;
  readonly commitTs: Ts;
  readonly startTs: Ts;
  readonly status?: NewestStatus | undefined;
  /** Statement order inside the transaction, a whole number below 2^48. */
  readonly order?: number | undefined;
  readonly value?: Uint8Array | undefined;
}

export function encodeVersion(version: Version): Uint8Array {
  const { status, order, value = NO_VALUE } = version;
  let flags = VERSION_KINDS.indexOf(version.kind);
  let at = HEADER;
  if (status !== undefined) flags |= HAS_STATUS | (STATUS_KINDS.indexOf(status.kind) << STATUS_SHIFT);
  if (order !== undefined) flags |= HAS_ORDER;
  const bytes = new Uint8Array(valueOffset(flags) + value.length);
  bytes[0] = flags;
  writeTs(bytes, COMMIT_AT, version.commitTs);
  writeTs(bytes, START_AT, version.startTs);
  if (status !== undefined) {
    writeTs(bytes, at, status.ts);
    at += STATUS_BYTES;
  }
  if (order !== undefined) {
    writeOrder(bytes, at, order);
    at += ORDER_BYTES;
  }
  bytes.set(value, at);
  return bytes;
}

export function versionKind(record: Uint8Array): VersionKind {
  return VERSION_KINDS[record[0]! & KIND_MASK]!;
}

export function isPut(record: Uint8Array): boolean {
  return (record[0]! & KIND_MASK) === KIND_PUT;
}

/** Whether the record is a version at all, not only the carrier of a status. */
export function isVersion(record: Uint8Array): boolean {
  return (record[0]! & KIND_MASK) !== 0;
}

/** 0 in a record of kind 'none'. */
export function commitTsOf(record: Uint8Array): Ts {
  return readTs(record, COMMIT_AT);
}

export function startTsOf(record: Uint8Array): Ts {
  return readTs(record, START_AT);
}

/** Whether the version was committed after the timestamp whose halves are given. */
export function isCommittedAfter(record: Uint8Array, high: number, low: number): boolean {
  return isTsAbove(record, COMMIT_AT, high, low);
}

/** The value as a view into the record, ready for decoders: shared bytes that nobody may change. */
export function valueBytesOf(record: Uint8Array): Buffer {
  const at = valueOffset(record[0]!);
  return Buffer.from(record.buffer as ArrayBuffer, record.byteOffset + at, record.length - at);
}

function orderOf(record: Uint8Array): number | undefined {
  const flags = record[0]!;
  if ((flags & HAS_ORDER) === 0) return undefined;
  return readOrder(record, flags & HAS_STATUS ? HEADER + STATUS_BYTES : HEADER);
}

export function newestStatusOf(record: Uint8Array): NewestStatus | undefined {
  const flags = record[0]!;
  if ((flags & HAS_STATUS) === 0) return undefined;
  return { kind: STATUS_KINDS[(flags & STATUS_MASK) >> STATUS_SHIFT]!, ts: readTs(record, HEADER) };
}

/** The greatest timestamp of anything known about the key: version, rollback or lock-only commit. */
export function newestTsOf(record: Uint8Array): Ts {
  const commitTs = commitTsOf(record);
  if ((record[0]! & HAS_STATUS) === 0) return commitTs;
  const statusTs = readTs(record, HEADER);
  return statusTs > commitTs ? statusTs : commitTs;
}

/** The `h` key under which a version of `key` lies (its escaped form is the caller's to reuse). */
export function historyKeyOf(escapedKey: string, record: Uint8Array): Key {
  return (HISTORY_FAMILY + escapedKey + descendingTsAt(record, COMMIT_AT)) as Key;
}

/** The record as `h` keeps it: without the newest status of its key. */
export function withoutStatus(record: Uint8Array): Uint8Array {
  if ((record[0]! & HAS_STATUS) === 0) return record;
  return withStatus(record, undefined);
}

/** The record with another newest status. */
export function withStatus(record: Uint8Array, status: NewestStatus | undefined): Uint8Array {
  return encodeVersion({
    kind: versionKind(record),
    commitTs: commitTsOf(record),
    startTs: startTsOf(record),
    status,
    order: orderOf(record),
    value: valueBytesOf(record),
  });
}

/** A `d` record for a key that has nothing but a status. */
export function statusOnly(status: NewestStatus): Uint8Array {
  return encodeVersion({ kind: 'none', commitTs: NO_TS, startTs: NO_TS, status });
}

/** What the `s` family says about one transaction on one key. */
export interface TransactionStatus {
  /** 'delete' marks a deletion of a key that had no older version, so that garbage collection finds it. */
  readonly kind: StatusKind;
  /** 0 for rollbacks. */
  readonly commitTs: Ts;
}

export function encodeStatus(status: TransactionStatus): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = STATUS_KINDS.indexOf(status.kind);
  writeTs(bytes, 1, status.commitTs);
  return bytes;
}

export function decodeStatus(bytes: Uint8Array): TransactionStatus {
  assert(bytes.length === 9, 'length of a status record');
  return { kind: STATUS_KINDS[bytes[0]!]!, commitTs: readTs(bytes, 1) };
}

function valueOffset(flags: number): number {
  return HEADER + (flags & HAS_STATUS ? STATUS_BYTES : 0) + (flags & HAS_ORDER ? ORDER_BYTES : 0);
}

function writeOrder(bytes: Uint8Array, at: number, order: number): void {
  assert(Number.isInteger(order) && order >= 0 && order <= MAX_ORDER, 'statement order');
  const high = Math.floor(order / 0x1_0000_0000);
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  writeUint32(bytes, at + 2, order >>> 0);
}

function readOrder(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 8) | bytes[at + 1]!) * 0x1_0000_0000 + readUint32(bytes, at + 2);
}
