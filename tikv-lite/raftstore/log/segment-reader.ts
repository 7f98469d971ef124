/**
 * Reading one segment: its records in order, and the verdict on how it ends. Groups never go back inside a segment: what
 * is left of a torn write, behind records written after it was cut off, has a smaller group and ends the segment.
 */

import {
  alignRecord,
  RECORD_HEADER_BYTES,
  type RecordHeader,
  readPayload,
  readRecordHeader,
  recordLength,
} from './segment-format.ts';

export interface SegmentRecord {
  readonly offset: number;
  readonly group: number;
  readonly payload: Buffer;
}

export type SegmentEnd =
  /** Nothing but unused space behind the last record. */
  | { readonly kind: 'clean'; readonly offset: number }
  /** A write that was never made durable was cut off at `offset`. */
  | { readonly kind: 'torn'; readonly offset: number }
  /** Durable records follow a damaged one: the medium lost data. */
  | { readonly kind: 'damaged'; readonly offset: number; readonly nextValidOffset: number };

export interface SegmentScan {
  readonly records: readonly SegmentRecord[];
  readonly end: SegmentEnd;
  /** The group of the last record, or the one handed in when there is none. */
  readonly lastGroup: number;
}

/** `lastGroup` is the group of the last record of the segment before. */
export function scanSegment(segment: Buffer, firstOffset: number, seed: number, lastGroup: number): SegmentScan {
  const records: SegmentRecord[] = [];
  let offset = firstOffset;
  let group = lastGroup;
  for (;;) {
    const header = readRecordHeader(segment, offset, seed);
    const payload = header === undefined ? undefined : readPayload(segment, offset, header);
    if (header === undefined || payload === undefined || header.group < group) {
      return { records, end: judgeEnd(segment, offset, seed, header, group), lastGroup: group };
    }
    records.push({ offset, group: header.group, payload });
    group = header.group;
    offset += recordLength(header.payloadLength);
  }
}

function judgeEnd(
  segment: Buffer,
  offset: number,
  seed: number,
  header: RecordHeader | undefined,
  lastGroup: number,
): SegmentEnd {
  const damagedGroup = header?.group ?? lastGroup + 1;
  const later = findLaterGroup(segment, offset, seed, damagedGroup);
  if (later !== undefined) return { kind: 'damaged', offset, nextValidOffset: later };
  return header === undefined && isUnused(segment, offset) ? { kind: 'clean', offset } : { kind: 'torn', offset };
}

/** Unused space is passed over in blocks of so many zeros. */
const ZEROS = Buffer.alloc(4096);

function findLaterGroup(segment: Buffer, offset: number, seed: number, group: number): number | undefined {
  for (let at = alignRecord(offset + 1); at + RECORD_HEADER_BYTES <= segment.byteLength; at += 8) {
    while (isZero(segment, at)) at += ZEROS.byteLength - RECORD_HEADER_BYTES;
    if (!mayBeHeader(segment, at)) continue;
    const header = readRecordHeader(segment, at, seed);
    if (header !== undefined && header.group > group && readPayload(segment, at, header) !== undefined) return at;
  }
  return undefined;
}

/** Whether a block of unused space begins at `at`. */
function isZero(segment: Buffer, at: number): boolean {
  const end = at + ZEROS.byteLength;
  return end <= segment.byteLength && segment[at] === 0 && ZEROS.compare(segment, at, end) === 0;
}

/** A cheap look before a checksum: the reserved field is zero, the group below 2^48, and something is there at all. */
function mayBeHeader(segment: Buffer, at: number): boolean {
  return (
    segment[at + 14] === 0 &&
    segment[at + 15] === 0 &&
    segment[at + 16] === 0 &&
    segment[at + 17] === 0 &&
    segment[at + 18] === 0 &&
    segment[at + 19] === 0 &&
    (segment[at + 20] !== 0 || segment[at + 21] !== 0 || segment[at + 22] !== 0 || segment[at + 23] !== 0)
  );
}

function isUnused(segment: Buffer, offset: number): boolean {
  const end = Math.min(segment.byteLength, offset + RECORD_HEADER_BYTES);
  for (let i = offset; i < end; i++) if (segment[i] !== 0) return false;
  return true;
}
