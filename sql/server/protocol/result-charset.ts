/** The character set that results are converted to: character_set_results of the session. */

import { type Datum, findCharset, findCollation } from '../../../engine/index.ts';
import type { ResultCharset } from './column-definition.ts';

export type { ResultCharset } from './column-definition.ts';

/** One object per character set and collation: encoded columns are kept per object. */
const known = new Map<string, ResultCharset>();

/** Undefined for NULL and 'binary': each column is sent in its own character set. */
export function resultCharsetOf(value: Datum, collationId: number | undefined): ResultCharset | undefined {
  if (typeof value !== 'string' || value === 'binary') return undefined;
  const key = collationId === undefined ? value : `${value} ${collationId}`;
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const charset = findCharset(value);
  if (charset === undefined) return undefined;
  const result: ResultCharset = {
    name: charset.name,
    collationId: collationId ?? findCollation(charset.defaultCollation)?.id ?? 0,
    maxBytes: charset.maxBytes,
  };
  known.set(key, result);
  return result;
}

/** Text in a character set by name; characters it lacks become '?'. */
export function encodeText(charset: string, text: string): Uint8Array {
  return findCharset(charset)?.encode(text) ?? Buffer.from(text, 'utf8');
}
