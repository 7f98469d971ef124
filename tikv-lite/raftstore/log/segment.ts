/** One open segment file and what the log needs to know about it. */

import type { Disk, DiskFile, RegionId } from '../../../base/index.ts';
import type { LogItem } from './log-items.ts';
import { encodeFileHeader, FILE_HEADER_BYTES, segmentFileName, segmentSeed } from './segment-format.ts';

export class Segment {
  readonly id: number;
  readonly path: string;
  readonly file: DiskFile;
  readonly sizeBytes: number;
  readonly seed: number;
  /** Where the next record goes. */
  writeOffset = FILE_HEADER_BYTES;
  /** The last entry of each region that a record in here has or had. */
  readonly #lastIndexes = new Map<RegionId, number>();

  constructor(id: number, path: string, file: DiskFile, sizeBytes: number) {
    this.id = id;
    this.path = path;
    this.file = file;
    this.sizeBytes = sizeBytes;
    this.seed = segmentSeed(id);
  }

  get remainingBytes(): number {
    return this.sizeBytes - this.writeOffset;
  }

  get lastIndexes(): ReadonlyMap<RegionId, number> {
    return this.#lastIndexes;
  }

  note(item: LogItem): void {
    if (item.kind !== 'entries') return;
    const last = item.entries.at(-1)?.index ?? 0;
    if (last > (this.#lastIndexes.get(item.regionId) ?? 0)) this.#lastIndexes.set(item.regionId, last);
  }
}

/** Makes an empty segment, from an old one's file where `recycledPath` names it. Rejects with DiskError. */
export async function createSegment(
  disk: Disk,
  directory: string,
  id: number,
  sizeBytes: number,
  recycledPath: string | undefined,
): Promise<Segment> {
  const path = `${directory}/${segmentFileName(id)}`;
  if (recycledPath !== undefined) await disk.rename(recycledPath, path);
  const file = await disk.open(path, { create: true });
  try {
    await file.allocate(sizeBytes);
    await file.writeDurably(0, [encodeFileHeader(id)]);
    await disk.syncDirectory(directory);
    return new Segment(id, path, file, await file.size());
  } catch (error) {
    await file.close();
    await disk.remove(path);
    throw error;
  }
}
