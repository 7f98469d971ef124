/** The first packets of a connection: Protocol::HandshakeV10, SSLRequest, HandshakeResponse41, COM_CHANGE_USER. */

import { MAX_CONNECTION_ATTRIBUTES_BYTES } from './limits.ts';
import { Capability } from './wire/constants.ts';
import type { PacketBuffer } from './wire/packet-buffer.ts';
import { MalformedPacketError, PayloadReader } from './wire/payload-reader.ts';

export const NONCE_BYTES = 20;

/** utf8mb4_0900_ai_ci, the server's default collation. */
const DEFAULT_COLLATION_ID = 255;

export interface Greeting {
  readonly version: string;
  readonly connectionId: number;
  readonly nonce: Buffer;
  readonly capabilities: number;
  readonly status: number;
  readonly plugin: string;
}

export function writeGreeting(out: PacketBuffer, greeting: Greeting): void {
  out.begin();
  out.u8(10);
  out.text(greeting.version);
  out.u8(0);
  out.u32(greeting.connectionId);
  out.bytes(greeting.nonce.subarray(0, 8));
  out.u8(0);
  out.u16(greeting.capabilities & 0xffff);
  out.u8(DEFAULT_COLLATION_ID);
  out.u16(greeting.status);
  out.u16(greeting.capabilities >>> 16);
  out.u8(NONCE_BYTES + 1);
  out.zeros(10);
  out.bytes(greeting.nonce.subarray(8));
  out.u8(0);
  out.text(greeting.plugin);
  out.u8(0);
  out.end();
}

export interface HandshakeResponse {
  readonly capabilities: number;
  readonly collationId: number;
  readonly user: string;
  readonly authResponse: Buffer;
  readonly database: string | undefined;
  readonly plugin: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
}

const SSL_REQUEST_BYTES = 32;

/** True for the short packet that asks to continue in TLS. */
export function isSslRequest(payload: Buffer): boolean {
  return payload.length === SSL_REQUEST_BYTES && (payload.readUInt32LE(0) & Capability.SSL) !== 0;
}

/** `offered` are the server's capabilities: what the client claims beyond them does not count. Throws MalformedPacketError. */
export function readHandshakeResponse(payload: Buffer, offered: number): HandshakeResponse {
  const reader = new PayloadReader(payload);
  const claimed = reader.u32();
  if ((claimed & Capability.PROTOCOL_41) === 0) throw new MalformedPacketError('a client from before MySQL 4.1');
  const capabilities = claimed & offered;
  reader.skip(4);
  const collationId = reader.u8();
  reader.skip(23);
  const user = reader.nulBytes().toString('utf8');
  const authResponse = readAuthResponse(reader, capabilities);
  const database = (capabilities & Capability.CONNECT_WITH_DB) !== 0 ? reader.nulOrRestBytes().toString('utf8') : '';
  return {
    capabilities,
    collationId,
    user,
    authResponse,
    database: database === '' ? undefined : database,
    plugin: readPlugin(reader, capabilities),
    attributes: readAttributes(reader, capabilities),
  };
}

/** COM_CHANGE_USER after its command byte. Throws MalformedPacketError. */
export function readChangeUser(payload: Buffer, capabilities: number, collationId: number): HandshakeResponse {
  const reader = new PayloadReader(payload, 1);
  const user = reader.nulBytes().toString('utf8');
  const authResponse =
    (capabilities & Capability.SECURE_CONNECTION) !== 0 ? reader.bytes(reader.u8()) : reader.nulBytes();
  const database = reader.nulOrRestBytes().toString('utf8');
  const collation = reader.remaining >= 2 ? reader.u16() : collationId;
  return {
    capabilities,
    collationId: collation,
    user,
    authResponse,
    database: database === '' ? undefined : database,
    plugin: readPlugin(reader, capabilities),
    attributes: readAttributes(reader, capabilities),
  };
}

function readAuthResponse(reader: PayloadReader, capabilities: number): Buffer {
  if ((capabilities & Capability.PLUGIN_AUTH_LENENC) !== 0) return reader.lenencBytes();
  if ((capabilities & Capability.SECURE_CONNECTION) !== 0) return reader.bytes(reader.u8());
  return reader.nulOrRestBytes();
}

function readPlugin(reader: PayloadReader, capabilities: number): string | undefined {
  if ((capabilities & Capability.PLUGIN_AUTH) === 0) return undefined;
  return reader.nulOrRestBytes().toString('latin1');
}

function readAttributes(reader: PayloadReader, capabilities: number): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  if ((capabilities & Capability.CONNECT_ATTRS) === 0 || reader.remaining === 0) return attributes;
  const bytes = reader.lenencBytes();
  if (bytes.length > MAX_CONNECTION_ATTRIBUTES_BYTES) throw new MalformedPacketError('too many connection attributes');
  const pairs = new PayloadReader(bytes);
  while (pairs.remaining > 0) {
    const name = pairs.lenencBytes().toString('utf8');
    attributes.set(name, pairs.lenencBytes().toString('utf8'));
  }
  return attributes;
}
