/** JSON_PRETTY. */

import { isJsonArray, isJsonObject, type JsonNode } from '../../types/json.ts';
import { jsonText, quoteJson } from '../../types/json-text.ts';

export function prettyJson(node: JsonNode, indent = ''): string {
  const inner = `${indent}  `;
  if (isJsonArray(node) && node.length > 0) {
    return `[\n${node.map((cell) => inner + prettyJson(cell, inner)).join(',\n')}\n${indent}]`;
  }
  if (isJsonObject(node) && node.size > 0) {
    const members = [...node].map(([key, value]) => `${inner}${quoteJson(key)}: ${prettyJson(value, inner)}`);
    return `{\n${members.join(',\n')}\n${indent}}`;
  }
  return jsonText(node);
}
