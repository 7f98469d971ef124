/**
 * Raw values as they are stored: by API V1 as the client gave them, by API V1TTL with the second of their expiry behind
 * (0: never).
 */

export type RawApiVersion = 'v1' | 'v1ttl';

const SUFFIX = 8;
const NO_BYTES = new Uint8Array(0);

/** `expiresAtS` 0 never. */
export function encodeRawValue(api: RawApiVersion, value: Uint8Array, expiresAtS: number): Uint8Array {
  if (api === 'v1') return new Uint8Array(value);
  const bytes = Buffer.alloc(value.length + SUFFIX);
  bytes.set(value);
  bytes.writeBigUInt64BE(BigInt(expiresAtS), value.length);
  return bytes;
}

export interface RawValue {
  readonly value: Uint8Array;
  /** Seconds since the epoch; 0 never. */
  readonly expiresAtS: number;
}

/** undefined once expired. The value points into `stored`. */
export function decodeRawValue(api: RawApiVersion, stored: Uint8Array | undefined, nowS: number): RawValue | undefined {
  if (stored === undefined) return undefined;
  if (api === 'v1') return { value: stored, expiresAtS: 0 };
  const end = stored.length - SUFFIX;
  if (end < 0) return { value: NO_BYTES, expiresAtS: 0 };
  const expiresAtS = Number(Buffer.from(stored.buffer, stored.byteOffset + end, SUFFIX).readBigUInt64BE());
  return expiresAtS !== 0 && expiresAtS <= nowS ? undefined : { value: stored.subarray(0, end), expiresAtS };
}
