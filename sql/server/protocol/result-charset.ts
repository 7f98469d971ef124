/** The character set that results are converted to: character_set_results of the session. */

import { type Datum, findCharset, findCollation } from '../../../engine/index.ts';
import type { ResultCharset } from './column-definition.ts';

export type { ResultCharset } from './column-definition.ts';

const known = new Map<string, ResultCharset>();

/** Undefined for NULL and 'binary': each column is sent in its own character set. */
export function resultCharsetOf(value: Datum): ResultCharset | undefined {
  if (typeof value !== 'string' || value === 'binary') return undefined;
  const cached = known.get(value);
  if (cached !== undefined) return cached;
  const charset = findCharset(value);
  if (charset === undefined) return undefined;
  const result: ResultCharset = {
    name: charset.name,
    collationId: findCollation(charset.defaultCollation)?.id ?? 0,
    maxBytes: charset.maxBytes,
  };
  known.set(value, result);
  return result;
}

/** Text in a character set by name; characters it lacks become '?'. */
export function encodeText(charset: string, text: string): Uint8Array {
  return findCharset(charset)?.encode(text) ?? Buffer.from(text, 'utf8');
}
