/**
 * MySQL's lexical rules: one statement's text to a token list. Values are not decoded here (`literals.ts` does that on
 * demand), so a token costs four array entries. Comments vanish, version comments are expanded, hints become tokens.
 * Sources: the reference manual's chapter on language structure, checked against a server.
 */

import { EXTENSION_WORDS, NONRESERVED_WORDS, RESERVED_WORDS } from './keywords.ts';
import { type ParserMode, VERSION_COMMENT_LIMIT } from './sql-mode.ts';
import { TOKEN, type TokenList } from './tokens.ts';

const WORD_CHAR = 1;
const DIGIT = 2;
const SPACE = 4;
const HEX_DIGIT = 8;
const CLASSES = makeClasses();

function makeClasses(): Uint8Array {
  const classes = new Uint8Array(256);
  for (let c = 0; c < 256; c++) {
    const char = String.fromCharCode(c);
    if (/[A-Za-z0-9_$]/.test(char) || c >= 0x80) classes[c]! |= WORD_CHAR;
    if (/[0-9]/.test(char)) classes[c]! |= DIGIT;
    if (/[0-9A-Fa-f]/.test(char)) classes[c]! |= HEX_DIGIT;
    if (c === 0x20 || (c >= 0x09 && c <= 0x0d)) classes[c]! |= SPACE;
  }
  return classes;
}

const KEYWORD_SLOTS = 8192;
const keywordTable: string[] = new Array<string>(KEYWORD_SLOTS).fill('');
const keywordTypes = new Uint8Array(KEYWORD_SLOTS);

function addKeywords(words: readonly string[], type: number): void {
  for (const word of words) {
    let hash = 0;
    for (let i = 0; i < word.length; i++) hash = hashChar(hash, word.charCodeAt(i));
    let slot = hash & (KEYWORD_SLOTS - 1);
    while (keywordTable[slot] !== '') slot = (slot + 1) & (KEYWORD_SLOTS - 1);
    keywordTable[slot] = word;
    keywordTypes[slot] = type;
  }
}

/** Folds the letter case of ASCII; other characters may collide, which the comparison afterwards sorts out. */
function hashChar(hash: number, char: number): number {
  return (Math.imul(hash, 31) + (char & 0xdf)) | 0;
}

addKeywords(RESERVED_WORDS, TOKEN.reserved);
addKeywords(NONRESERVED_WORDS, TOKEN.word);
addKeywords(EXTENSION_WORDS, TOKEN.word);

function equalsUpperCase(source: string, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    let char = source.charCodeAt(start + i);
    if (char >= 0x61 && char <= 0x7a) char -= 0x20;
    if (char !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** Statements whose first word may be followed by a hint comment. */
const HINTABLE = new Set(['SELECT', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE', 'WITH']);

const TWO_CHAR_OPERATORS = new Set(['<=', '>=', '<>', '!=', '<<', '>>', '||', '&&', ':=', '->', '@@']);
const ONE_CHAR_OPERATORS: readonly string[] = Array.from({ length: 128 }, (_, c) =>
  '()+-*/%^&|~!=<>,.:;{}@[]'.includes(String.fromCharCode(c)) ? String.fromCharCode(c) : '',
);

/** Reads the statement that begins at `from`. Never throws: what can't be read becomes an `invalid` token. */
export function tokenize(source: string, from: number, mode: ParserMode): TokenList {
  return new Lexer(source, from, mode).run();
}

class Lexer {
  readonly #source: string;
  readonly #mode: ParserMode;
  readonly #tokens: TokenList;
  #position: number;
  #insideVersionComment = false;
  /** Set after a dot: the next word is a name, whatever it looks like. */
  #nameFollows = false;

  constructor(source: string, from: number, mode: ParserMode) {
    this.#source = source;
    this.#mode = mode;
    this.#position = from;
    this.#tokens = {
      source,
      types: [],
      starts: [],
      ends: [],
      symbols: [],
      removed: [],
      statementEnd: source.length,
      nextStatement: source.length,
    };
  }

  run(): TokenList {
    const source = this.#source;
    const length = source.length;
    for (;;) {
      this.#skipBlanks();
      const start = this.#position;
      if (start >= length) break;
      const char = source.charCodeAt(start);
      if (char === 0x3b) {
        this.#tokens.statementEnd = start;
        this.#tokens.nextStatement = start + 1;
        break;
      }
      if (this.#isClientTerminator(start)) break;
      this.#next(start, char);
    }
    const end = Math.min(this.#position, length);
    this.#push(this.#insideVersionComment ? TOKEN.invalid : TOKEN.end, end, end, '');
    if (this.#insideVersionComment) this.#push(TOKEN.end, end, end, '');
    return this.#tokens;
  }

  /** Answers the token's end. */
  #push(type: number, start: number, end: number, symbol: string): number {
    const tokens = this.#tokens;
    tokens.types.push(type);
    tokens.starts.push(start);
    tokens.ends.push(end);
    tokens.symbols.push(symbol);
    this.#position = end;
    return end;
  }

  /** `\G` and `\g`, which clients use to end a statement, are let through at the very end of the text. */
  #isClientTerminator(start: number): boolean {
    const source = this.#source;
    if (source.charCodeAt(start) !== 0x5c) return false;
    if ((source.charCodeAt(start + 1) | 0x20) !== 0x67 || source.slice(start + 2).trim() !== '') return false;
    this.#tokens.statementEnd = start;
    return true;
  }

  #next(start: number, char: number): number {
    const charClass = CLASSES[char]!;
    if (charClass & WORD_CHAR) {
      if (this.#nameFollows) return this.#name(start);
      return charClass & DIGIT ? this.#number(start) : this.#word(start, char);
    }
    this.#nameFollows = false;
    switch (char) {
      case 0x27:
        return this.#quoted(start, start, char, TOKEN.string, !this.#mode.noBackslashEscapes);
      case 0x22:
        if (this.#mode.ansiQuotes) return this.#quoted(start, start, char, TOKEN.quotedIdentifier, false);
        return this.#quoted(start, start, char, TOKEN.string, !this.#mode.noBackslashEscapes);
      case 0x60:
        return this.#quoted(start, start, char, TOKEN.quotedIdentifier, false);
      case 0x3f:
        return this.#push(TOKEN.parameter, start, start + 1, '');
      case 0x2e:
        return this.#dot(start);
      case 0x40:
        return this.#at(start);
      default:
        return this.#operator(start, char);
    }
  }

  /* ------------------------------------------------------------------ blanks and comments */

  #skipBlanks(): void {
    const source = this.#source;
    for (;;) {
      const start = this.#position;
      const char = source.charCodeAt(start);
      if (CLASSES[char]! & SPACE) {
        this.#position = start + 1;
        this.#nameFollows = false;
      } else if (char === 0x23) this.#skipLine();
      else if (char === 0x2d && source.charCodeAt(start + 1) === 0x2d && this.#isBlankOrEnd(start + 2))
        this.#skipLine();
      else if (char === 0x2f && source.charCodeAt(start + 1) === 0x2a) {
        if (!this.#comment(start)) return;
      } else if (char === 0x2a && this.#insideVersionComment && source.charCodeAt(start + 1) === 0x2f) {
        this.#insideVersionComment = false;
        this.#remove(start, start + 2);
      } else return;
    }
  }

  #isBlankOrEnd(at: number): boolean {
    return at >= this.#source.length || this.#source.charCodeAt(at) <= 0x20;
  }

  #skipLine(): void {
    const end = this.#source.indexOf('\n', this.#position);
    this.#position = end < 0 ? this.#source.length : end + 1;
  }

  #remove(start: number, end: number): void {
    this.#tokens.removed.push(start, end);
    this.#position = end;
  }

  /** At a comment's start. False: a token begins here (hint, or an unterminated comment, which is left to `#operator`). */
  #comment(start: number): boolean {
    const source = this.#source;
    const third = source.charCodeAt(start + 2);
    if (third === 0x21) return this.#versionComment(start);
    if (third === 0x54 && source.charCodeAt(start + 3) === 0x21) return this.#tidbComment(start);
    if (third === 0x2b && HINTABLE.has(this.#tokens.symbols.at(-1) ?? '')) {
      const end = source.indexOf('*/', start + 3);
      if (end < 0) return false;
      this.#push(TOKEN.hint, start, end + 2, '');
      return true;
    }
    const end = source.indexOf('*/', start + 2);
    if (end < 0) return false;
    this.#position = end + 2;
    return true;
  }

  #versionComment(start: number): boolean {
    let at = start + 3;
    while (at < start + 9 && CLASSES[this.#source.charCodeAt(at)]! & DIGIT) at++;
    const digits = at - start - 3;
    if (digits < 5) {
      this.#insideVersionComment = true;
      this.#remove(start, start + 3);
      return true;
    }
    if (Number(this.#source.slice(start + 3, at)) <= VERSION_COMMENT_LIMIT) {
      this.#insideVersionComment = true;
      this.#remove(start, at);
      return true;
    }
    return this.#skipNestedComment(start);
  }

  /** A version comment for newer servers, which may hold ordinary comments. */
  #skipNestedComment(start: number): boolean {
    const source = this.#source;
    let at = start + 2;
    let depth = 1;
    while (depth > 0) {
      const close = source.indexOf('*/', at);
      if (close < 0) return false;
      const open = source.indexOf('/*', at);
      if (open >= 0 && open < close) {
        depth++;
        at = open + 2;
      } else {
        depth--;
        at = close + 2;
      }
    }
    this.#remove(start, at);
    return true;
  }

  /** TiDB's feature comments: slash, star, T, `!` and perhaps [feature,…]. */
  #tidbComment(start: number): boolean {
    let at = start + 4;
    if (this.#source.charCodeAt(at) === 0x5b) {
      const close = this.#source.indexOf(']', at);
      if (close < 0) return false;
      at = close + 1;
    }
    this.#insideVersionComment = true;
    this.#remove(start, at);
    return true;
  }

  /* ------------------------------------------------------------------ words and numbers */

  #word(start: number, first: number): number {
    const source = this.#source;
    if (source.charCodeAt(start + 1) === 0x27) {
      const lower = first | 0x20;
      if (lower === 0x78) return this.#quotedDigits(start, HEX_DIGIT, TOKEN.hex);
      if (lower === 0x62) return this.#quotedDigits(start, DIGIT, TOKEN.bit);
      if (lower === 0x6e) {
        return this.#quoted(start, start + 1, 0x27, TOKEN.nationalString, !this.#mode.noBackslashEscapes);
      }
    }
    let end = start;
    let hash = 0;
    let char = first;
    do {
      hash = hashChar(hash, char);
      char = source.charCodeAt(++end);
    } while (CLASSES[char]! & WORD_CHAR);
    const length = end - start;
    for (let slot = hash & (KEYWORD_SLOTS - 1); keywordTable[slot] !== ''; slot = (slot + 1) & (KEYWORD_SLOTS - 1)) {
      const word = keywordTable[slot]!;
      if (word.length === length && equalsUpperCase(source, start, word)) {
        return this.#push(keywordTypes[slot]!, start, end, word);
      }
    }
    return this.#push(TOKEN.word, start, end, '');
  }

  /** A word directly after a dot: no keyword, no number. */
  #name(start: number): number {
    this.#nameFollows = false;
    return this.#push(TOKEN.word, start, this.#spanOf(start, WORD_CHAR), '');
  }

  #spanOf(start: number, charClass: number): number {
    let end = start;
    while (CLASSES[this.#source.charCodeAt(end)]! & charClass) end++;
    return end;
  }

  #number(start: number): number {
    const source = this.#source;
    const digitsEnd = this.#spanOf(start, DIGIT);
    const next = source.charCodeAt(digitsEnd);
    if (next === 0x2e) return this.#fraction(start, digitsEnd + 1);
    if (!(CLASSES[next]! & WORD_CHAR)) return this.#push(TOKEN.integer, start, digitsEnd, '');
    const exponentEnd = this.#exponentEnd(digitsEnd);
    if (exponentEnd > 0) return this.#push(TOKEN.float, start, exponentEnd, '');
    const wordEnd = this.#spanOf(start, WORD_CHAR);
    if (digitsEnd === start + 1 && source.charCodeAt(start) === 0x30 && wordEnd > start + 2) {
      if (next === 0x78 && this.#spanOf(start + 2, HEX_DIGIT) === wordEnd) {
        return this.#push(TOKEN.hex, start, wordEnd, '');
      }
      if (next === 0x62 && /^[01]+$/.test(source.slice(start + 2, wordEnd))) {
        return this.#push(TOKEN.bit, start, wordEnd, '');
      }
    }
    return this.#push(TOKEN.word, start, wordEnd, '');
  }

  /** `fractionStart` is just behind the point. */
  #fraction(start: number, fractionStart: number): number {
    const end = this.#spanOf(fractionStart, DIGIT);
    const exponentEnd = this.#exponentEnd(end);
    if (exponentEnd > 0) return this.#push(TOKEN.float, start, exponentEnd, '');
    if ((this.#source.charCodeAt(end) | 0x20) === 0x65) return this.#push(TOKEN.invalid, start, end, '');
    return this.#push(TOKEN.decimal, start, end, '');
  }

  /** The end of an exponent that begins at `at`, or 0. */
  #exponentEnd(at: number): number {
    const source = this.#source;
    if ((source.charCodeAt(at) | 0x20) !== 0x65) return 0;
    let digits = at + 1;
    const sign = source.charCodeAt(digits);
    if (sign === 0x2b || sign === 0x2d) digits++;
    const end = this.#spanOf(digits, DIGIT);
    return end > digits ? end : 0;
  }

  #dot(start: number): number {
    const next = CLASSES[this.#source.charCodeAt(start + 1)]!;
    const last = this.#tokens.ends.at(-1);
    const afterName = last === start && isName(this.#tokens.types.at(-1)!);
    if (next & DIGIT && !afterName) return this.#fraction(start, start + 1);
    this.#nameFollows = (next & WORD_CHAR) !== 0;
    return this.#push(TOKEN.operator, start, start + 1, '.');
  }

  /* ------------------------------------------------------------------ quotes, variables, operators */

  /** A quoted text whose opening quote is at `open`; the token begins at `start`. Doubled quotes stand for one. */
  #quoted(start: number, open: number, quote: number, type: number, escapes: boolean): number {
    const source = this.#source;
    const length = source.length;
    let at = open + 1;
    while (at < length) {
      const char = source.charCodeAt(at++);
      if (char === quote) {
        if (source.charCodeAt(at) !== quote) return this.#push(type, start, at, '');
        at++;
      } else if (char === 0x5c && escapes) at++;
    }
    return this.#push(TOKEN.invalid, start, length, '');
  }

  /** x'…' and b'…'; odd hex digits or other characters make it invalid. */
  #quotedDigits(start: number, digitClass: number, type: number): number {
    const end = this.#spanOf(start + 2, digitClass);
    const closed = this.#source.charCodeAt(end) === 0x27;
    const length = end - start - 2;
    const valid = type === TOKEN.hex ? length % 2 === 0 : !/[2-9]/.test(this.#source.slice(start + 2, end));
    if (!closed || !valid) return this.#push(TOKEN.invalid, start, end, '');
    return this.#push(type, start, end + 1, '');
  }

  /** `@@`, which must touch the name behind it. */
  #systemVariable(start: number): number {
    const end = this.#push(TOKEN.operator, start, start + 2, '@@');
    const next = this.#source.charCodeAt(end);
    return CLASSES[next]! & WORD_CHAR || next === 0x60 ? end : this.#push(TOKEN.invalid, end, end, '');
  }

  /** A user variable; a lone `@` is the variable without name. */
  #at(start: number): number {
    const source = this.#source;
    const next = source.charCodeAt(start + 1);
    if (next === 0x40) return this.#systemVariable(start);
    if (next === 0x27 || next === 0x22 || next === 0x60) {
      const escapes = next !== 0x60 && !this.#mode.noBackslashEscapes && !(next === 0x22 && this.#mode.ansiQuotes);
      return this.#quoted(start, start + 1, next, TOKEN.userVariable, escapes);
    }
    let end = start + 1;
    while (CLASSES[source.charCodeAt(end)]! & WORD_CHAR || source.charCodeAt(end) === 0x2e) end++;
    return this.#push(TOKEN.userVariable, start, end, '');
  }

  #operator(start: number, char: number): number {
    const source = this.#source;
    const next = source.charCodeAt(start + 1);
    if (char === 0x2f && next === 0x2a) return this.#push(TOKEN.invalid, start, source.length, '');
    if (next === 0x3d || next === 0x3e || next === 0x3c || next === 0x7c || next === 0x26) {
      const three = source.slice(start, start + 3);
      if (three === '<=>' || three === '->>') return this.#push(TOKEN.operator, start, start + 3, internThree(three));
      const two = three.slice(0, 2);
      if (TWO_CHAR_OPERATORS.has(two)) return this.#push(TOKEN.operator, start, start + 2, internTwo(two));
    }
    const symbol = ONE_CHAR_OPERATORS[char] ?? '';
    return this.#push(symbol === '' ? TOKEN.invalid : TOKEN.operator, start, start + 1, symbol);
  }
}

function isName(type: number): boolean {
  return type === TOKEN.word || type === TOKEN.reserved || type === TOKEN.quotedIdentifier;
}

/** Literals compare by pointer; slices of the source would compare by content. */
function internThree(operator: string): string {
  return operator === '<=>' ? '<=>' : '->>';
}

const interned = new Map([...TWO_CHAR_OPERATORS].map((operator) => [operator, operator === '!=' ? '<>' : operator]));

function internTwo(operator: string): string {
  return interned.get(operator)!;
}
