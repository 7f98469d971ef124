/**
 * Canonical text for node-sql-parser. That package reads comments, numbers, strings, introducers and quoted names by other
 * rules than MySQL, so it is shown none of them: names become `i<token>`, everything that is a value becomes a number whose
 * last digits are its token. What is left are keywords, operators and function names, with single blanks between them.
 *
 * The adapter looks values and names up again by token and checks that each was used exactly once: a parser that drops a
 * WHERE or reads something twice is caught here.
 */

import type { Expression, Identifier } from '../ast.ts';
import { isCharacterSetName } from '../charset-names.ts';
import { LiteralParser, type SlotPositions } from '../literal-parser.ts';
import type { ParserMode } from '../sql-mode.ts';
import { TOKEN, type TokenList } from '../tokens.ts';
import { UnsupportedTree } from './unsupported.ts';

/** Added to a token's index to make its number; 13 digits, so that no grammar takes it for a length or a year. */
const VALUE_BASE = 7_000_000_000_000;

export class CanonicalText extends LiteralParser {
  /** What the package is given. */
  readonly canonicalText: string;
  /** Offset in `canonicalText` to token index. */
  readonly #tokenAt = new Map<number, number>();
  readonly #values = new Map<number, Expression>();
  readonly #names = new Map<string, Identifier>();
  #parts: string[] = [];
  #length = 0;

  constructor(tokens: TokenList, mode: ParserMode, slots: SlotPositions | undefined) {
    super(tokens, mode, slots);
    while (!this.atEnd) this.#translate();
    this.canonicalText = this.#parts.join(' ');
    this.#parts = [];
  }

  get tokenList(): TokenList {
    return this.tokens;
  }

  get parserMode(): ParserMode {
    return this.mode;
  }

  #emit(text: string, token: number): void {
    this.#tokenAt.set(this.#length, token);
    this.#length += text.length + 1;
    this.#parts.push(text);
  }

  #translate(): void {
    const token = this.index;
    const { type } = this;
    if (type === TOKEN.invalid || type === TOKEN.hint) throw new UnsupportedTree('token');
    if (this.#isAliasText(token)) {
      const start = this.start;
      const literal = this.stringLiteral(undefined, start);
      this.#emitName({ name: literal.value, quoted: true }, token);
      return;
    }
    if (this.#isValue()) {
      const value = this.is('@@') ? this.systemVariable() : this.literal();
      if (value === undefined) throw new UnsupportedTree('value');
      this.#values.set(token, value);
      this.#emit(String(VALUE_BASE + token), token);
      return;
    }
    if (type === TOKEN.operator || type === TOKEN.reserved || this.#isGrammarWord(token)) {
      this.#emit(this.symbol === '' ? this.#wordText() : this.symbol, token);
      this.index++;
      return;
    }
    this.#emitName(this.takeIdentifier(), token);
  }

  #wordText(): string {
    return this.source.slice(this.start, this.tokens.ends[this.index]!).toLowerCase();
  }

  #emitName(identifier: Identifier, token: number): void {
    const name = `i${token}`;
    this.#names.set(name, identifier);
    this.#emit(name, token);
  }

  #isAliasText(token: number): boolean {
    return this.type === TOKEN.string && this.tokens.symbols[token - 1] === 'AS';
  }

  #isValue(): boolean {
    const { type } = this;
    if (type === TOKEN.word) {
      const next = this.peekType(1);
      if (next !== TOKEN.string && next !== TOKEN.hex && next !== TOKEN.bit) return false;
      const word = this.#wordText();
      return this.isAny('DATE', 'TIME', 'TIMESTAMP') || (word.startsWith('_') && isCharacterSetName(word.slice(1)));
    }
    return (type >= TOKEN.string && type <= TOKEN.userVariable) || this.is('@@');
  }

  /** Words that are not reserved but act as grammar here, and function names. */
  #isGrammarWord(token: number): boolean {
    if (this.type !== TOKEN.word) return false;
    if (this.tokens.symbols[token - 1] === '.') return false;
    if (this.#isInsertTarget(token)) return false;
    if (this.peekIs(1, '(')) return true;
    return GRAMMAR_WORDS.has(this.symbol) || (this.isIntervalUnit() && this.#followsInterval(token));
  }

  /** The table in INSERT INTO t (…), which looks like a call. */
  #isInsertTarget(token: number): boolean {
    const before = this.tokens.symbols[token - 1];
    return before === 'INTO' || before === 'INSERT' || before === 'REPLACE' || before === 'IGNORE';
  }

  #followsInterval(token: number): boolean {
    return (
      this.tokens.symbols.lastIndexOf('INTERVAL', token) >= token - 8 &&
      this.tokens.symbols.lastIndexOf('INTERVAL', token) >= 0
    );
  }

  /* ------------------------------------------------------------------ looking up again */

  /** The value behind a placeholder number; each can be taken once. */
  takeValue(placeholder: number): Expression {
    const token = placeholder - VALUE_BASE;
    const value = this.#values.get(token);
    if (value === undefined) throw new UnsupportedTree(`value ${placeholder}`);
    this.#values.delete(token);
    return value;
  }

  takeName(placeholder: string): Identifier {
    const name = this.#names.get(placeholder);
    if (name === undefined) throw new UnsupportedTree(`name ${placeholder}`);
    this.#names.delete(placeholder);
    return name;
  }

  /** Byte offsets of the name `i<token>`. */
  spanOf(placeholder: string): { readonly start: number; readonly end: number } {
    const token = Number(placeholder.slice(1));
    return { start: this.tokens.starts[token]!, end: this.tokens.ends[token]! };
  }

  /** Every placeholder must have been used. */
  checkConsumed(): void {
    if (this.#values.size > 0 || this.#names.size > 0) throw new UnsupportedTree('a placeholder was not used');
  }

  /** Token index at an offset of the canonical text. */
  tokenAt(offset: number): number {
    const token = this.#tokenAt.get(offset);
    if (token === undefined) throw new UnsupportedTree('location');
    return token;
  }
}

const GRAMMAR_WORDS = new Set([
  'OFFSET',
  'DUPLICATE',
  'ROLLUP',
  'VALUE',
  'END',
  'ANY',
  'SOME',
  'SHARE',
  'MODE',
  'NOWAIT',
  'SKIP',
  'LOCKED',
  'UNKNOWN',
  'SIGNED',
  'DATE',
  'DATETIME',
  'TIME',
  'JSON',
  'ESCAPE',
  'SQL_NO_CACHE',
  'SQL_CACHE',
  'SQL_BUFFER_RESULT',
]);
