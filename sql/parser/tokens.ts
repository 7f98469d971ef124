/** Token types and the token list of one statement, as parallel arrays. */

import { decodeSource } from './source.ts';

/** What a token is; `symbol` tells words and operators apart. */
export const TOKEN = {
  end: 0,
  /** Unquoted, not reserved: a name. */
  word: 1,
  reserved: 2,
  quotedIdentifier: 3,
  string: 4,
  /** N'…' */
  nationalString: 5,
  integer: 6,
  decimal: 7,
  float: 8,
  hex: 9,
  bit: 10,
  /** ? */
  parameter: 11,
  /** @name with its quoting */
  userVariable: 12,
  operator: 13,
  /** The text of an optimizer hint comment. */
  hint: 14,
  /** An unterminated string or comment, or a stray character: nothing accepts it. */
  invalid: 15,
} as const;

export interface TokenList {
  readonly source: string;
  readonly types: number[];
  /** Byte offsets. */
  readonly starts: number[];
  readonly ends: number[];
  /** Keyword in upper case, or operator; '' for everything else (names after a dot too). */
  readonly symbols: string[];
  /** Stretches of source taken out by version comments: start, end, start, end …; empty almost always. */
  readonly removed: number[];
  /** Offset of the terminating `;` or the end of the text, and where the next statement begins. */
  statementEnd: number;
  nextStatement: number;
}

/** The source between two offsets as written, version comment marks taken out. */
export function sourceText(tokens: TokenList, start: number, end: number): string {
  const { source, removed } = tokens;
  if (removed.length === 0) return decodeSource(source.slice(start, end));
  let text = '';
  let from = start;
  for (let i = 0; i < removed.length; i += 2) {
    if (removed[i]! < from || removed[i]! >= end) continue;
    text += source.slice(from, removed[i]);
    from = removed[i + 1]!;
  }
  return decodeSource(text + source.slice(from, end));
}
