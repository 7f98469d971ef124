/**
 * The files in which snapshots arrive: `snapshot/<region>-<term>-<index>` below the store's directory. A file has its name
 * only when it is complete, verified and durable; it stays until a checkpoint covers what was made of it.
 */

import { assert, type Disk, type DiskFile, type KvPair, type RegionId } from '../../../base/index.ts';
import { BLOCK_HEADER_BYTES, ContentsVerifier, pairsOf, readBlockHeader } from './format.ts';

export interface SnapshotPoint {
  readonly regionId: RegionId;
  readonly index: number;
  readonly term: number;
}

const UNFINISHED = '.part';

export class StagingArea {
  readonly #disk: Disk;
  readonly #directory: string;
  #lastPart = 0;

  constructor(disk: Disk, storeDirectory: string) {
    this.#disk = disk;
    this.#directory = `${storeDirectory}/snapshot`;
  }

  /** Removes everything but the files of these points. */
  async clear(needed: readonly SnapshotPoint[]): Promise<void> {
    await this.#disk.makeDirectory(this.#directory);
    const names = new Set(needed.map(nameOf));
    for (const name of await this.#disk.list(this.#directory)) {
      if (!names.has(name)) await this.#disk.remove(`${this.#directory}/${name}`);
    }
  }

  /**
   * Writes what arrives into a file; memory holds one chunk. Rejects, and leaves nothing behind, when the contents are
   * damaged or incomplete or the disk fails.
   */
  async receive(point: SnapshotPoint, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#disk.makeDirectory(this.#directory);
    const partPath = `${this.#directory}/${nameOf(point)}.${++this.#lastPart}${UNFINISHED}`;
    try {
      const file = await this.#disk.open(partPath, { create: true });
      try {
        await spool(file, chunks);
      } finally {
        await file.close();
      }
      await this.#disk.rename(partPath, this.#pathOf(point));
      await this.#disk.syncDirectory(this.#directory);
    } catch (error) {
      await this.#disk.remove(partPath).catch(() => {});
      throw error;
    }
  }

  /** The pairs of a received file, one block after the other; memory holds one block. */
  async *read(point: SnapshotPoint): AsyncGenerator<readonly KvPair[]> {
    const file = await this.#disk.open(this.#pathOf(point), { create: false });
    try {
      for (let at = 0; ; ) {
        const header = readBlockHeader(asBuffer(await file.read(at, BLOCK_HEADER_BYTES)), 0);
        if (header.kind === 'end') return;
        const payload = asBuffer(await file.read(at + BLOCK_HEADER_BYTES, header.payloadLength));
        assert(payload.byteLength === header.payloadLength, 'a verified snapshot file is complete');
        yield [...pairsOf(payload)];
        at += BLOCK_HEADER_BYTES + header.payloadLength;
      }
    } finally {
      await file.close();
    }
  }

  async discard(point: SnapshotPoint): Promise<void> {
    await this.#disk.remove(this.#pathOf(point)).catch(() => {});
  }

  #pathOf(point: SnapshotPoint): string {
    return `${this.#directory}/${nameOf(point)}`;
  }
}

function nameOf({ regionId, index, term }: SnapshotPoint): string {
  return `${regionId}-${term}-${index}`;
}

async function spool(file: DiskFile, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const verifier = new ContentsVerifier();
  let offset = 0;
  for await (const chunk of chunks) {
    verifier.take(chunk);
    await file.write(offset, [chunk]);
    offset += chunk.byteLength;
  }
  if (!verifier.isComplete) throw new Error('the end of a snapshot is missing');
  await file.sync();
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
