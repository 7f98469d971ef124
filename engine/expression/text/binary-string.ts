/** Byte strings as JS strings of one character per byte, so that one body serves character and byte strings. */

export function binaryStringOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function bytesOfBinaryString(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
