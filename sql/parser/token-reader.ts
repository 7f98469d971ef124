/**
 * The lowest layer of the recursive-descent parser: a cursor over a statement's tokens, names, and the nesting budget.
 * Every layer above adds one part of the grammar. Expectations that fail throw MySQL's 1064 at the token that failed.
 */

import type { SqlError } from '../../engine/index.ts';
import type { Identifier, TableName } from './ast.ts';
import type { Keyword } from './keywords.ts';
import { MAX_NESTING, MAX_TREE_HEIGHT } from './limits.ts';
import { unquoteIdentifier, unquoteString } from './literal-text.ts';
import { decodeSource } from './source.ts';
import type { ParserMode } from './sql-mode.ts';
import { nestingTooDeep, syntaxError } from './syntax-error.ts';
import { sourceText, TOKEN, type TokenList } from './tokens.ts';

export type Operator =
  | '('
  | ')'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '&'
  | '|'
  | '~'
  | '!'
  | '='
  | '<'
  | '>'
  | ','
  | '.'
  | ':'
  | '{'
  | '}'
  | '@@'
  | '<='
  | '>='
  | '<>'
  | '<<'
  | '>>'
  | '||'
  | '&&'
  | ':='
  | '->'
  | '->>'
  | '<=>';

export type TokenSymbol = Keyword | Operator;

export class TokenReader {
  protected readonly source: string;
  protected readonly mode: ParserMode;
  protected readonly tokens: TokenList;
  /** Index of the next token. */
  protected index = 0;
  /** Height of the expression tree read last; see `MAX_TREE_HEIGHT`. */
  protected height = 0;
  #nesting = 0;
  /** Index of the farthest token at which `acceptAll` gave up. */
  #furthest = 0;

  constructor(tokens: TokenList, mode: ParserMode) {
    this.source = tokens.source;
    this.mode = mode;
    this.tokens = tokens;
  }

  /* ------------------------------------------------------------------ the cursor */

  /** The next token's keyword or operator; '' for names, literals and the end. */
  protected get symbol(): string {
    return this.tokens.symbols[this.index]!;
  }

  protected get type(): number {
    return this.tokens.types[this.index]!;
  }

  /** Byte offset of the next token. */
  protected get start(): number {
    return this.tokens.starts[this.index]!;
  }

  /** Byte offset behind the last token read. */
  protected get end(): number {
    return this.index === 0 ? this.start : this.tokens.ends[this.index - 1]!;
  }

  protected is(symbol: TokenSymbol): boolean {
    return this.tokens.symbols[this.index] === symbol;
  }

  protected isAny(...symbols: readonly TokenSymbol[]): boolean {
    return (symbols as readonly string[]).includes(this.symbol);
  }

  protected peekIs(offset: number, symbol: TokenSymbol): boolean {
    return this.tokens.symbols[this.index + offset] === symbol;
  }

  protected peekType(offset: number): number {
    return this.tokens.types[this.index + offset] ?? TOKEN.end;
  }

  protected accept(symbol: TokenSymbol): boolean {
    if (this.tokens.symbols[this.index] !== symbol) return false;
    this.index++;
    return true;
  }

  /** Accepts all words in this order, or none. */
  protected acceptAll(...symbols: readonly TokenSymbol[]): boolean {
    for (let i = 0; i < symbols.length; i++) {
      if (this.peekIs(i, symbols[i]!)) continue;
      if (this.index + i > this.#furthest) this.#furthest = this.index + i;
      return false;
    }
    this.index += symbols.length;
    return true;
  }

  /** Accepts and answers the first of `symbols` that matches. */
  protected acceptOneOf<S extends TokenSymbol>(...symbols: readonly S[]): S | undefined {
    const symbol = this.symbol;
    for (const candidate of symbols) {
      if (candidate !== symbol) continue;
      this.index++;
      return candidate;
    }
    return undefined;
  }

  protected expect(...symbols: readonly TokenSymbol[]): void {
    for (const symbol of symbols) if (!this.accept(symbol)) throw this.unexpected();
  }

  protected expectOneOf<S extends TokenSymbol>(...symbols: readonly S[]): S {
    const symbol = this.acceptOneOf(...symbols);
    if (symbol === undefined) throw this.unexpected();
    return symbol;
  }

  protected get atEnd(): boolean {
    return this.type === TOKEN.end;
  }

  /** The error for the next token, or for the one up to which a longer form had matched. */
  protected unexpected(): SqlError {
    return syntaxError(this.source, this.tokens.starts[Math.max(this.index, this.#furthest)]!);
  }

  /** True when the next two tokens touch. */
  protected get touchesNext(): boolean {
    return this.tokens.ends[this.index] === this.tokens.starts[this.index + 1];
  }

  /* ------------------------------------------------------------------ nesting */

  /** Enters a nested construct; every call is paired with `leave`. */
  protected enter(): void {
    if (++this.#nesting > MAX_NESTING) throw nestingTooDeep();
  }

  protected leave(): void {
    this.#nesting--;
  }

  /** Records a node above subtrees of the given height. */
  protected raise(height: number): void {
    if (height >= MAX_TREE_HEIGHT) throw nestingTooDeep();
    this.height = height + 1;
  }

  /* ------------------------------------------------------------------ text and names */

  /** The source between two offsets as written, version comment marks taken out. */
  protected text(start: number, end: number): string {
    return sourceText(this.tokens, start, end);
  }

  /** The tokens from `first` up to the cursor, in lower case with single blanks. */
  protected wordsFrom(first: number): string {
    const { starts, ends } = this.tokens;
    const words: string[] = [];
    for (let i = first; i < this.index; i++)
      words.push(decodeSource(this.source.slice(starts[i], ends[i])).toLowerCase());
    return words.join(' ');
  }

  protected skipToEnd(): void {
    while (!this.atEnd) {
      if (this.type === TOKEN.invalid) throw this.unexpected();
      this.index++;
    }
  }

  protected isIdentifier(offset = 0): boolean {
    const type = this.peekType(offset);
    return type === TOKEN.word || type === TOKEN.quotedIdentifier;
  }

  protected identifier(): Identifier {
    if (!this.isIdentifier()) throw this.unexpected();
    return this.takeIdentifier();
  }

  protected takeIdentifier(): Identifier {
    const { types, starts, ends } = this.tokens;
    const quoted = types[this.index] === TOKEN.quotedIdentifier;
    const start = starts[this.index]!;
    const end = ends[this.index]!;
    this.index++;
    const raw = quoted ? unquoteIdentifier(this.source, start, end) : this.source.slice(start, end);
    return { name: decodeSource(raw), quoted };
  }

  protected identifierList(): Identifier[] {
    return this.commaList(() => this.identifier());
  }

  /** ( a, b ). */
  protected identifiersInParentheses(): Identifier[] {
    this.expect('(');
    const names = this.identifierList();
    this.expect(')');
    return names;
  }

  protected optionalIdentifiersInParentheses(): Identifier[] {
    return this.is('(') ? this.identifiersInParentheses() : [];
  }

  protected tableName(): TableName {
    const first = this.identifier();
    if (!this.accept('.')) return { schema: undefined, name: first };
    return { schema: first, name: this.identifier() };
  }

  protected tableNames(): TableName[] {
    return this.commaList(() => this.tableName());
  }

  protected commaList<T>(item: () => T): T[] {
    const items = [item()];
    while (this.accept(',')) items.push(item());
    return items;
  }

  /** A quoted text as plain string; adjacent strings are not joined here. */
  protected stringText(): string {
    if (this.type !== TOKEN.string) throw this.unexpected();
    const text = unquoteString(this.source, this.start, this.tokens.ends[this.index]!, this.mode);
    this.index++;
    return decodeSource(text);
  }

  /** A name or a quoted text: charsets, engines, user names, aliases. */
  protected identifierOrText(): string {
    return this.type === TOKEN.string ? this.stringText() : this.identifier().name;
  }

  /** An unsigned integer as number. */
  protected integer(): number {
    if (this.type !== TOKEN.integer) throw this.unexpected();
    const text = this.source.slice(this.start, this.tokens.ends[this.index]!);
    this.index++;
    return Number(text);
  }

  /** An integer that may be negative and beyond 2^53: sequence options, AUTO_INCREMENT. */
  protected wideInteger(): number | bigint {
    const negative = this.accept('-');
    if (!negative) this.accept('+');
    if (this.type !== TOKEN.integer) throw this.unexpected();
    const value = BigInt(this.source.slice(this.start, this.tokens.ends[this.index]!)) * (negative ? -1n : 1n);
    this.index++;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  protected ifNotExists(): boolean {
    return this.acceptAll('IF', 'NOT', 'EXISTS');
  }

  protected ifExists(): boolean {
    return this.acceptAll('IF', 'EXISTS');
  }
}
