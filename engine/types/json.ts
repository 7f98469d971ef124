/**
 * JSON values. A document is a tree of plain values:
 *
 * | JSON type        | node |
 * |------------------|------|
 * | NULL, BOOLEAN    | `null`, `boolean` |
 * | INTEGER          | `bigint` (UNSIGNED INTEGER beyond 2^63 − 1) |
 * | DOUBLE           | `number` |
 * | DECIMAL          | `Decimal` |
 * | STRING           | `string` |
 * | DATE, DATETIME … | `JsonTemporal` |
 * | BLOB, BIT        | `JsonOpaque` |
 * | ARRAY            | `readonly JsonNode[]` |
 * | OBJECT           | `ReadonlyMap`, keys in MySQL's order: shorter first, then by bytes |
 */

import type { DateTime } from './date-time.ts';
import type { Decimal } from './decimal.ts';
import { jsonText } from './json-text.ts';

export type JsonNode =
  | null
  | boolean
  | bigint
  | number
  | string
  | Decimal
  | JsonTemporal
  | JsonOpaque
  | JsonArray
  | JsonObject;

export type JsonArray = readonly JsonNode[];
export type JsonObject = ReadonlyMap<string, JsonNode>;

export interface JsonTemporal {
  readonly kind: 'date' | 'datetime' | 'timestamp' | 'time';
  /** Microseconds for 'time', as everywhere. */
  readonly value: DateTime | number;
}

export interface JsonOpaque {
  readonly kind: 'opaque';
  /** MySQL's field type number (252 BLOB, 16 BIT …). */
  readonly fieldType: number;
  readonly bytes: Uint8Array;
}

/** Nesting beyond which MySQL refuses a document (3157). */
export const MAX_JSON_DEPTH = 100;

export class Json {
  readonly root: JsonNode;
  constructor(root: JsonNode) {
    this.root = root;
  }

  static readonly null = new Json(null);
  static readonly true = new Json(true);
  static readonly false = new Json(false);

  /** MySQL's text: `{"a": 1, "b": [1, 2]}`. */
  toString(): string {
    return jsonText(this.root);
  }
}

export function isJsonArray(node: JsonNode): node is JsonArray {
  return Array.isArray(node);
}

export function isJsonObject(node: JsonNode): node is JsonObject {
  return node instanceof Map;
}

/** Orders the keys of one object as MySQL stores them: shorter UTF-8 first, then by bytes. */
export function compareJsonKeys(left: string, right: string): number {
  const a = Buffer.byteLength(left);
  const b = Buffer.byteLength(right);
  if (a !== b) return a - b;
  return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** An object from members in any order; a later member replaces an earlier one of the same key. */
export function jsonObject(members: Iterable<readonly [string, JsonNode]>): JsonObject {
  const unique = new Map(members);
  return new Map([...unique].sort(([left], [right]) => compareJsonKeys(left, right)));
}
