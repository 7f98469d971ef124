/**
 * The order of JSON values (manual, "Comparison and Ordering of JSON Values"): first by type, then by value; numbers of
 * all kinds compare with each other.
 */

import type { DateTime } from '../../types/date-time.ts';
import { Decimal } from '../../types/decimal.ts';
import { isJsonArray, isJsonObject, type JsonNode, type JsonObject, type JsonTemporal } from '../../types/json.ts';
import { compareBytes } from '../compare-bytes.ts';

const RANK = {
  null: 0,
  number: 1,
  string: 2,
  object: 3,
  array: 4,
  boolean: 5,
  date: 6,
  time: 7,
  datetime: 8,
  opaque: 9,
};

function rankOf(node: JsonNode): number {
  if (node === null) return RANK.null;
  switch (typeof node) {
    case 'bigint':
    case 'number':
      return RANK.number;
    case 'string':
      return RANK.string;
    case 'boolean':
      return RANK.boolean;
    default:
      break;
  }
  if (node instanceof Decimal) return RANK.number;
  if (isJsonArray(node)) return RANK.array;
  if (isJsonObject(node)) return RANK.object;
  const { kind } = node as Exclude<typeof node, readonly JsonNode[]>;
  return kind === 'timestamp' ? RANK.datetime : RANK[kind];
}

export function compareJson(left: JsonNode, right: JsonNode): number {
  const rank = rankOf(left);
  const other = rankOf(right);
  if (rank !== other) return rank - other;
  switch (rank) {
    case RANK.null:
      return 0;
    case RANK.number:
      return compareJsonNumbers(left as bigint, right as bigint);
    case RANK.string:
      return compareBytes(Buffer.from(left as string), Buffer.from(right as string));
    case RANK.boolean:
      return Number(left) - Number(right);
    case RANK.array:
      return compareArrays(left as readonly JsonNode[], right as readonly JsonNode[]);
    case RANK.object:
      return compareObjects(left as JsonObject, right as JsonObject);
    case RANK.opaque:
      return compareBytes((left as { bytes: Uint8Array }).bytes, (right as { bytes: Uint8Array }).bytes);
    default:
      return compareTemporals(left as JsonTemporal, right as JsonTemporal);
  }
}

function compareJsonNumbers(left: number | bigint | Decimal, right: number | bigint | Decimal): number {
  if (left instanceof Decimal || right instanceof Decimal) return decimalOf(left).compare(decimalOf(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

function decimalOf(value: number | bigint | Decimal): Decimal {
  if (value instanceof Decimal) return value;
  return typeof value === 'bigint' ? Decimal.fromInt(value) : Decimal.fromDouble(value);
}

function compareTemporals(left: JsonTemporal, right: JsonTemporal): number {
  if (typeof left.value === 'number') return left.value - (right.value as number);
  return left.value.compare(right.value as DateTime);
}

function compareArrays(left: readonly JsonNode[], right: readonly JsonNode[]): number {
  const shorter = Math.min(left.length, right.length);
  for (let i = 0; i < shorter; i++) {
    const order = compareJson(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Equality is MySQL's; the order of unequal objects is any fixed one. */
function compareObjects(left: JsonObject, right: JsonObject): number {
  if (left.size !== right.size) return left.size - right.size;
  const others = [...right];
  let i = 0;
  for (const [key, value] of left) {
    const [otherKey, otherValue] = others[i++]!;
    if (key !== otherKey) return compareBytes(Buffer.from(key), Buffer.from(otherKey));
    const order = compareJson(value, otherValue);
    if (order !== 0) return order;
  }
  return 0;
}
