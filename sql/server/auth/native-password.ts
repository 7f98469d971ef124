/**
 * mysql_native_password. Stored: '*' and HEX(SHA1(SHA1(password))). The client proves that it knows SHA1(password):
 * it sends SHA1(password) XOR SHA1(nonce ‖ SHA1(SHA1(password))).
 */

import { createHash, timingSafeEqual } from 'node:crypto';

function sha1(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The authentication string of mysql.user for a password; empty for the empty password. */
export function hashNativePassword(password: string): string {
  if (password === '') return '';
  return `*${sha1(sha1(Buffer.from(password, 'utf8')))
    .toString('hex')
    .toUpperCase()}`;
}

/** True when `response` answers `nonce` (20 bytes) with the password behind `authenticationString`. */
export function checkNativePassword(
  authenticationString: Uint8Array,
  nonce: Uint8Array,
  response: Uint8Array,
): boolean {
  if (authenticationString.length === 0) return response.length === 0;
  const stored = Buffer.from(authenticationString).toString('latin1');
  if (response.length !== 20 || !/^\*[0-9A-Fa-f]{40}$/.test(stored)) return false;
  const twice = Buffer.from(stored.slice(1), 'hex');
  const mask = sha1(nonce, twice);
  const once = Buffer.alloc(20);
  for (let i = 0; i < 20; i++) once[i] = (response[i] as number) ^ (mask[i] as number);
  return timingSafeEqual(sha1(once), twice);
}
