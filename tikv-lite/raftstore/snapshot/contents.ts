/** What belongs to a region among the engine keys, out of an engine and into it. */

import type { Key, KeyRange } from '../../../base/index.ts';
import type { KvEngine, KvReader, WriteOperation } from '../../kv/kv-engine.ts';
import { engineRangesOf } from '../clear-data.ts';
import { BlockWriter } from './format.ts';
import type { SnapshotPoint, StagingArea } from './staging.ts';

/** Chunks on the wire. */
const MAX_CHUNK_BYTES = 1 << 20;
const PAGE_BYTES = 1 << 20;
const FIRST_PAGE_PAIRS = 16;
const MAX_PAGE_PAIRS = 1024;

/** All pairs of a range of region keys as a snapshot's contents, in chunks. Reads a page at a time. */
export async function* contentsOf(reader: KvReader, range: KeyRange): AsyncGenerator<Uint8Array> {
  const writer = new BlockWriter();
  for (const engineRange of engineRangesOf(range)) {
    let { start } = engineRange;
    let limit = FIRST_PAGE_PAIRS;
    for (;;) {
      const page = await reader.scan({ start, end: engineRange.end }, limit, false);
      let bytes = 1;
      for (const pair of page) {
        bytes += pair.key.length + pair.value.byteLength;
        const block = writer.add(pair);
        if (block !== undefined) yield* slicesOf(block);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < limit) break;
      start = `${last.key}\0` as Key;
      limit = Math.max(1, Math.min(MAX_PAGE_PAIRS, Math.floor((PAGE_BYTES * page.length) / bytes)));
    }
  }
  yield* slicesOf(writer.end());
}

function* slicesOf(block: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < block.byteLength; at += MAX_CHUNK_BYTES) yield block.subarray(at, at + MAX_CHUNK_BYTES);
}

/** Writes a received snapshot into the engine, a block at a time, for as long as `isWanted`. */
export async function writeContents(
  engine: KvEngine,
  staging: StagingArea,
  point: SnapshotPoint,
  isWanted: () => boolean,
): Promise<void> {
  for await (const pairs of staging.read(point)) {
    if (!isWanted()) return;
    const operations = pairs.map(({ key, value }): WriteOperation => ({ kind: 'put', key, value }));
    await engine.write(operations, { sync: false, keep: true });
  }
}
