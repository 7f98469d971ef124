/** Builds byte records: a growing buffer with the number formats of TiKV and TiDB. */

const INITIAL_BYTES = 64;

export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;

  constructor(initialBytes = INITIAL_BYTES) {
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written; the room is kept. */
  clear(): void {
    this.#length = 0;
  }

  /** A copy of what was written. */
  toBytes(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16le(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
    return this;
  }

  u16be(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value);
    this.#length += 2;
    return this;
  }

  u32le(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  u32be(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
    return this;
  }

  u64le(value: bigint): this {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  u64be(value: bigint): this {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, value);
    this.#length += 8;
    return this;
  }

  f64le(value: number): this {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  /** LEB128; 0 ≤ value < 2^64. */
  uvarint(value: number | bigint): this {
    this.#reserve(10);
    let rest = value;
    if (typeof rest === 'bigint') {
      while (rest >= 0x2000_0000_0000n) {
        this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
        rest >>= 7n;
      }
      rest = Number(rest);
    }
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Zig-zag LEB128; −2^63 ≤ value < 2^63. */
  varint(value: number | bigint): this {
    if (typeof value === 'number' && value >= -0x8000_0000 && value < 0x8000_0000) {
      return this.uvarint(((value << 1) ^ (value >> 31)) >>> 0);
    }
    const wide = BigInt(value);
    return this.uvarint(BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n)));
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** A binary string, one byte per character. */
  binaryString(value: string): this {
    this.#reserve(value.length);
    this.#bytes.write(value, this.#length, 'latin1');
    this.#length += value.length;
    return this;
  }

  utf8(value: string): this {
    this.#reserve(value.length * 3);
    this.#length += this.#bytes.write(value, this.#length, 'utf8');
    return this;
  }

  /** Zig-zag length, then the bytes. */
  compactBytes(value: Uint8Array): this {
    return this.varint(value.length).bytes(value);
  }

  compactBinaryString(value: string): this {
    return this.varint(value.length).binaryString(value);
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
