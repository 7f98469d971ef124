/**
 * CLIENT_COMPRESS: the packet stream wrapped in zlib frames (3 bytes compressed length, sequence id, 3 bytes length
 * before compression; 0 there means stored as is). Frames know nothing of packet borders.
 */

import { deflateSync, inflateSync } from 'node:zlib';
import { MAX_FRAME_PAYLOAD } from '../limits.ts';
import { MalformedPacketError } from './payload-reader.ts';

const HEADER_BYTES = 7;
/** Shorter frames are stored: deflating them gains nothing. */
const MIN_COMPRESS_BYTES = 50;

export class CompressedStream {
  #pending: Buffer = Buffer.alloc(0);
  #sequence = 0;

  /** The plain bytes of all complete frames. Throws MalformedPacketError. */
  decode(chunk: Buffer): Buffer[] {
    const input = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const plain: Buffer[] = [];
    let at = 0;
    while (input.length - at >= HEADER_BYTES) {
      const length = input.readUIntLE(at, 3);
      const end = at + HEADER_BYTES + length;
      if (end > input.length) break;
      this.#sequence = ((input[at + 3] as number) + 1) & 0xff;
      plain.push(decodeFrame(input.subarray(at + HEADER_BYTES, end), input.readUIntLE(at + 4, 3)));
      at = end;
    }
    this.#pending = Buffer.from(input.subarray(at));
    return plain;
  }

  /** Frames around `bytes`. The result does not refer to them. */
  encode(bytes: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += MAX_FRAME_PAYLOAD) {
      const part = bytes.subarray(at, Math.min(at + MAX_FRAME_PAYLOAD, bytes.length));
      const packed = part.length < MIN_COMPRESS_BYTES ? part : deflateSync(part);
      const shrunk = packed.length < part.length;
      const body = shrunk ? packed : part;
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUIntLE(body.length, 0, 3);
      header[3] = this.#sequence;
      this.#sequence = (this.#sequence + 1) & 0xff;
      header.writeUIntLE(shrunk ? part.length : 0, 4, 3);
      parts.push(header, body);
    }
    return Buffer.concat(parts);
  }
}

function decodeFrame(body: Buffer, plainLength: number): Buffer {
  if (plainLength === 0) return body;
  let plain: Buffer;
  try {
    plain = inflateSync(body, { maxOutputLength: plainLength });
  } catch {
    throw new MalformedPacketError('compressed frame does not inflate');
  }
  if (plain.length !== plainLength) throw new MalformedPacketError('compressed frame has another length than it says');
  return plain;
}
