/**
 * A snapshot as bytes: the description that travels in the MsgSnap, and the contents behind it, the same on the wire and in
 * the staging file.
 *
 * Description: version u8, the region as of the snapshot's index. Contents: blocks of length u32, CRC-32 of the payload u32,
 * payload; a payload is pairs of key and value, each behind its length, in key order of each family. The last block is
 * empty and carries the number of pairs in place of the checksum. All little endian.
 */

import { crc32 } from 'node:zlib';
import { assert, type Key, type KvPair } from '../../../base/index.ts';
import type { Region } from '../../../pd/index.ts';
import { ByteReader, ByteWriter } from '../byte-writer.ts';
import { readRegion, writeRegion } from '../region-codec.ts';

const FORMAT_VERSION = 1;
const HEADER_BYTES = 8;
/** A block is closed once it has this much; only a single large pair makes a longer one. */
const BLOCK_BYTES = 256 << 10;
/** Nothing longer can come from a store of ours. */
const MAX_BLOCK_BYTES = 64 << 20;

export function encodeDescription(region: Region): Buffer {
  const writer = new ByteWriter(256);
  writer.u8(FORMAT_VERSION);
  writeRegion(writer, region);
  return Buffer.from(writer.bytes);
}

/** Undefined when it is none of ours. */
export function decodeDescription(data: Uint8Array): Region | undefined {
  if (data[0] !== FORMAT_VERSION) return undefined;
  return readRegion(new ByteReader(Buffer.from(data.buffer, data.byteOffset, data.byteLength), 1));
}

/** Collects pairs into blocks. */
export class BlockWriter {
  readonly #writer = new ByteWriter(BLOCK_BYTES + (BLOCK_BYTES >> 2));
  #pairs = 0;

  constructor() {
    this.#writer.skip(HEADER_BYTES);
  }

  /** A block when one is full. */
  add({ key, value }: KvPair): Buffer | undefined {
    this.#writer.key(key);
    this.#writer.sized(value);
    this.#pairs++;
    return this.#writer.length >= BLOCK_BYTES ? this.#close() : undefined;
  }

  /** The rest and the end of the contents. */
  end(): Buffer {
    const end = Buffer.alloc(HEADER_BYTES);
    end.writeUInt32LE(this.#pairs % 2 ** 32, 4);
    return this.#writer.length > HEADER_BYTES ? Buffer.concat([this.#close(), end]) : end;
  }

  #close(): Buffer {
    const block = Buffer.from(this.#writer.bytes);
    block.writeUInt32LE(block.byteLength - HEADER_BYTES, 0);
    block.writeUInt32LE(crc32(block.subarray(HEADER_BYTES)), 4);
    this.#writer.reset(BLOCK_BYTES * 2);
    this.#writer.skip(HEADER_BYTES);
    return block;
  }
}

export function* pairsOf(payload: Buffer): Generator<KvPair> {
  const reader = new ByteReader(payload);
  while (!reader.isAtEnd) {
    const key: Key = reader.key();
    yield { key, value: Buffer.from(reader.sized()) };
  }
}

export type BlockHeader =
  | { readonly kind: 'block'; readonly payloadLength: number; readonly checksum: number }
  | { readonly kind: 'end' };

export function readBlockHeader(bytes: Buffer, at: number): BlockHeader {
  const payloadLength = bytes.readUInt32LE(at);
  if (payloadLength === 0) return { kind: 'end' };
  if (payloadLength > MAX_BLOCK_BYTES) throw new Error(`a snapshot block of ${payloadLength} bytes`);
  return { kind: 'block', payloadLength, checksum: bytes.readUInt32LE(at + 4) };
}

export { HEADER_BYTES as BLOCK_HEADER_BYTES };

/** Checks contents as they come in, in pieces of any size. */
export class ContentsVerifier {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #payloadLeft = 0;
  #running = 0;
  #checksum = 0;
  #isComplete = false;

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Throws when the bytes are not what was sent. */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) {
      if (this.#isComplete) throw new Error('bytes behind the end of a snapshot');
      at += this.#payloadLeft > 0 ? this.#takePayload(bytes.subarray(at)) : this.#takeHeader(bytes.subarray(at));
    }
  }

  #takeHeader(bytes: Uint8Array): number {
    const count = Math.min(HEADER_BYTES - this.#headerBytes, bytes.byteLength);
    this.#header.set(bytes.subarray(0, count), this.#headerBytes);
    this.#headerBytes += count;
    if (this.#headerBytes < HEADER_BYTES) return count;
    this.#headerBytes = 0;
    const header = readBlockHeader(this.#header, 0);
    if (header.kind === 'end') this.#isComplete = true;
    else {
      this.#payloadLeft = header.payloadLength;
      this.#checksum = header.checksum;
      this.#running = 0;
    }
    return count;
  }

  #takePayload(bytes: Uint8Array): number {
    assert(this.#payloadLeft > 0, 'a payload is under way');
    const part = bytes.subarray(0, this.#payloadLeft);
    this.#running = crc32(part, this.#running);
    this.#payloadLeft -= part.byteLength;
    if (this.#payloadLeft === 0 && this.#running !== this.#checksum) {
      throw new Error('a snapshot was damaged on its way');
    }
    return part.byteLength;
  }
}
