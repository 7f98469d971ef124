/**
 * The store's durability contract. A checkpoint says, for every replica of the store at one instant, up to which entry its
 * effects are durable in the engine and what its region was there. It is written after the engine was flushed, and takes
 * effect as a whole: its last part makes it the newest one.
 *
 * On start every replica begins with its region and applied index of the newest checkpoint and replays its committed
 * entries in order. Entries are blind writes, so what the engine has already of them is written once more; regions that
 * a split made later come to life when the log of their parent gets there. Hence: entries behind the newest checkpoint,
 * and the log of a replica that a checkpoint knows, stay in the log until a newer checkpoint covers them.
 */

import { defined, type PeerId, type RegionId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { ByteReader, ByteWriter } from './byte-writer.ts';
import type { LogItem } from './log/log-items.ts';
import type { MergeState } from './merging.ts';
import type { RegionState } from './region.ts';
import { readRegion, writeRegion } from './region-codec.ts';

/** One replica in a checkpoint. */
export interface RegionCheckpoint {
  readonly state: RegionState;
  /** As of `index`; of a tombstone: as it was when the replica went. */
  readonly region: Region;
  /** The replica on this store. */
  readonly peerId: PeerId;
  /** The last entry whose effect is durable in the engine; of a tombstone: the last one the replica applied. */
  readonly index: number;
  readonly term: number;
  /** In state 'merging'. */
  readonly merge?: MergeState | undefined;
  /** Of a tombstone: the region that took it over, right after that. */
  readonly mergedInto?: Region | undefined;
  /** The version of the region in the last snapshot that was applied; absent when there was none. */
  readonly installedVersion?: number | undefined;
}

const STATES: readonly RegionState[] = ['normal', 'applying', 'tombstone', 'merging'];
/** Added to the state's number for each optional part that follows. */
const HAS_MERGED_INTO = 1 << 4;
const HAS_INSTALLED_VERSION = 1 << 5;
const STATE_MASK = HAS_MERGED_INTO - 1;
/** What goes into one log item at most, unless a single replica takes more. */
const PART_BYTES = 16 << 10;

export function writeCheckpoint(writer: ByteWriter, replica: RegionCheckpoint): void {
  const { state, region, peerId, index, term, merge, mergedInto, installedVersion = 0 } = replica;
  const parts = (mergedInto === undefined ? 0 : HAS_MERGED_INTO) | (installedVersion > 0 ? HAS_INSTALLED_VERSION : 0);
  writer.u8(STATES.indexOf(state) | parts);
  writeRegion(writer, region);
  writer.varint(peerId);
  writer.varint(index);
  writer.varint(term);
  if (state === 'merging') writeMerge(writer, defined(merge, 'a region that is merging knows its target'));
  if (mergedInto !== undefined) writeRegion(writer, mergedInto);
  if (installedVersion > 0) writer.varint(installedVersion);
}

function writeMerge(writer: ByteWriter, { target, minIndex, commit, commitTerm }: MergeState): void {
  writeRegion(writer, target);
  writer.varint(minIndex);
  writer.varint(commit);
  writer.varint(commitTerm);
}

function readMerge(reader: ByteReader): MergeState {
  const target = readRegion(reader);
  return { target, minIndex: reader.varint(), commit: reader.varint(), commitTerm: reader.varint() };
}

export function readCheckpoint(reader: ByteReader): RegionCheckpoint {
  const header = reader.u8();
  const state = defined(STATES[header & STATE_MASK], 'a checkpoint has a known state');
  const region = readRegion(reader);
  const peerId = reader.varint() as PeerId;
  const replica = { state, region, peerId, index: reader.varint(), term: reader.varint() };
  return {
    ...replica,
    ...(state === 'merging' && { merge: readMerge(reader) }),
    ...((header & HAS_MERGED_INTO) !== 0 && { mergedInto: readRegion(reader) }),
    ...((header & HAS_INSTALLED_VERSION) !== 0 && { installedVersion: reader.varint() }),
  };
}

/** Roughly what a replica takes in a log item. */
export function checkpointLength({ region, merge, mergedInto }: RegionCheckpoint): number {
  const other = merge?.target ?? mergedInto;
  return regionLength(region) + (other === undefined ? 0 : regionLength(other));
}

function regionLength({ range, peers }: Region): number {
  return 64 + range.start.length + (range.end?.length ?? 0) + 24 * peers.length;
}

/** A whole checkpoint as log items, which must be written in one group and in this order. */
export function checkpointItems(replicas: readonly RegionCheckpoint[]): LogItem[] {
  const parts: RegionCheckpoint[][] = [[]];
  let length = 0;
  for (const replica of replicas) {
    length += checkpointLength(replica);
    if (length > PART_BYTES) {
      parts.push([]);
      length = checkpointLength(replica);
    }
    parts.at(-1)?.push(replica);
  }
  return parts.map((part, i) => ({
    kind: 'checkpoint',
    replicas: part,
    isFirst: i === 0,
    isLast: i === parts.length - 1,
  }));
}

/** The newest complete checkpoint in the log, and the parts of the one that is being read or written. */
export class CheckpointBook {
  #replicas: Map<RegionId, RegionCheckpoint> | undefined;
  #parts: RegionCheckpoint[] | undefined;
  #partsSegment = 0;
  #segmentId: number | undefined;

  /** Absent in the log of a new store, and in one written before there were checkpoints. */
  get replicas(): ReadonlyMap<RegionId, RegionCheckpoint> | undefined {
    return this.#replicas;
  }

  /** Where its first part stands; older segments do not matter to it. */
  get segmentId(): number | undefined {
    return this.#segmentId;
  }

  /**
   * Takes an item in, in log order. A checkpoint without its end, cut off by a crash, or without its beginning, in a
   * segment that is gone, has no effect.
   */
  note(item: LogItem, segmentId: number): void {
    if (item.kind === 'applying') {
      for (const replica of [item.replica, ...item.replaced]) this.#replicas?.set(replica.region.regionId, replica);
    }
    if (item.kind !== 'checkpoint') return;
    if (item.isFirst) {
      this.#parts = [];
      this.#partsSegment = segmentId;
    }
    if (this.#parts === undefined) return;
    for (const replica of item.replicas) this.#parts.push(replica);
    if (!item.isLast) return;
    this.#replicas = new Map(this.#parts.map((replica) => [replica.region.regionId, replica]));
    this.#parts = undefined;
    this.#segmentId = this.#partsSegment;
  }
}
