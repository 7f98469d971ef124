/** Reads the fields of one packet. Every read checks the end: a short packet is the client's fault, never ours. */

/** A packet that does not follow the protocol; the connection answers 1835 and, where it cannot go on, closes. */
export class MalformedPacketError extends Error {
  override readonly name = 'MalformedPacketError';
}

export class PayloadReader {
  readonly #bytes: Buffer;
  #offset: number;

  constructor(bytes: Buffer, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  get offset(): number {
    return this.#offset;
  }

  #take(length: number): number {
    const at = this.#offset;
    if (length < 0 || at + length > this.#bytes.length) {
      throw new MalformedPacketError(`field of ${length} bytes at ${at} of a ${this.#bytes.length} byte packet`);
    }
    this.#offset = at + length;
    return at;
  }

  skip(length: number): void {
    this.#take(length);
  }

  u8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  i8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  i16(): number {
    return this.#bytes.readInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  i32(): number {
    return this.#bytes.readInt32LE(this.#take(4));
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  i64(): bigint {
    return this.#bytes.readBigInt64LE(this.#take(8));
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  /** A length-encoded integer. Lengths beyond 2^53 cannot fit any packet and are malformed. */
  lenencInt(): number {
    const first = this.u8();
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.u16();
    if (first === 0xfd) return this.u16() | (this.u8() << 16);
    if (first === 0xfe) {
      const value = this.u64();
      if (value > 0x1f_ffff_ffff_ffffn) throw new MalformedPacketError('length beyond 2^53');
      return Number(value);
    }
    throw new MalformedPacketError(`length byte ${first}`);
  }

  /** A view of the packet. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  lenencBytes(): Buffer {
    return this.bytes(this.lenencInt());
  }

  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  /** Bytes up to the next NUL, which is consumed; malformed when there is none. */
  nulBytes(): Buffer {
    const end = this.#bytes.indexOf(0, this.#offset);
    if (end < 0) throw new MalformedPacketError('unterminated string');
    const bytes = this.#bytes.subarray(this.#offset, end);
    this.#offset = end + 1;
    return bytes;
  }

  /** As `nulBytes`, where the end of the packet ends the string as well. */
  nulOrRestBytes(): Buffer {
    return this.#bytes.indexOf(0, this.#offset) < 0 ? this.rest() : this.nulBytes();
  }
}
