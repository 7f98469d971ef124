/** Splits a script for the mysql client into statements: semicolons outside quotes and comments, and DELIMITER lines. */

import { tokenize } from './lexer.ts';
import { sourceBytes, sourceOf } from './source.ts';
import { DEFAULT_PARSER_MODE, type ParserMode } from './sql-mode.ts';
import { TOKEN } from './tokens.ts';

export interface ScriptStatement {
  /** The statement's bytes without its delimiter. */
  readonly sql: Uint8Array;
  /** Byte offset in the script. */
  readonly offset: number;
}

/** Statements that are only white space or comments are left out; version comments are statements. */
export function splitScript(script: Uint8Array | string, mode: ParserMode = DEFAULT_PARSER_MODE): ScriptStatement[] {
  const source = sourceOf(script);
  const statements: ScriptStatement[] = [];
  let delimiter = ';';
  let at = 0;
  while (at < source.length) {
    const tokens = tokenize(source, at, mode);
    const command = /delimiter[ \t]+(\S+)[^\n]*\n?/iy;
    command.lastIndex = tokens.starts[0]!;
    const found = command.exec(source);
    if (found !== null) {
      delimiter = found[1]!;
      at = command.lastIndex;
      continue;
    }
    const end = delimiter === ';' ? tokens.statementEnd : delimitedEnd(source, at, delimiter);
    if (tokens.types[0] !== TOKEN.end) statements.push({ sql: sourceBytes(source.slice(at, end)), offset: at });
    at = end + delimiter.length;
  }
  return statements;
}

/** Between custom delimiters only the delimiter counts. */
function delimitedEnd(source: string, from: number, delimiter: string): number {
  const end = source.indexOf(delimiter, from);
  return end < 0 ? source.length : end;
}
