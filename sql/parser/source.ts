/**
 * Statement text inside the parser: a "binary string" with one char per UTF-8 byte, so that positions are byte offsets and
 * bytes that are not valid UTF-8 survive. Decoded where a name or a value is made.
 */

const NON_ASCII = /[\x80-\xff]/;

/** Text is taken as UTF-8; a session with another character_set_client converts before it parses. */
export function sourceOf(text: Uint8Array | string): string {
  if (typeof text !== 'string') return latin1(text);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 0x80) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Text of a stretch of source; invalid sequences become U+FFFD. */
export function decodeSource(source: string): string {
  return NON_ASCII.test(source) ? Buffer.from(source, 'latin1').toString('utf8') : source;
}

export function sourceBytes(source: string): Uint8Array {
  return Buffer.from(source, 'latin1');
}

/** True when the stretch of source is well-formed UTF-8. */
export function isWellFormed(source: string, decoded: string): boolean {
  return !decoded.includes('\ufffd') || Buffer.from(decoded, 'utf8').toString('latin1') === source;
}
