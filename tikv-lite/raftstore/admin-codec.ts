/**
 * Bodies of the entries that change a region itself. Behind the header of every entry (see command-codec) comes the
 * conf_ver the change was made for, then what the change says. A change of members travels as the context of raft's own
 * conf change entry, the others as ordinary entries.
 */

import { assert, assertNever, defined, type Key, type PeerId, type RegionId } from '../../base/index.ts';
import type { PeerChange, PeerChangeKind, Region } from '../../pd/index.ts';
import type { Entry, EntryType } from '../../raft/index.ts';
import { type ByteReader, ByteWriter } from './byte-writer.ts';
import { readPeer, readRegion, writePeer, writeRegion } from './region-codec.ts';
import type { RegionSplit } from './region-kv.ts';

interface AdminHeader {
  readonly epochVersion: number;
  readonly confVer: number;
}

export interface SplitCommand extends AdminHeader {
  readonly kind: 'split';
  readonly splits: readonly RegionSplit[];
}

export interface ChangePeersCommand extends AdminHeader {
  readonly kind: 'change-peers';
  readonly changes: readonly PeerChange[];
}

export interface PrepareMergeCommand extends AdminHeader {
  readonly kind: 'prepare-merge';
  /** Every member has the log up to here. */
  readonly minIndex: number;
  readonly target: Region;
}

/** An entry of the target's log. */
export interface CommitMergeCommand extends AdminHeader {
  readonly kind: 'commit-merge';
  /** As PrepareMerge left it. */
  readonly source: Region;
  /** Where PrepareMerge stands in the source's log. */
  readonly commit: number;
  readonly commitTerm: number;
  /** The source's entries that a member may not have, up to `commit`. */
  readonly entries: readonly Entry[];
}

export interface RollbackMergeCommand extends AdminHeader {
  readonly kind: 'rollback-merge';
  /** Where the PrepareMerge that is taken back stands in the log. */
  readonly commit: number;
}

export type AdminCommand =
  | SplitCommand
  | ChangePeersCommand
  | PrepareMergeCommand
  | CommitMergeCommand
  | RollbackMergeCommand;

/** Kinds of entries; 1 and 2 are writes. */
const codes: Readonly<Record<AdminCommand['kind'], number>> = {
  split: 3,
  'change-peers': 4,
  'prepare-merge': 5,
  'commit-merge': 6,
  'rollback-merge': 7,
};
export const PREPARE_MERGE_CODE = codes['prepare-merge'];
export const COMMIT_MERGE_CODE = codes['commit-merge'];
const changeKinds: readonly PeerChangeKind[] = ['add-voter', 'add-learner', 'remove'];
const entryTypes: readonly EntryType[] = ['EntryNormal', 'EntryConfChange', 'EntryConfChangeV2'];

export function encodeAdminCommand(formatVersion: number, command: AdminCommand): Uint8Array {
  const writer = new ByteWriter(128);
  writer.u8(formatVersion);
  writer.u8(codes[command.kind]);
  writer.varint(command.epochVersion);
  writer.varint(command.confVer);
  writeBody(writer, command);
  return Uint8Array.prototype.slice.call(writer.bytes);
}

function writeBody(writer: ByteWriter, command: AdminCommand): void {
  switch (command.kind) {
    case 'split':
      writeSplits(writer, command.splits);
      return;
    case 'change-peers':
      writer.varint(command.changes.length);
      for (const { kind, peer } of command.changes) {
        writer.u8(changeKinds.indexOf(kind));
        writePeer(writer, peer);
      }
      return;
    case 'prepare-merge':
      writer.varint(command.minIndex);
      writeRegion(writer, command.target);
      return;
    case 'commit-merge':
      writeRegion(writer, command.source);
      writer.varint(command.commit);
      writer.varint(command.commitTerm);
      writeEntries(writer, command.entries);
      return;
    case 'rollback-merge':
      writer.varint(command.commit);
      return;
    default:
      assertNever(command);
  }
}

function writeSplits(writer: ByteWriter, splits: readonly RegionSplit[]): void {
  writer.varint(splits.length);
  for (const { splitKey, newRegionId, newPeerIds } of splits) {
    writer.key(splitKey);
    writer.varint(newRegionId);
    writer.varint(newPeerIds.length);
    for (const peerId of newPeerIds) writer.varint(peerId);
  }
}

function writeEntries(writer: ByteWriter, entries: readonly Entry[]): void {
  writer.varint(entries.length);
  for (const { type, term, index, data } of entries) {
    writer.u8(entryTypes.indexOf(type));
    writer.varint(term);
    writer.varint(index);
    writer.sized(data);
  }
}

/** Reads what follows the epoch version in an entry of kind `code`; undefined when that is none of an admin command. */
export function readAdminCommand(code: number, epochVersion: number, reader: ByteReader): AdminCommand | undefined {
  const kind = (Object.keys(codes) as AdminCommand['kind'][]).find((one) => codes[one] === code);
  if (kind === undefined) return undefined;
  const confVer = reader.varint();
  switch (kind) {
    case 'split':
      return { kind, epochVersion, confVer, splits: listOf(reader, readSplit) };
    case 'change-peers':
      return { kind, epochVersion, confVer, changes: listOf(reader, readChange) };
    case 'prepare-merge':
      return { kind, epochVersion, confVer, minIndex: reader.varint(), target: readRegion(reader) };
    case 'commit-merge': {
      const source = readRegion(reader);
      const commit = reader.varint();
      const commitTerm = reader.varint();
      return { kind, epochVersion, confVer, source, commit, commitTerm, entries: listOf(reader, readEntry) };
    }
    case 'rollback-merge':
      return { kind, epochVersion, confVer, commit: reader.varint() };
    default:
      return assertNever(kind);
  }
}

function listOf<T>(reader: ByteReader, readOne: (reader: ByteReader) => T): T[] {
  const list: T[] = [];
  for (let count = reader.varint(); count > 0; count--) list.push(readOne(reader));
  return list;
}

function readSplit(reader: ByteReader): RegionSplit {
  const splitKey: Key = reader.key();
  const newRegionId = reader.varint() as RegionId;
  return { splitKey, newRegionId, newPeerIds: listOf(reader, (one) => one.varint() as PeerId) };
}

function readChange(reader: ByteReader): PeerChange {
  const kind = changeKinds[reader.u8()];
  assert(kind !== undefined, 'a change of members has a known kind');
  return { kind, peer: readPeer(reader) };
}

function readEntry(reader: ByteReader): Entry {
  const type = defined(entryTypes[reader.u8()], 'an entry has a known type');
  const term = reader.varint();
  const index = reader.varint();
  return { type, term, index, data: Buffer.from(reader.sized()) };
}
