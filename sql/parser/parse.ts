/** The entrance of the parser. */

import type { Expression } from './ast.ts';
import { tokenize } from './lexer.ts';
import type { SlotPositions } from './literal-parser.ts';
import { sourceOf } from './source.ts';
import { DEFAULT_PARSER_MODE, type ParserMode } from './sql-mode.ts';
import type { Statement } from './statement.ts';
import { StatementParser } from './statement-parser.ts';
import { emptyQuery, syntaxError } from './syntax-error.ts';
import { TOKEN, type TokenList } from './tokens.ts';

export interface ParseOptions {
  /** The session's sql_mode; without it none of the flags that change reading. */
  readonly sqlMode?: ParserMode | undefined;
  /** Literal positions from `normalize` of the same text: literal nodes then carry their slot numbers. */
  readonly literalSlots?: SlotPositions | undefined;
  /** A reader that is asked first and may decline: `parseWithNodeSqlParser` of `nsp/adapter.ts`. */
  readonly queryParser?: QueryParserFunction | undefined;
}

export type QueryParserFunction = (
  tokens: TokenList,
  mode: ParserMode,
  slots: SlotPositions | undefined,
) => Statement | undefined;

export interface ParsedStatement {
  /** Undefined for nothing but white space, comments and semicolons. */
  readonly statement: Statement | undefined;
  /** Byte offset of the terminating semicolon, or of the end of the text. */
  readonly end: number;
  /** Byte offset at which the next statement begins; the length of the text when there is none. */
  readonly next: number;
}

/**
 * The one statement in `text` (UTF-8), with at most a semicolon behind it. Throws SqlError 1064 with MySQL's wording, 1065
 * for an empty statement, 1436 for too deep nesting.
 */
export function parse(text: Uint8Array | string, options: ParseOptions = {}): Statement {
  const source = sourceOf(text);
  const { statement, next } = parseSource(source, 0, options);
  if (statement === undefined) throw emptyStatement(source, next);
  expectNothing(source, next, options);
  return statement;
}

/** The statement that begins at byte offset `from` of a text that may hold several. */
export function parseNext(text: Uint8Array | string, from: number, options: ParseOptions = {}): ParsedStatement {
  return parseSource(sourceOf(text), from, options);
}

/** An expression alone: defaults, checks and generated columns out of the catalogue. */
export function parseExpression(text: Uint8Array | string, options: ParseOptions = {}): Expression {
  const source = sourceOf(text);
  const mode = options.sqlMode ?? DEFAULT_PARSER_MODE;
  return new StatementParser(tokenize(source, 0, mode), mode, options.literalSlots).wholeExpression();
}

function parseSource(source: string, from: number, options: ParseOptions): ParsedStatement {
  const mode = options.sqlMode ?? DEFAULT_PARSER_MODE;
  const tokens = tokenize(source, from, mode);
  const statement = tokens.types[0] === TOKEN.end ? undefined : parseTokens(tokens, mode, options);
  return { statement, end: tokens.statementEnd, next: tokens.nextStatement };
}

function parseTokens(tokens: TokenList, mode: ParserMode, options: ParseOptions): Statement {
  const answered = options.queryParser?.(tokens, mode, options.literalSlots);
  return answered ?? new StatementParser(tokens, mode, options.literalSlots).wholeStatement();
}

function emptyStatement(source: string, next: number): Error {
  return next < source.length ? syntaxError(source, next - 1) : emptyQuery();
}

/** After a statement MySQL lets pass white space, comments and further semicolons. */
function expectNothing(source: string, from: number, options: ParseOptions): void {
  const mode = options.sqlMode ?? DEFAULT_PARSER_MODE;
  for (let at = from; at < source.length; ) {
    const tokens = tokenize(source, at, mode);
    if (tokens.types[0] !== TOKEN.end) throw syntaxError(source, tokens.starts[0]!);
    at = tokens.nextStatement;
  }
}
