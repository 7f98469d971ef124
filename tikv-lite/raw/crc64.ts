/** CRC-64/XZ (ECMA-182, reflected), by which RawChecksum sums up pairs; in two halves of 32 bits. */

const POLY_HIGH = 0xc96c5795;
const POLY_LOW = 0xd7870f42;

const HIGH = new Uint32Array(256);
const LOW = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const carries = (low & 1) !== 0;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (carries) {
      high = (high ^ POLY_HIGH) >>> 0;
      low = (low ^ POLY_LOW) >>> 0;
    }
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}

/** The checksum of the bytes of `parts`, one behind the other. */
export function crc64(...parts: readonly Uint8Array[]): bigint {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const part of parts) {
    for (const byte of part) {
      const at = (low ^ byte) & 0xff;
      low = (((low >>> 8) | (high << 24)) ^ LOW[at]!) >>> 0;
      high = ((high >>> 8) ^ HIGH[at]!) >>> 0;
    }
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}
