/**
 * What several SQL gateways on one cluster tell each other about schema changes, as records in the KV beside the schema:
 * one per gateway (its lease, the schema version it works with, the changes it makes way for), one per table that a
 * change is about to touch, and the questions they ask each other.
 */

import { type Key, type KeyRange, keyOf, keyToBytes, prefixRange, type Ts } from '../../base/index.ts';
import type { Reader } from '../../tikv-lite/index.ts';
import { decodeQuestion, QUESTION_PREFIX, type Question } from './gateway-mail.ts';
import { parseCounter } from './id-allocator.ts';
import { schemaVersionKey } from './meta-keys.ts';

const GATEWAY_PREFIX = 'mshoal:gateway:g:';
const CLAIM_PREFIX = 'mshoal:gateway:t:';
const RECORDS: KeyRange = prefixRange(keyOf('mshoal:gateway:'));
/** The server id given out last. */
export const serverIdKey: Key = keyOf('mshoal:gateway-server-id');
export const MAX_SERVER_ID = 2047;
const PAGE = 256;

export interface GatewayRecord {
  readonly gatewayId: string;
  /** 1 to 2047, of no other registered gateway: part of the ids of its connections. */
  readonly serverId: number;
  /** Where its clients connect, host:port. */
  readonly address: string;
  /** When it registered; a gateway that was taken off the list comes back as another one. */
  readonly registeredTs: Ts;
  /** Commits of the gateway lie at or below; above it others may take it off the list. */
  readonly leaseUntil: Ts;
  /** The schema version that all its new statements are planned with. */
  readonly schemaVersion: number;
  /** Claims for which it holds its own writers back and has none left. */
  readonly acknowledged: readonly string[];
}

/** A schema change has a table to itself, on all gateways that acknowledged. */
export interface ClaimRecord {
  readonly tableId: number;
  readonly claimId: string;
  readonly gatewayId: string;
}

export interface SchemaRecords {
  /** The newest. */
  readonly schemaVersion: number;
  readonly gateways: ReadonlyMap<string, GatewayRecord>;
  readonly claims: readonly ClaimRecord[];
  readonly questions: readonly Question[];
}

export function gatewayKey(gatewayId: string): Key {
  return keyOf(`${GATEWAY_PREFIX}${gatewayId}`);
}

export function claimKey(tableId: number): Key {
  return keyOf(`${CLAIM_PREFIX}${tableId}`);
}

export function encodeGateway(record: GatewayRecord): Buffer {
  const { registeredTs, leaseUntil } = record;
  return Buffer.from(JSON.stringify({ ...record, registeredTs: `${registeredTs}`, leaseUntil: `${leaseUntil}` }));
}

export function decodeGateway(value: Uint8Array): GatewayRecord {
  const record = JSON.parse(Buffer.from(value).toString()) as GatewayRecord;
  return {
    ...record,
    registeredTs: BigInt(record.registeredTs) as Ts,
    leaseUntil: BigInt(record.leaseUntil) as Ts,
  };
}

export function encodeClaim(record: ClaimRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** All records as `reader` sees them. */
export async function readSchemaRecords(reader: Reader): Promise<SchemaRecords> {
  const gateways = new Map<string, GatewayRecord>();
  const claims: ClaimRecord[] = [];
  const questions: Question[] = [];
  const schemaVersion = Number(parseCounter(await reader.get(schemaVersionKey)));
  const scanner = reader.scan(RECORDS, {});
  try {
    for (;;) {
      const page = await scanner.next(PAGE);
      if (page.length === 0) return { schemaVersion, gateways, claims, questions };
      for (const { key, value } of page) {
        const name = keyToBytes(key).toString('latin1');
        if (name.startsWith(QUESTION_PREFIX)) questions.push(decodeQuestion(value));
        else if (name.startsWith(GATEWAY_PREFIX)) {
          const record = decodeGateway(value);
          gateways.set(record.gatewayId, record);
        } else claims.push(JSON.parse(Buffer.from(value).toString()) as ClaimRecord);
      }
    }
  } finally {
    scanner.close();
  }
}
