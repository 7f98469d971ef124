/** Opening a raft log: reading every segment from the oldest on, cutting a torn tail, refusing damage anywhere else. */

import type { Disk, RegionId } from '../../../base/index.ts';
import { CheckpointBook } from '../checkpoint.ts';
import { StoreError } from '../store-error.ts';
import { type LogItem, readItems } from './log-items.ts';
import { applyItem, RaftLog, type RaftLogOptions } from './raft-log.ts';
import { RegionLog } from './region-log.ts';
import { createSegment, Segment } from './segment.ts';
import { decodeFileHeader, FILE_HEADER_BYTES, LOG_FORMAT_VERSION, segmentIdOf, segmentSeed } from './segment-format.ts';
import { type SegmentScan, scanSegment } from './segment-reader.ts';

export interface ReplayedLog {
  readonly regions: Map<RegionId, RegionLog>;
  /** Oldest first; the last one is written on. */
  readonly segments: Segment[];
  readonly spare: Segment | undefined;
  readonly hardStateAt: Map<RegionId, number>;
  readonly truncatedAt: Map<RegionId, number>;
  readonly checkpoint: CheckpointBook;
  readonly lastGroup: number;
}

interface LoadedSegment {
  readonly id: number;
  readonly path: string;
  readonly sizeBytes: number;
  readonly scan: SegmentScan;
}

const READ_CHUNK_BYTES = 256 << 10;
const NOTHING = Buffer.alloc(READ_CHUNK_BYTES);

/** Opens or creates the log. Rejects with StoreError 'corrupt' or 'format-too-new', or DiskError. */
export async function openRaftLog(options: RaftLogOptions): Promise<RaftLog> {
  const { disk, directory, segmentBytes } = options;
  await disk.makeDirectory(directory);
  const loaded = await loadSegments(disk, directory);
  const segments: Segment[] = [];
  try {
    for (const { id, path, sizeBytes, scan } of loaded) {
      const segment = new Segment(id, path, await disk.open(path, { create: false }), sizeBytes);
      segment.writeOffset = scan.end.offset;
      segments.push(segment);
    }
    const replayed = replay(loaded, segments);
    const spare = await splitOffSpare(disk, loaded, segments);
    if (segments.length === 0) segments.push(await createSegment(disk, directory, 1, segmentBytes, undefined));
    return new RaftLog(options, { ...replayed, segments, spare });
  } catch (error) {
    for (const segment of segments) await segment.file.close();
    throw error;
  }
}

/**
 * The segment behind the last one with records is the spare: its first record will be the link. There are more of them
 * when the log had moved on to a segment in which nothing became durable; those go.
 */
async function splitOffSpare(
  disk: Disk,
  loaded: readonly LoadedSegment[],
  segments: Segment[],
): Promise<Segment | undefined> {
  const used = loaded.findLastIndex(({ scan }) => scan.records.length > 0) + 1;
  const [spare, ...surplus] = segments.splice(Math.max(1, used));
  for (const segment of surplus) {
    await segment.file.close();
    await disk.remove(segment.path);
  }
  return spare;
}

async function loadSegments(disk: Disk, directory: string): Promise<LoadedSegment[]> {
  const names = await disk.list(directory);
  for (const name of names) if (name.endsWith('.old')) await disk.remove(`${directory}/${name}`);
  const ids = names.map(segmentIdOf).filter((id) => id !== undefined);
  ids.sort((a, b) => a - b);
  const loaded: LoadedSegment[] = [];
  for (const [position, id] of ids.entries()) {
    const path = `${directory}/${names.find((name) => segmentIdOf(name) === id)}`;
    const { bytes, sizeBytes } = await readSegment(disk, path);
    const header = decodeFileHeader(bytes);
    if (header.kind === 'valid' && header.formatVersion > LOG_FORMAT_VERSION) {
      throw new StoreError(
        'format-too-new',
        `${path} has log format ${header.formatVersion}; this build reads ${LOG_FORMAT_VERSION}`,
      );
    }
    if (header.kind === 'damaged' || header.segmentId !== id) {
      if (position < ids.length - 1) throw new StoreError('corrupt', `${path}: the file header is damaged`);
      await disk.remove(path);
      continue;
    }
    const lastGroup = loaded.at(-1)?.scan.lastGroup ?? 0;
    const scan = scanSegment(bytes, FILE_HEADER_BYTES, segmentSeed(id), lastGroup);
    if (scan.end.kind === 'damaged') {
      const { offset, nextValidOffset } = scan.end;
      throw new StoreError(
        'corrupt',
        `${path} is damaged at offset ${offset}: intact records follow at ${nextValidOffset}. ` +
          'Nothing was changed; restore this store from another replica or a backup.',
      );
    }
    verifyChain(loaded.at(-1), path, id, scan);
    loaded.push({ id, path, sizeBytes, scan });
  }
  return loaded;
}

/** The contents of a segment without the unused space at its end, most of which never comes into memory. */
async function readSegment(disk: Disk, path: string): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number }> {
  const file = await disk.open(path, { create: false });
  try {
    const sizeBytes = await file.size();
    const chunks: Uint8Array[] = [];
    let usedChunks = 0;
    for (let offset = 0; offset < sizeBytes; offset += READ_CHUNK_BYTES) {
      const chunk = await file.read(offset, Math.min(READ_CHUNK_BYTES, sizeBytes - offset));
      const isUnused = Buffer.compare(chunk, NOTHING.subarray(0, chunk.byteLength)) === 0;
      chunks.push(isUnused ? NOTHING.subarray(0, chunk.byteLength) : chunk);
      if (!isUnused) usedChunks = chunks.length;
    }
    return { bytes: Buffer.concat(chunks.slice(0, usedChunks)), sizeBytes };
  } finally {
    await file.close();
  }
}

/** Every segment with records continues the one before it exactly where that one ends now. */
function verifyChain(previous: LoadedSegment | undefined, path: string, id: number, scan: SegmentScan): void {
  const first = scan.records[0];
  if (previous === undefined || first === undefined) return;
  const [item] = readItems(first.payload);
  if (previous.id !== id - 1) throw new StoreError('corrupt', `${path}: segment ${id - 1} before it is missing`);
  if (
    item?.kind !== 'link' ||
    item.previousSegmentId !== previous.id ||
    item.previousEnd !== previous.scan.end.offset
  ) {
    throw new StoreError(
      'corrupt',
      `${previous.path} ends at offset ${previous.scan.end.offset}, but its successor says it was longer. ` +
        'Nothing was changed; restore this store from another replica or a backup.',
    );
  }
}

function replay(
  loaded: readonly LoadedSegment[],
  segments: readonly Segment[],
): Omit<ReplayedLog, 'segments' | 'spare'> {
  const regions = new Map<RegionId, RegionLog>();
  const hardStateAt = new Map<RegionId, number>();
  const truncatedAt = new Map<RegionId, number>();
  const checkpoint = new CheckpointBook();
  const unfounded = new Map<RegionId, number>();
  for (const [position, { id, scan }] of loaded.entries()) {
    for (const { payload } of scan.records) {
      for (const item of readItems(payload)) {
        segments[position]?.note(item);
        checkpoint.note(item, id);
        if (item.kind === 'hard-state') hardStateAt.set(item.regionId, id);
        else if (item.kind === 'truncated') truncatedAt.set(item.regionId, id);
        else if (item.kind === 'applying') truncatedAt.set(item.replica.region.regionId, id);
        else if (item.kind === 'purge') {
          hardStateAt.delete(item.regionId);
          truncatedAt.delete(item.regionId);
        }
        replayItem(regions, unfounded, item);
      }
    }
  }
  requireFoundations(unfounded);
  return { regions, hardStateAt, truncatedAt, checkpoint, lastGroup: loaded.at(-1)?.scan.lastGroup ?? 0 };
}

/**
 * The oldest segments may start in the middle of a region's log, and a truncation point that was written again may stand
 * in front of entries whose predecessors went with a dropped segment. Such entries stand on nothing until a later
 * truncation point is met, so the log begins where the first of them says; `unfounded` notes that it has to come. Of a run
 * that another leader replaced from further ahead on, only the end may be left: then the log begins with what replaced it.
 */
function replayItem(regions: Map<RegionId, RegionLog>, unfounded: Map<RegionId, number>, item: LogItem): void {
  if (item.kind === 'entries') {
    const log = regions.get(item.regionId) ?? new RegionLog();
    regions.set(item.regionId, log);
    const first = item.entries[0];
    const start = unfounded.get(item.regionId) ?? 0;
    if (first !== undefined && (first.index > log.lastIndex + 1 || first.index <= start)) {
      log.reset(first.index - 1, 0);
      unfounded.set(item.regionId, first.index - 1);
    }
  }
  const founds = item.kind === 'truncated' && item.index >= (unfounded.get(item.regionId) ?? Number.POSITIVE_INFINITY);
  if (founds || item.kind === 'purge') unfounded.delete(item.regionId);
  if (item.kind === 'applying') unfounded.delete(item.replica.region.regionId);
  applyItem(regions, item);
}

/** A hole that no truncation point explains is damage. */
function requireFoundations(unfounded: ReadonlyMap<RegionId, number>): void {
  for (const [regionId, index] of unfounded) {
    throw new StoreError(
      'corrupt',
      `the raft log of region ${regionId} lacks its entries up to ${index}. ` +
        'Nothing was changed; restore this store from another replica or a backup.',
    );
  }
}
