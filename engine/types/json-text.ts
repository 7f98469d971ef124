/** JSON as MySQL prints it: `, ` and `: ` between parts, doubles always with a point or exponent, temporals quoted. */

import { clockText, type DateTime } from './date-time.ts';
import { Decimal } from './decimal.ts';
import type { JsonNode, JsonOpaque, JsonTemporal } from './json.ts';
import { doubleText } from './number-text.ts';

export function jsonText(node: JsonNode): string {
  if (node === null) return 'null';
  switch (typeof node) {
    case 'boolean':
    case 'bigint':
      return String(node);
    case 'number':
      return jsonDoubleText(node);
    case 'string':
      return quoteJson(node);
  }
  if (Array.isArray(node)) return `[${(node as readonly JsonNode[]).map(jsonText).join(', ')}]`;
  if (node instanceof Map) return objectText(node);
  if (node instanceof Decimal) return node.toString();
  const leaf = node as JsonTemporal | JsonOpaque;
  return quoteJson(leaf.kind === 'opaque' ? opaqueText(leaf) : temporalText(leaf));
}

function objectText(members: ReadonlyMap<string, JsonNode>): string {
  const parts: string[] = [];
  for (const [key, value] of members) parts.push(`${quoteJson(key)}: ${jsonText(value)}`);
  return `{${parts.join(', ')}}`;
}

function jsonDoubleText(value: number): string {
  const text = doubleText(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Without quotes: JSON_UNQUOTE of a temporal value. Datetimes and times always show six digits of fraction. */
export function temporalText(node: JsonTemporal): string {
  if (typeof node.value === 'number') return `${node.value < 0 ? '-' : ''}${clockText(Math.abs(node.value), 6)}`;
  const value: DateTime = node.value;
  return node.kind === 'date' ? value.toDateString() : value.toString(6);
}

export function opaqueText(node: JsonOpaque): string {
  return `base64:type${node.fieldType}:${Buffer.from(node.bytes).toString('base64')}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** JSON_QUOTE: escapes quotes, backslashes and control characters; nothing else. */
export function quoteJson(text: string): string {
  const escaped = text.replace(
    /["\\\x00-\x1f]/g,
    (character) => ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}
