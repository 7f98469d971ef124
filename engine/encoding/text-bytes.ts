/** Text and bytes as binary strings (one character per byte). ASCII text is its own binary string. */

const NON_ASCII = /[^\x00-\x7f]/;

/** The UTF-8 bytes of `text`. */
export function textToBinary(text: string): string {
  return NON_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

export function binaryToText(binary: string): string {
  return NON_ASCII.test(binary) ? Buffer.from(binary, 'latin1').toString('utf8') : binary;
}

export function bytesToBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function binaryToBytes(binary: string): Uint8Array {
  return Buffer.from(binary, 'latin1');
}
