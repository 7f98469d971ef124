/**
 * caching_sha2_password. Stored: `$A$005$`, 20 bytes of salt and the 43 characters of SHA-256 crypt with 5,000 rounds.
 *
 * Fast path: the client sends SHA256(password) XOR SHA256(SHA256(SHA256(password)) ‖ nonce), which the server can check
 * when it remembers SHA256(SHA256(password)) from a full authentication. Full path: the client sends the password
 * itself, inside TLS or encrypted with the server's RSA key.
 */

import { hash, timingSafeEqual } from 'node:crypto';
import { sha256Crypt } from './sha256-crypt.ts';

const SALT_BYTES = 20;
const DIGEST_CHARACTERS = 43;
const ROUNDS_UNIT = 1000;

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** What the fast path compares with: SHA256(SHA256(password)). */
export function doubleDigest(password: Uint8Array): Buffer {
  return sha256(sha256(password));
}

/** The authentication string of mysql.user for a password; empty for the empty password. `random` is 20 random bytes. */
export function hashCachingSha2Password(password: string, random: Uint8Array): string {
  if (password === '') return '';
  const salt = Buffer.alloc(SALT_BYTES);
  // Seven bits, and neither NUL nor the separator, as MySQL makes its salts.
  for (let i = 0; i < SALT_BYTES; i++) {
    const byte = (random[i] as number) & 0x7f;
    salt[i] = byte === 0 || byte === 0x24 ? byte + 1 : byte;
  }
  const digest = sha256Crypt(Buffer.from(password, 'utf8'), salt, 5 * ROUNDS_UNIT);
  return `$A$005$${salt.toString('latin1')}${digest}`;
}

/** True when `password` is the one behind `authenticationString`. */
export function checkPassword(authenticationString: Uint8Array, password: Buffer): boolean {
  const stored = Buffer.from(authenticationString);
  const match = /^\$A\$([0-9A-Fa-f]{3})\$/.exec(stored.toString('latin1'));
  if (match === null || stored.length !== 7 + SALT_BYTES + DIGEST_CHARACTERS) return false;
  const rounds = Number.parseInt(match[1] as string, 16) * ROUNDS_UNIT;
  const salt = stored.subarray(7, 7 + SALT_BYTES);
  const digest = Buffer.from(sha256Crypt(password, salt, rounds), 'latin1');
  return timingSafeEqual(digest, stored.subarray(7 + SALT_BYTES));
}

/** True when `response` answers `nonce` with the password whose double digest is known. */
export function checkFastResponse(twice: Buffer, nonce: Uint8Array, response: Uint8Array): boolean {
  if (response.length !== 32) return false;
  const mask = sha256(Buffer.concat([twice, nonce]));
  const once = Buffer.alloc(32);
  for (let i = 0; i < 32; i++) once[i] = (response[i] as number) ^ (mask[i] as number);
  return timingSafeEqual(sha256(once), twice);
}
