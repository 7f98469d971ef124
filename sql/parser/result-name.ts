/** MySQL's names of result columns that have no alias. */

import type { Expression } from './ast.ts';
import { unquoteString } from './literal-text.ts';
import { decodeSource } from './source.ts';
import type { ParserMode } from './sql-mode.ts';
import { sourceText, TOKEN, type TokenList } from './tokens.ts';

/** The name of `expression`, written as the tokens `first` … `last`. */
export function resultName(
  expression: Expression,
  tokens: TokenList,
  first: number,
  last: number,
  mode: ParserMode,
): string {
  switch (expression.kind) {
    case 'column':
      return expression.name.name;
    case 'null':
      return 'NULL';
    case 'string':
      return firstStringText(tokens, first, mode).trimStart();
    case 'integer':
    case 'decimal':
    case 'float':
      return expression.text;
    default:
      return sourceText(tokens, tokens.starts[first]!, nameEnd(tokens, last, mode));
  }
}

/** Of adjacent strings, the first names the column. */
function firstStringText(tokens: TokenList, first: number, mode: ParserMode): string {
  const { source, types, starts, ends } = tokens;
  let index = first;
  while (types[index] !== TOKEN.string && types[index] !== TOKEN.nationalString) index++;
  const open = starts[index]! + (types[index] === TOKEN.nationalString ? 1 : 0);
  return decodeSource(unquoteString(source, open, ends[index]!, mode));
}

/** Under IGNORE_SPACE the server's lexer takes the blanks behind a bare word along, and names show them. */
function nameEnd(tokens: TokenList, last: number, mode: ParserMode): number {
  const { source, types, symbols, starts, ends } = tokens;
  const end = ends[last]!;
  const isWord = types[last] === TOKEN.word || types[last] === TOKEN.reserved;
  const touchesMark = (symbols[last - 1] === '.' || symbols[last - 1] === '@@') && ends[last - 1] === starts[last];
  if (!mode.ignoreSpace || !isWord || touchesMark) return end;
  const blanks = /^[\t-\r ]*/.exec(source.slice(end, starts[last + 1]!));
  return end + (blanks?.[0].length ?? 0);
}
