/** A growing byte buffer for the store's own on-disk formats: LEB128 numbers, latin1 keys, raw bytes. */

import { assert, type Key } from '../../base/index.ts';

const MAX_NUMBER_LENGTH = 8;

/** Bytes of `value` as LEB128. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let length = 3;
  for (let rest = Math.floor(value / 0x20_0000); rest > 0; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes so far; valid until the next write or `reset`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Forgets the contents, and the memory too when it grew beyond `keepBytes`. */
  reset(keepBytes: number): void {
    this.#length = 0;
    if (this.#buffer.byteLength > keepBytes) this.#buffer = Buffer.allocUnsafeSlow(keepBytes);
  }

  /** Forgets everything from offset `length` on. */
  cut(length: number): void {
    assert(length <= this.#length, 'cut behind the end');
    this.#length = length;
  }

  /** Leaves `count` bytes to be filled in through `bytes` later; answers their offset. */
  skip(count: number): number {
    this.#reserve(count);
    const at = this.#length;
    this.#buffer.fill(0, at, at + count);
    this.#length += count;
    return at;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** Whole numbers from 0 to 2^53 − 1. */
  varint(value: number): void {
    this.#reserve(MAX_NUMBER_LENGTH);
    const buffer = this.#buffer;
    let rest = value;
    while (rest >= 0x80) {
      buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[this.#length++] = rest;
  }

  key(key: Key): void {
    this.varint(key.length);
    this.#reserve(key.length);
    this.#length += this.#buffer.write(key, this.#length, 'latin1');
  }

  /** Length and contents. */
  sized(bytes: Uint8Array): void {
    this.varint(bytes.byteLength);
    this.#reserve(bytes.byteLength);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.byteLength) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.byteLength * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** Reads what ByteWriter wrote. Reading past the end is a broken invariant: checksums were verified before. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#buffer.byteLength;
  }

  u8(): number {
    const value = this.#buffer[this.#at++];
    assert(value !== undefined, 'read past the end of a record');
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_NUMBER_LENGTH; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new RangeError('a number in a record is longer than 53 bits');
  }

  key(): Key {
    const length = this.varint();
    const start = this.#advance(length);
    return this.#buffer.toString('latin1', start, start + length) as Key;
  }

  /** A view into the record. */
  sized(): Buffer {
    const length = this.varint();
    const start = this.#advance(length);
    return this.#buffer.subarray(start, start + length);
  }

  #advance(count: number): number {
    const start = this.#at;
    this.#at += count;
    assert(this.#at <= this.#buffer.byteLength, 'read past the end of a record');
    return start;
  }
}
