/**
 * The raft log of a store: the entries and hard states of all its regions in one sequence of preallocated segment files.
 *
 * `write` makes a group of items durable with one write and one sync; one group at a time, the store's loop sees to
 * that. Space is set aside ahead: a spare segment stands ready before the current one is full, and `roomBytes` tells how
 * much can be promised, so that an accepted proposal never meets a full disk. After a failed write the log is dead: what
 * reached the platter is unknown until it is opened again.
 *
 * Old segments go when every region's entries in them are truncated and a newer checkpoint stands; truncation points and
 * hard states that would go with them are written again first (`stateItems`).
 */

import { assert, type Disk, DiskError, type RegionId } from '../../../base/index.ts';
import { ByteWriter } from '../byte-writer.ts';
import type { CheckpointBook, RegionCheckpoint } from '../checkpoint.ts';
import { entryLength, itemLength, type LogItem, writeItem } from './log-items.ts';
import { RegionLog } from './region-log.ts';
import type { ReplayedLog } from './replay.ts';
import { createSegment, type Segment } from './segment.ts';
import { RECORD_HEADER_BYTES, recordLength, sealRecord } from './segment-format.ts';

export interface RaftLogOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly segmentBytes: number;
}

/** A record is closed once it has this much; only a single large entry makes a longer one. */
const RECORD_TARGET_BYTES = 1 << 20;
const KEEP_BUFFER_BYTES = 4 << 20;
/** Kept free for what raft itself appends: no-ops, conf changes, hard states, links. */
const RESERVE_BYTES = 64 << 10;
const MAX_RECYCLED_FILES = 2;
/** What a segment and a record take beside their contents. */
const SEGMENT_OVERHEAD_BYTES = 1 << 10;

export class RaftLog {
  readonly #options: RaftLogOptions;
  readonly #regions: Map<RegionId, RegionLog>;
  readonly #segments: Segment[];
  /** The segment with the newest hard state and truncation point of each region. */
  readonly #hardStateAt: Map<RegionId, number>;
  readonly #truncatedAt: Map<RegionId, number>;
  readonly #checkpoint: CheckpointBook;
  /** What the newest checkpoint took, as the next one may too. */
  #checkpointBytes = 0;
  readonly #recycled: string[] = [];
  readonly #writer = new ByteWriter(KEEP_BUFFER_BYTES / 4);
  #spare: Segment | undefined;
  #preparing: Promise<void> | undefined;
  #spareFailure: DiskError | undefined;
  #failure: DiskError | undefined;
  #group: number;
  #isWriting = false;
  #writtenBytes = 0;
  /** Where the checkpoint that was written last begins. */
  #checkpointSegment = 0;

  constructor(options: RaftLogOptions, replayed: ReplayedLog) {
    this.#options = options;
    this.#regions = replayed.regions;
    this.#segments = replayed.segments;
    this.#spare = replayed.spare;
    this.#hardStateAt = replayed.hardStateAt;
    this.#truncatedAt = replayed.truncatedAt;
    this.#checkpoint = replayed.checkpoint;
    this.#group = replayed.lastGroup + 1;
    this.prepareSpare();
  }

  /** The region's log, made when absent. */
  region(regionId: RegionId): RegionLog {
    let log = this.#regions.get(regionId);
    if (log === undefined) {
      log = new RegionLog();
      this.#regions.set(regionId, log);
    }
    return log;
  }

  get regionIds(): readonly RegionId[] {
    return [...this.#regions.keys()];
  }

  /** Whether anything is known of a region, without making a log for it. */
  knows(regionId: RegionId): boolean {
    return this.#regions.has(regionId);
  }

  /**
   * Whether a region has a log that begins somewhere: its replica knows, or knew, what the region is. Of one that knows
   * nothing yet there are votes at most.
   */
  isFounded(regionId: RegionId): boolean {
    return this.knows(regionId) && this.region(regionId).truncatedIndex > 0;
  }

  /** Bytes of entries that can be accepted now and are sure to find their place on disk. */
  get roomBytes(): number {
    if (this.#failure !== undefined) return 0;
    const segment = this.#spare ?? this.#current;
    return Math.max(0, segment.remainingBytes - RESERVE_BYTES - 2 * this.#checkpointBytes);
  }

  /** The replicas of the store as the newest checkpoint has them; undefined when there never was one. */
  get checkpoint(): ReadonlyMap<RegionId, RegionCheckpoint> | undefined {
    return this.#checkpoint.replicas;
  }

  /** Segments begun since the newest checkpoint. */
  get segmentsSinceCheckpoint(): number {
    return this.#current.id - (this.#checkpoint.segmentId ?? 0);
  }

  /** Why there is no spare segment, when the disk refused one. */
  get spareFailure(): DiskError | undefined {
    return this.#spareFailure;
  }

  /** Bytes in segments that hold records. */
  get usedBytes(): number {
    let used = 0;
    for (const segment of this.#segments) used += segment.writeOffset;
    return used;
  }

  /** Bytes written since the log was opened. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Segments that hold records. */
  get segmentCount(): number {
    return this.#segments.length;
  }

  get currentSegmentId(): number {
    return this.#current.id;
  }

  /** The largest entry that fits into an empty segment, with what else has to have its place there. */
  get maxEntryBytes(): number {
    const { segmentBytes } = this.#options;
    const beside = SEGMENT_OVERHEAD_BYTES + 2 * this.#checkpointBytes;
    return Math.max(0, Math.min((segmentBytes * 3) / 4, segmentBytes - beside) - RESERVE_BYTES);
  }

  /** Whether as much room is there as there ever will be. */
  get hasSpare(): boolean {
    return this.#spare !== undefined;
  }

  get #current(): Segment {
    const current = this.#segments.at(-1);
    assert(current !== undefined, 'a raft log has a current segment');
    return current;
  }

  /** Makes the items durable in order, then shows them in `region(...)`. Rejects with DiskError; then the log is dead. */
  async write(items: readonly LogItem[]): Promise<void> {
    assert(!this.#isWriting, 'one group of log writes at a time');
    if (this.#failure !== undefined) throw this.#failure;
    this.#isWriting = true;
    try {
      this.#group++;
      await this.#writeGroup(items);
    } catch (error) {
      this.#failure = error instanceof DiskError ? error : new DiskError('EIO', String(error));
      throw this.#failure;
    } finally {
      this.#isWriting = false;
    }
    this.#noteCheckpoint(items);
    for (const item of items) applyItem(this.#regions, item);
  }

  #noteCheckpoint(items: readonly LogItem[]): void {
    let length = 0;
    for (const item of items) {
      if (item.kind === 'checkpoint') length += itemLength(item);
      if (item.kind === 'checkpoint' || item.kind === 'applying') this.#checkpoint.note(item, this.#checkpointSegment);
    }
    if (length > 0) this.#checkpointBytes = length;
  }

  /** Hard states and truncation points that stand in segments older than the current one: to be written again. */
  stateItems(): LogItem[] {
    const items: LogItem[] = [];
    const { id } = this.#current;
    for (const [regionId, at] of this.#hardStateAt) {
      if (at < id) items.push({ kind: 'hard-state', regionId, hardState: this.region(regionId).hardState });
    }
    for (const [regionId, at] of this.#truncatedAt) {
      const log = this.region(regionId);
      if (at < id) items.push({ kind: 'truncated', regionId, index: log.truncatedIndex, term: log.truncatedTerm });
    }
    return items;
  }

  /** Regions that have entries in segments older than the newest `count`, which are therefore kept. */
  regionsBehind(count: number): ReadonlySet<RegionId> {
    const regions = new Set<RegionId>();
    for (const { id, lastIndexes } of this.#segments) {
      if (id > this.#current.id - count) break;
      for (const [regionId, lastIndex] of lastIndexes) {
        if ((this.#regions.get(regionId)?.truncatedIndex ?? lastIndex) < lastIndex) regions.add(regionId);
      }
    }
    return regions;
  }

  /** Removes the oldest segments that nothing needs any more; answers how many went. Rejects with DiskError. */
  async dropDeadSegments(): Promise<number> {
    const dead: Segment[] = [];
    while (this.#segments.length > 1 && this.#isDead(this.#segments[0])) {
      const segment = this.#segments.shift();
      if (segment !== undefined) dead.push(segment);
    }
    for (const segment of dead) {
      await segment.file.close();
      if (this.#recycled.length < MAX_RECYCLED_FILES && segment.sizeBytes === this.#options.segmentBytes) {
        const path = `${segment.path}.old`;
        await this.#options.disk.rename(segment.path, path);
        this.#recycled.push(path);
      } else await this.#options.disk.remove(segment.path);
    }
    if (dead.length > 0) await this.#options.disk.syncDirectory(this.#options.directory);
    return dead.length;
  }

  /** Sees to a spare segment in the background; a failure is kept in `spareFailure` until the next call succeeds. */
  prepareSpare(): void {
    if (this.#spare !== undefined || this.#preparing !== undefined || this.#failure !== undefined) return;
    const { disk, directory, segmentBytes } = this.#options;
    const id = this.#current.id + 1;
    this.#preparing = createSegment(disk, directory, id, segmentBytes, this.#recycled.shift()).then(
      (segment) => {
        this.#preparing = undefined;
        this.#spareFailure = undefined;
        this.#spare = segment;
      },
      (error: unknown) => {
        this.#preparing = undefined;
        this.#spareFailure = error instanceof DiskError ? error : new DiskError('EIO', String(error));
      },
    );
  }

  /** Resolves once the attempt to prepare a spare segment that is under way, if any, has ended. */
  async settled(): Promise<void> {
    await this.#preparing;
  }

  async close(): Promise<void> {
    await this.#preparing;
    for (const segment of this.#segments) await segment.file.close();
    await this.#spare?.file.close();
  }

  #isDead(segment: Segment | undefined): boolean {
    if (segment === undefined || segment.id >= (this.#checkpoint.segmentId ?? segment.id + 1)) return false;
    for (const at of this.#hardStateAt.values()) if (at === segment.id) return false;
    for (const at of this.#truncatedAt.values()) if (at === segment.id) return false;
    for (const [regionId, lastIndex] of segment.lastIndexes) {
      const log = this.#regions.get(regionId);
      if (log !== undefined && log.truncatedIndex < lastIndex) return false;
    }
    return true;
  }

  async #writeGroup(items: readonly LogItem[]): Promise<void> {
    this.#writer.reset(KEEP_BUFFER_BYTES);
    const targetBytes = Math.min(RECORD_TARGET_BYTES, this.#options.segmentBytes / 4);
    for (const record of recordsOf(items, targetBytes)) await this.#addRecord(record);
    await this.#flush();
  }

  /** Encodes one record behind those waiting in the buffer; moves on to the spare segment when it does not fit. */
  async #addRecord(items: readonly LogItem[]): Promise<void> {
    const start = this.#encode(items);
    const length = this.#writer.length - start;
    if (this.#current.writeOffset + this.#writer.length > this.#current.sizeBytes) {
      this.#writer.cut(start);
      await this.#flush();
      await this.#roll();
      assert(
        this.#current.writeOffset + this.#writer.length + length <= this.#current.sizeBytes,
        'a record fits a segment',
      );
      this.#encode(items);
    }
    for (const item of items) this.#note(item);
  }

  #encode(items: readonly LogItem[]): number {
    const writer = this.#writer;
    const start = writer.skip(RECORD_HEADER_BYTES);
    for (const item of items) writeItem(writer, item);
    const payloadLength = writer.length - start - RECORD_HEADER_BYTES;
    writer.skip(recordLength(payloadLength) - RECORD_HEADER_BYTES - payloadLength);
    sealRecord(writer.bytes, start, payloadLength, this.#group, this.#current.seed);
    return start;
  }

  async #flush(): Promise<void> {
    const { bytes } = this.#writer;
    if (bytes.byteLength === 0) return;
    const segment = this.#current;
    await segment.file.writeDurably(segment.writeOffset, [bytes]);
    segment.writeOffset += bytes.byteLength;
    this.#writtenBytes += bytes.byteLength;
    this.#writer.reset(KEEP_BUFFER_BYTES);
  }

  async #roll(): Promise<void> {
    const full = this.#current;
    if (this.#spare === undefined) {
      this.prepareSpare();
      await this.#preparing;
    }
    const next = this.#spare;
    if (next === undefined) throw this.#spareFailure ?? new DiskError('ENOSPC', 'no room for another log segment');
    this.#spare = undefined;
    this.#segments.push(next);
    this.#encode([{ kind: 'link', previousSegmentId: full.id, previousEnd: full.writeOffset }]);
    this.prepareSpare();
  }

  #note(item: LogItem): void {
    const segment = this.#current;
    segment.note(item);
    if (item.kind === 'hard-state') this.#hardStateAt.set(item.regionId, segment.id);
    else if (item.kind === 'truncated') this.#truncatedAt.set(item.regionId, segment.id);
    else if (item.kind === 'applying') this.#truncatedAt.set(item.replica.region.regionId, segment.id);
    else if (item.kind === 'checkpoint' && item.isFirst) this.#checkpointSegment = segment.id;
    else if (item.kind === 'purge') {
      this.#hardStateAt.delete(item.regionId);
      this.#truncatedAt.delete(item.regionId);
    }
  }
}

/** What an item does to the logs in memory. */
export function applyItem(regions: Map<RegionId, RegionLog>, item: LogItem): void {
  if (item.kind === 'link' || item.kind === 'checkpoint') return;
  if (item.kind === 'purge') {
    regions.delete(item.regionId);
    return;
  }
  const regionId = item.kind === 'applying' ? item.replica.region.regionId : item.regionId;
  let log = regions.get(regionId);
  if (log === undefined) {
    log = new RegionLog();
    regions.set(regionId, log);
  }
  if (item.kind === 'applying') log.reset(item.replica.index, item.replica.term);
  else if (item.kind === 'entries') log.append(item.entries);
  else if (item.kind === 'hard-state') log.hardState = item.hardState;
  else log.truncate(item.index, item.term);
}

/** Distributes items over records of bounded size; runs of entries are cut where needed. */
function recordsOf(items: readonly LogItem[], targetBytes: number): LogItem[][] {
  const records: LogItem[][] = [];
  let record: LogItem[] = [];
  let length = 0;
  const close = (): void => {
    if (record.length > 0) records.push(record);
    record = [];
    length = 0;
  };
  for (const item of items) {
    const whole = itemLength(item);
    if (item.kind !== 'entries' && length + whole > targetBytes) close();
    if (item.kind !== 'entries' || length + whole <= targetBytes) {
      record.push(item);
      length += whole;
      continue;
    }
    close();
    let from = 0;
    for (let i = 0; i < item.entries.length; i++) {
      const entry = item.entries[i];
      if (entry === undefined) break;
      if (i > from && length + entryLength(entry) > targetBytes) {
        record.push({ ...item, entries: item.entries.slice(from, i) });
        close();
        from = i;
      }
      length += entryLength(entry);
    }
    record.push({ ...item, entries: item.entries.slice(from) });
  }
  close();
  return records;
}
