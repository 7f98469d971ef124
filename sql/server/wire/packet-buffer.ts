/**
 * Builds the packets of one response in one growing buffer, so that a response is one write to the socket.
 *
 * `begin` reserves the 4 byte header, the put methods append, `end` fills the header in with the next sequence id and
 * cuts payloads of 2^24 − 1 bytes and more into frames. Row encoders write through `buffer` and `position` directly after
 * `ensure`; both may change with every call that grows the buffer.
 */

import { MAX_FRAME_PAYLOAD, POOLED_BUFFER_BYTES, POOLED_BUFFERS } from '../limits.ts';

const pool: Buffer[] = [];

function takeBuffer(): Buffer {
  return pool.pop() ?? Buffer.allocUnsafeSlow(POOLED_BUFFER_BYTES);
}

/** Gives a buffer back whose bytes nobody reads any more; only those of the pool's size are kept. */
function returnBuffer(buffer: Buffer): void {
  if (buffer.length === POOLED_BUFFER_BYTES && pool.length < POOLED_BUFFERS) pool.push(buffer);
}

const NO_BUFFER = Buffer.alloc(0);

export class PacketBuffer {
  buffer: Buffer = NO_BUFFER;
  position = 0;
  /** Sequence id of the next frame. */
  sequence = 0;
  #start = 0;

  begin(): void {
    this.ensure(4);
    this.#start = this.position;
    this.position += 4;
  }

  end(): void {
    const length = this.position - this.#start - 4;
    if (length >= MAX_FRAME_PAYLOAD) {
      this.#endLong(length);
      return;
    }
    this.#header(this.#start, length);
  }

  /** Forgets everything appended since `begin`. */
  abandon(): void {
    this.position = this.#start;
  }

  #header(at: number, length: number): void {
    const buffer = this.buffer;
    buffer[at] = length & 0xff;
    buffer[at + 1] = (length >> 8) & 0xff;
    buffer[at + 2] = length >> 16;
    buffer[at + 3] = this.sequence;
    this.sequence = (this.sequence + 1) & 0xff;
  }

  /** Moves the payload apart, from its end, to make room for the headers of the further frames. */
  #endLong(length: number): void {
    const extraFrames = Math.floor(length / MAX_FRAME_PAYLOAD);
    this.ensure(extraFrames * 4);
    const payload = this.#start + 4;
    for (let frame = extraFrames; frame > 0; frame--) {
      const from = payload + frame * MAX_FRAME_PAYLOAD;
      const end = Math.min(from + MAX_FRAME_PAYLOAD, payload + length);
      this.buffer.copyWithin(from + frame * 4, from, end);
    }
    for (let frame = 0; frame <= extraFrames; frame++) {
      const size = Math.min(MAX_FRAME_PAYLOAD, length - frame * MAX_FRAME_PAYLOAD);
      this.#header(this.#start + frame * (MAX_FRAME_PAYLOAD + 4), size);
    }
    this.position += extraFrames * 4;
  }

  /** Makes room for `bytes` more. */
  ensure(bytes: number): void {
    if (this.position + bytes > this.buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    if (this.buffer.length === 0 && bytes <= POOLED_BUFFER_BYTES) {
      this.buffer = takeBuffer();
      return;
    }
    const size = Math.max(this.buffer.length * 2, this.position + bytes, POOLED_BUFFER_BYTES * 2);
    const grown = Buffer.allocUnsafeSlow(size);
    this.buffer.copy(grown, 0, 0, this.position);
    returnBuffer(this.buffer);
    this.buffer = grown;
  }

  /** The bytes built so far; valid until `release` or `detach`. */
  built(): Buffer {
    return this.buffer.subarray(0, this.position);
  }

  /** After the socket took the bytes: the buffer goes back to the pool. */
  release(): void {
    returnBuffer(this.buffer);
    this.detach();
  }

  /** After the socket kept a reference: the buffer is its own from now on. */
  detach(): void {
    this.buffer = NO_BUFFER;
    this.position = 0;
  }

  u8(value: number): void {
    this.ensure(1);
    this.buffer[this.position++] = value;
  }

  u16(value: number): void {
    this.ensure(2);
    const { buffer, position } = this;
    buffer[position] = value & 0xff;
    buffer[position + 1] = (value >> 8) & 0xff;
    this.position = position + 2;
  }

  u24(value: number): void {
    this.u16(value & 0xffff);
    this.u8((value >> 16) & 0xff);
  }

  u32(value: number): void {
    this.ensure(4);
    const { buffer, position } = this;
    buffer[position] = value & 0xff;
    buffer[position + 1] = (value >> 8) & 0xff;
    buffer[position + 2] = (value >> 16) & 0xff;
    buffer[position + 3] = (value >>> 24) & 0xff;
    this.position = position + 4;
  }

  /** A 64 bit integer, modulo 2^64: signed and unsigned alike. */
  u64(value: number | bigint): void {
    if (typeof value === 'number') {
      this.u32(value | 0);
      this.u32(Math.floor(value / 4294967296) | 0);
      return;
    }
    this.ensure(8);
    this.buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.position);
    this.position += 8;
  }

  lenencInt(value: number | bigint): void {
    if (typeof value === 'bigint' || value >= 0x1000000) {
      this.u8(0xfe);
      this.u64(value);
    } else if (value < 0xfb) {
      this.u8(value);
    } else if (value < 0x10000) {
      this.u8(0xfc);
      this.u16(value);
    } else {
      this.u8(0xfd);
      this.u24(value);
    }
  }

  bytes(bytes: Uint8Array): void {
    this.ensure(bytes.length);
    this.buffer.set(bytes, this.position);
    this.position += bytes.length;
  }

  zeros(count: number): void {
    this.ensure(count);
    const { buffer, position } = this;
    for (let i = 0; i < count; i++) buffer[position + i] = 0;
    this.position = position + count;
  }

  lenencBytes(bytes: Uint8Array): void {
    this.lenencInt(bytes.length);
    this.bytes(bytes);
  }

  /** Text as UTF-8 without a length. */
  text(text: string): void {
    this.ensure(text.length * 3);
    this.position += this.buffer.write(text, this.position, 'utf8');
  }

  /** Text of ASCII characters only, with its length. */
  lenencAscii(text: string): void {
    const length = text.length;
    this.ensure(length + 9);
    if (length < 0xfb && length > 0) {
      const buffer = this.buffer;
      let at = this.position;
      buffer[at++] = length;
      if (length < 24) for (let i = 0; i < length; i++) buffer[at++] = text.charCodeAt(i);
      else at += buffer.write(text, at, 'latin1');
      this.position = at;
      return;
    }
    this.lenencInt(length);
    this.position += this.buffer.write(text, this.position, 'latin1');
  }

  /** Text as UTF-8 with its length. */
  lenencText(text: string): void {
    const length = text.length;
    if (length < 24) {
      this.#lenencShortText(text, length);
      return;
    }
    this.ensure(length * 3 + 9);
    if (length * 3 < 0xfb) {
      const written = this.buffer.write(text, this.position + 1, 'utf8');
      this.buffer[this.position] = written;
      this.position += written + 1;
      return;
    }
    const bytes = Buffer.byteLength(text, 'utf8');
    this.lenencInt(bytes);
    this.position += this.buffer.write(text, this.position, 'utf8');
  }

  /** Below two dozen characters a loop over ASCII beats the call into the runtime. */
  #lenencShortText(text: string, length: number): void {
    this.ensure(length * 3 + 1);
    const { buffer, position } = this;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        const written = buffer.write(text, position + 1, 'utf8');
        buffer[position] = written;
        this.position = position + 1 + written;
        return;
      }
      buffer[position + 1 + i] = code;
    }
    buffer[position] = length;
    this.position = position + 1 + length;
  }
}
