/**
 * Turns the byte stream of a client into packets. A packet is one or more frames (3 bytes length, 1 byte sequence id);
 * a frame of exactly 2^24 − 1 bytes is continued by the next. Chunks are kept by reference and joined only where a
 * packet spans several, so the usual command is a view of the chunk it came in.
 *
 * Invariant: bytes kept never exceed the packet limit plus one chunk; frames of a packet above the limit are skipped
 * as they arrive and reported once at the packet's end.
 */

import { MAX_FRAME_PAYLOAD, MAX_PACKET_BYTES } from '../limits.ts';

export type SplitResult =
  /** `sequence` of the first frame, `lastSequence` of the last: the answer continues from there. */
  | { readonly kind: 'packet'; readonly payload: Buffer; readonly sequence: number; readonly lastSequence: number }
  | { readonly kind: 'too-large'; readonly sequence: number }
  /** Frames of one packet whose sequence ids do not follow each other, or a packet beyond every limit. */
  | { readonly kind: 'broken'; readonly sequence: number };

const EMPTY = Buffer.alloc(0);

export class PacketSplitter {
  #maxPacketBytes: number;
  /** Unread input: `#chunk` from `#offset`, then `#more`. */
  #chunk: Buffer = EMPTY;
  #offset = 0;
  #more: Buffer[] = [];
  #available = 0;
  /** Payloads of the frames of an unfinished packet. */
  #frames: Buffer[] = [];
  #packetBytes = 0;
  #packetSequence = -1;
  #nextSequence = -1;
  /** Bytes of the current frame of an oversized packet that are still to come, and whether it is the last frame. */
  #skipping = 0;
  #skippingLast = false;
  #tooLarge = false;

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  set maxPacketBytes(bytes: number) {
    this.#maxPacketBytes = bytes;
  }

  /** Unread bytes held. */
  get bufferedBytes(): number {
    return this.#available;
  }

  push(chunk: Buffer): void {
    if (this.#available === 0) {
      this.#chunk = chunk;
      this.#offset = 0;
    } else {
      this.#more.push(chunk);
    }
    this.#available += chunk.length;
  }

  /** Takes everything unread out: what follows a request to switch to TLS belongs to TLS. */
  takeRest(): Buffer {
    return this.#take(this.#available);
  }

  next(): SplitResult | undefined {
    for (;;) {
      if (this.#tooLarge) {
        if (!this.#skip()) return undefined;
        if (this.#skippingLast) return this.#reportTooLarge();
      }
      if (this.#available < 4) return undefined;
      const length = this.#peek(0) | (this.#peek(1) << 8) | (this.#peek(2) << 16);
      const sequence = this.#peek(3);
      if (this.#nextSequence >= 0 && sequence !== this.#nextSequence) return { kind: 'broken', sequence };
      const total = this.#packetBytes + length;
      if (total > MAX_PACKET_BYTES + MAX_FRAME_PAYLOAD) return { kind: 'broken', sequence };
      const isLast = length < MAX_FRAME_PAYLOAD;
      if (this.#tooLarge || total > this.#maxPacketBytes) {
        this.#beginSkip(length, sequence, total);
        continue;
      }
      if (this.#available < 4 + length) return undefined;
      this.#take(4);
      const payload = this.#take(length);
      if (this.#nextSequence < 0 && isLast) return { kind: 'packet', payload, sequence, lastSequence: sequence };
      if (this.#nextSequence < 0) this.#packetSequence = sequence;
      this.#frames.push(payload);
      this.#packetBytes = total;
      this.#nextSequence = (sequence + 1) & 0xff;
      if (isLast) return this.#finish();
    }
  }

  #beginSkip(length: number, sequence: number, total: number): void {
    this.#take(4);
    if (this.#nextSequence < 0) this.#packetSequence = sequence;
    this.#nextSequence = (sequence + 1) & 0xff;
    this.#packetBytes = total;
    this.#frames = [];
    this.#tooLarge = true;
    this.#skipping = length;
    this.#skippingLast = length < MAX_FRAME_PAYLOAD;
  }

  /** Drops input of an oversized packet; true when the frame is through. */
  #skip(): boolean {
    const count = Math.min(this.#skipping, this.#available);
    if (count > 0) this.#drop(count);
    this.#skipping -= count;
    return this.#skipping === 0;
  }

  #reportTooLarge(): SplitResult {
    const sequence = this.#nextSequence;
    this.#reset();
    return { kind: 'too-large', sequence };
  }

  #finish(): SplitResult {
    const result: SplitResult = {
      kind: 'packet',
      payload: Buffer.concat(this.#frames, this.#packetBytes),
      sequence: this.#packetSequence,
      lastSequence: (this.#nextSequence + 0xff) & 0xff,
    };
    this.#reset();
    return result;
  }

  #reset(): void {
    this.#frames = [];
    this.#packetBytes = 0;
    this.#packetSequence = -1;
    this.#nextSequence = -1;
    this.#tooLarge = false;
    this.#skippingLast = false;
  }

  #peek(index: number): number {
    const at = this.#offset + index;
    if (at < this.#chunk.length) return this.#chunk[at] as number;
    let rest = at - this.#chunk.length;
    for (const chunk of this.#more) {
      if (rest < chunk.length) return chunk[rest] as number;
      rest -= chunk.length;
    }
    return 0;
  }

  #take(length: number): Buffer {
    const end = this.#offset + length;
    if (end <= this.#chunk.length) {
      const view = this.#chunk.subarray(this.#offset, end);
      this.#offset = end;
      this.#available -= length;
      return view;
    }
    const joined = Buffer.allocUnsafe(length);
    let at = this.#chunk.copy(joined, 0, this.#offset);
    let used = 0;
    for (; at < length; used++) {
      const chunk = this.#more[used] as Buffer;
      const copied = chunk.copy(joined, at, 0);
      at += copied;
      if (at === length) {
        this.#chunk = chunk;
        this.#offset = copied;
      }
    }
    this.#more.splice(0, used);
    this.#available -= length;
    return joined;
  }

  #drop(length: number): void {
    let left = length;
    this.#available -= length;
    for (;;) {
      const inChunk = this.#chunk.length - this.#offset;
      if (left <= inChunk) {
        this.#offset += left;
        return;
      }
      left -= inChunk;
      this.#chunk = this.#more.shift() ?? EMPTY;
      this.#offset = 0;
    }
  }
}
