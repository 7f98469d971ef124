/**
 * What a record of the raft log says: a sequence of items. Replaying all items from the oldest segment on rebuilds every
 * region's log and hard state, and the newest checkpoint.
 */

import { assertNever, defined, type RegionId } from '../../../base/index.ts';
import type { Entry, EntryType, HardState } from '../../../raft/index.ts';
import { ByteReader, type ByteWriter } from '../byte-writer.ts';
import { checkpointLength, type RegionCheckpoint, readCheckpoint, writeCheckpoint } from '../checkpoint.ts';

export type LogItem =
  /** Consecutive entries; what the region's log had at and behind the first index is replaced. */
  | { readonly kind: 'entries'; readonly regionId: RegionId; readonly entries: readonly Entry[] }
  | { readonly kind: 'hard-state'; readonly regionId: RegionId; readonly hardState: HardState }
  /** Entries up to `index` are gone: a checkpoint covers them. */
  | { readonly kind: 'truncated'; readonly regionId: RegionId; readonly index: number; readonly term: number }
  /** The region's replica left the store. */
  | { readonly kind: 'purge'; readonly regionId: RegionId }
  /** A part of a checkpoint; the last part puts all of them in force. */
  | {
      readonly kind: 'checkpoint';
      readonly replicas: readonly RegionCheckpoint[];
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  /**
   * A snapshot replaces the replica's log; its contents are on their way from the staging file into the engine. Replicas
   * of regions that had become part of it end with that: `replaced` are their tombstones.
   */
  | { readonly kind: 'applying'; readonly replica: RegionCheckpoint; readonly replaced: readonly RegionCheckpoint[] }
  /** First in every segment but the oldest: where the one before ends, so that a cut-off tail there shows. */
  | { readonly kind: 'link'; readonly previousSegmentId: number; readonly previousEnd: number };

/** eraftpb's numbers. */
const entryTypes: readonly EntryType[] = ['EntryNormal', 'EntryConfChange', 'EntryConfChangeV2'];
const codes = {
  entries: 1,
  'hard-state': 2,
  truncated: 3,
  purge: 4,
  link: 5,
  checkpoint: 6,
  applying: 7,
  replacing: 8,
} as const;
const IS_FIRST = 1;
const IS_LAST = 2;

/** Roughly what an item takes in a record. */
export function itemLength(item: LogItem): number {
  if (item.kind !== 'entries' && item.kind !== 'checkpoint' && item.kind !== 'applying') return 48;
  let length = 24;
  if (item.kind === 'applying') {
    for (const replica of [item.replica, ...item.replaced]) length += checkpointLength(replica);
    return length;
  }
  if (item.kind === 'checkpoint') {
    for (const replica of item.replicas) length += checkpointLength(replica);
    return length;
  }
  for (const entry of item.entries) length += entryLength(entry);
  return length;
}

export function entryLength(entry: Entry): number {
  return writeLength(entry.data.byteLength);
}

/** At most what an entry with so much data takes in the log, alone in a record. */
export function writeLength(dataBytes: number): number {
  return dataBytes + 96;
}

export function writeItem(writer: ByteWriter, item: LogItem): void {
  writer.u8(item.kind === 'applying' && item.replaced.length > 0 ? codes.replacing : codes[item.kind]);
  switch (item.kind) {
    case 'entries':
      writeEntries(writer, item.regionId, item.entries);
      return;
    case 'hard-state':
      writer.varint(item.regionId);
      writer.varint(item.hardState.term);
      writer.varint(item.hardState.vote);
      writer.varint(item.hardState.commit);
      return;
    case 'truncated':
      writer.varint(item.regionId);
      writer.varint(item.index);
      writer.varint(item.term);
      return;
    case 'purge':
      writer.varint(item.regionId);
      return;
    case 'link':
      writer.varint(item.previousSegmentId);
      writer.varint(item.previousEnd);
      return;
    case 'checkpoint':
      writer.u8((item.isFirst ? IS_FIRST : 0) | (item.isLast ? IS_LAST : 0));
      writer.varint(item.replicas.length);
      for (const replica of item.replicas) writeCheckpoint(writer, replica);
      return;
    case 'applying':
      writeCheckpoint(writer, item.replica);
      if (item.replaced.length === 0) return;
      writer.varint(item.replaced.length);
      for (const replica of item.replaced) writeCheckpoint(writer, replica);
      return;
    default:
      assertNever(item);
  }
}

function writeEntries(writer: ByteWriter, regionId: RegionId, entries: readonly Entry[]): void {
  writer.varint(regionId);
  writer.varint(entries.length);
  writer.varint(entries[0]?.index ?? 0);
  for (const entry of entries) {
    writer.varint(entry.term);
    writer.u8(entryTypes.indexOf(entry.type));
    writer.sized(entry.data);
  }
}

export function* readItems(payload: Buffer): Generator<LogItem> {
  const reader = new ByteReader(payload);
  while (!reader.isAtEnd) yield readItem(reader);
}

function readItem(reader: ByteReader): LogItem {
  const code = reader.u8();
  if (code === codes.link) return { kind: 'link', previousSegmentId: reader.varint(), previousEnd: reader.varint() };
  if (code === codes.checkpoint) return readCheckpointPart(reader);
  if (code === codes.applying) return { kind: 'applying', replica: readCheckpoint(reader), replaced: [] };
  if (code === codes.replacing) return readReplacing(reader);
  const regionId = reader.varint() as RegionId;
  switch (code) {
    case codes.entries:
      return { kind: 'entries', regionId, entries: readEntries(reader) };
    case codes['hard-state']: {
      const hardState = { term: reader.varint(), vote: reader.varint(), commit: reader.varint() };
      return { kind: 'hard-state', regionId, hardState };
    }
    case codes.truncated:
      return { kind: 'truncated', regionId, index: reader.varint(), term: reader.varint() };
    case codes.purge:
      return { kind: 'purge', regionId };
    default:
      throw new Error(`raft log item of unknown kind ${code}`);
  }
}

function readReplacing(reader: ByteReader): LogItem {
  const replica = readCheckpoint(reader);
  const replaced: RegionCheckpoint[] = [];
  for (let count = reader.varint(); count > 0; count--) replaced.push(readCheckpoint(reader));
  return { kind: 'applying', replica, replaced };
}

function readCheckpointPart(reader: ByteReader): LogItem {
  const flags = reader.u8();
  const replicas: RegionCheckpoint[] = [];
  for (let count = reader.varint(); count > 0; count--) replicas.push(readCheckpoint(reader));
  return { kind: 'checkpoint', replicas, isFirst: (flags & IS_FIRST) !== 0, isLast: (flags & IS_LAST) !== 0 };
}

function readEntries(reader: ByteReader): Entry[] {
  const count = reader.varint();
  const firstIndex = reader.varint();
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const term = reader.varint();
    const type = defined(entryTypes[reader.u8()], 'raft log entry of unknown type');
    entries.push({ type, term, index: firstIndex + i, data: Buffer.from(reader.sized()) });
  }
  return entries;
}
