/** Reads what `ByteWriter` writes. Every method throws AssertionError when the bytes end too early. */

import { AssertionError } from '../assert.ts';

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #position: number;

  /** Reads `bytes` from `position` on without copying them. */
  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  skip(count: number): this {
    this.#take(count);
    return this;
  }

  /** The next byte without moving on; undefined at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#position];
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  u16le(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u16be(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32le(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u32be(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64le(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  u64be(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  f64le(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** LEB128 as a number while it is safe, else as a bigint. */
  uvarint(): number | bigint {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 128;
    }
    let wide = BigInt(value);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      wide |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return wide <= 9007199254740991n ? Number(wide) : wide;
    }
    throw new AssertionError('varint is longer than ten bytes');
  }

  uvarintBig(): bigint {
    return BigInt(this.uvarint());
  }

  /** Zig-zag LEB128 as a number while it is safe, else as a bigint. */
  varint(): number | bigint {
    const raw = this.uvarint();
    if (typeof raw === 'number') return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    const value = (raw >> 1n) ^ -(raw & 1n);
    return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
  }

  /** A view of the next bytes, not a copy. */
  bytes(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  binaryString(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString('latin1', start, start + length);
  }

  utf8(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** A view of zig-zag length and bytes. */
  compactBytes(): Buffer {
    return this.bytes(Number(this.varint()));
  }

  compactBinaryString(): string {
    return this.binaryString(Number(this.varint()));
  }

  #take(count: number): number {
    const start = this.#position;
    if (!(count >= 0) || start + count > this.#bytes.length) {
      throw new AssertionError(`record ends early: ${count} bytes wanted at ${start} of ${this.#bytes.length}`);
    }
    this.#position = start + count;
    return start;
  }
}
