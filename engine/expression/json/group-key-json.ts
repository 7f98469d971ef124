/** A string that is equal for JSON values that compare equal. */

import { Decimal } from '../../types/decimal.ts';
import { isJsonArray, isJsonObject, type JsonNode } from '../../types/json.ts';
import { jsonText } from '../../types/json-text.ts';

export function jsonGroupKey(node: JsonNode): string {
  if (typeof node === 'number') return Decimal.fromDouble(node).normalized().toString();
  if (node instanceof Decimal) return node.normalized().toString();
  if (node === null || typeof node !== 'object') return jsonText(node);
  if (isJsonArray(node)) return `[${node.map(jsonGroupKey).join()}]`;
  if (isJsonObject(node))
    return `{${[...node].map(([key, value]) => `${jsonText(key)}:${jsonGroupKey(value)}`).join()}}`;
  return `${node.kind}${jsonText(node)}`;
}
