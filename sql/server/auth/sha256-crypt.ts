/**
 * SHA-256 crypt (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512"), as caching_sha2_password stores passwords:
 * the same computation with a salt of 20 bytes where crypt(3) allows 16.
 */

import { hash } from 'node:crypto';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Byte triples of the digest in the order in which their 24 bits are written. */
const ORDER = [
  [0, 10, 20],
  [21, 1, 11],
  [12, 22, 2],
  [3, 13, 23],
  [24, 4, 14],
  [15, 25, 5],
  [6, 16, 26],
  [27, 7, 17],
  [18, 28, 8],
  [9, 19, 29],
] as const;

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

function repeatTo(bytes: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let at = 0; at < length; at += bytes.length) bytes.copy(out, at, 0, Math.min(bytes.length, length - at));
  return out;
}

/** The first digest: password and salt, stretched over the bits of the password's length. */
function initialDigest(password: Buffer, salt: Buffer): Buffer {
  const alternate = sha256(Buffer.concat([password, salt, password]));
  const parts: Buffer[] = [password, salt, repeatTo(alternate, password.length)];
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push((bits & 1) === 1 ? alternate : password);
  return sha256(Buffer.concat(parts));
}

/** The 43 characters of SHA-256 crypt. Takes about 10 ms for 5,000 rounds. */
export function sha256Crypt(password: Buffer, salt: Buffer, rounds: number): string {
  let digest = initialDigest(password, salt);
  const passwordBytes = repeatTo(sha256(repeatTo(password, password.length * password.length)), password.length);
  const saltBytes = repeatTo(sha256(repeatTo(salt, salt.length * (16 + (digest[0] as number)))), salt.length);
  for (let round = 0; round < rounds; round++) {
    const odd = (round & 1) === 1;
    const parts: Buffer[] = [odd ? passwordBytes : digest];
    if (round % 3 !== 0) parts.push(saltBytes);
    if (round % 7 !== 0) parts.push(passwordBytes);
    parts.push(odd ? digest : passwordBytes);
    digest = sha256(Buffer.concat(parts));
  }
  return encode(digest);
}

function encode(digest: Buffer): string {
  let text = '';
  const put = (bits: number, characters: number): void => {
    for (let i = 0, rest = bits; i < characters; i++, rest >>= 6) text += ALPHABET[rest & 63];
  };
  for (const [a, b, c] of ORDER) {
    put(((digest[a] as number) << 16) | ((digest[b] as number) << 8) | (digest[c] as number), 4);
  }
  put(((digest[31] as number) << 8) | (digest[30] as number), 3);
  return text;
}
