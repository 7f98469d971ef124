/**
 * Verifies that a client is the account it names. One instance per server: it holds the RSA key that passwords are sent
 * under without TLS, and the digests that make caching_sha2_password's fast path possible.
 *
 * An unknown account goes through the same exchange as a known one, so that the wire does not tell which names exist.
 */

import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import { promisify } from 'node:util';
import { sqlErrors } from '../../../engine/index.ts';
import { MAX_CACHED_DIGESTS } from '../limits.ts';
import type { AccountCredentials } from '../session-port.ts';
import { checkFastResponse, checkPassword, doubleDigest } from './caching-sha2-password.ts';
import { checkNativePassword } from './native-password.ts';

export type AuthenticationPlugin = AccountCredentials['plugin'];

export const DEFAULT_PLUGIN: AuthenticationPlugin = 'caching_sha2_password';

/** The connection during authentication. */
export interface AuthenticationExchange {
  readonly tls: boolean;
  /** The plugin the client spoke first; undefined for clients before CLIENT_PLUGIN_AUTH. */
  readonly clientPlugin: string | undefined;
  /** The 20 bytes sent in the greeting, and the client's answer to them. */
  readonly nonce: Buffer;
  readonly response: Buffer;
  newNonce(): Buffer;
  send(payload: Uint8Array): void;
  /** The next packet of the client. Rejects when the connection ends. */
  receive(): Promise<Buffer>;
}

export interface AuthenticationVerdict {
  readonly accepted: boolean;
  /** For the message of error 1045. */
  readonly usedPassword: boolean;
}

const MORE_DATA = 0x01;
const FAST_AUTH_SUCCESS = 0x03;
const PERFORM_FULL_AUTH = 0x04;
const REQUEST_PUBLIC_KEY = 0x02;
const SWITCH_REQUEST = 0xfe;

const generateKeys = promisify(generateKeyPair);

export class Authenticator {
  /** account → the authentication string the digest belongs to, and the digest. */
  readonly #digests = new Map<string, { readonly stored: string; readonly twice: Buffer }>();
  #privateKey: Promise<KeyObject> | undefined;

  /** `privateKeyPem`: an RSA key to use for password exchange (the TLS key will do); made on first need when absent. */
  constructor(privateKeyPem: string | undefined) {
    if (privateKeyPem !== undefined) {
      this.#privateKey = Promise.resolve(createPrivateKey(privateKeyPem));
    }
  }

  /** Throws SqlError 1251 for a client that cannot speak the account's plugin, MalformedPacketError never. */
  async verify(
    account: AccountCredentials | undefined,
    exchange: AuthenticationExchange,
  ): Promise<AuthenticationVerdict> {
    const plugin = account?.plugin ?? DEFAULT_PLUGIN;
    let { nonce, response } = exchange;
    if (exchange.clientPlugin === undefined && plugin !== 'mysql_native_password') {
      if (response.length > 0) throw sqlErrors.notSupportedAuthMode();
    } else if ((exchange.clientPlugin ?? plugin) !== plugin) {
      nonce = exchange.newNonce();
      exchange.send(
        Buffer.concat([Buffer.from([SWITCH_REQUEST]), Buffer.from(`${plugin}\0`), nonce, Buffer.from([0])]),
      );
      response = await exchange.receive();
    }
    // Some clients answer the empty password with a single NUL.
    const isEmpty = response.length === 0 || (response.length === 1 && response[0] === 0);
    const stored = account?.authenticationString;
    if (isEmpty) return { accepted: stored !== undefined && stored.length === 0, usedPassword: false };
    if (plugin === 'mysql_native_password') {
      return { accepted: stored !== undefined && checkNativePassword(stored, nonce, response), usedPassword: true };
    }
    return { accepted: await this.#verifySha2(account, exchange, nonce, response), usedPassword: true };
  }

  async #verifySha2(
    account: AccountCredentials | undefined,
    exchange: AuthenticationExchange,
    nonce: Buffer,
    response: Buffer,
  ): Promise<boolean> {
    const stored = account === undefined ? '' : Buffer.from(account.authenticationString).toString('latin1');
    const name = account === undefined ? '' : `${account.user}@${account.hostPattern}`;
    const known = this.#digests.get(name);
    if (known !== undefined && known.stored === stored && checkFastResponse(known.twice, nonce, response)) {
      exchange.send(Buffer.from([MORE_DATA, FAST_AUTH_SUCCESS]));
      return true;
    }
    exchange.send(Buffer.from([MORE_DATA, PERFORM_FULL_AUTH]));
    const password = await this.#receivePassword(exchange, nonce);
    if (password === undefined || account === undefined) return false;
    if (!checkPassword(account.authenticationString, password)) return false;
    if (this.#digests.size >= MAX_CACHED_DIGESTS) this.#digests.clear();
    this.#digests.set(name, { stored, twice: doubleDigest(password) });
    return true;
  }

  /** The clear password: as sent inside TLS, or decrypted; undefined when it is not one. */
  async #receivePassword(exchange: AuthenticationExchange, nonce: Buffer): Promise<Buffer | undefined> {
    let packet = await exchange.receive();
    if (exchange.tls) return withoutNul(packet);
    const key = await this.#key();
    if (packet.length === 1 && packet[0] === REQUEST_PUBLIC_KEY) {
      const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
      exchange.send(Buffer.concat([Buffer.from([MORE_DATA]), Buffer.from(pem)]));
      packet = await exchange.receive();
    }
    try {
      const masked = privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, packet);
      for (let i = 0; i < masked.length; i++) masked[i] = (masked[i] as number) ^ (nonce[i % nonce.length] as number);
      return withoutNul(masked);
    } catch {
      return undefined;
    }
  }

  #key(): Promise<KeyObject> {
    this.#privateKey ??= generateKeys('rsa', { modulusLength: 2048 }).then((pair) => pair.privateKey);
    return this.#privateKey;
  }
}

function withoutNul(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes;
}
