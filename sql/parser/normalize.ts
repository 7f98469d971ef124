/**
 * One pass over a statement's bytes that gives the plan cache its key: the skeleton (the text with comments dropped and
 * literals replaced by a byte for their kind), a hash of it, and the literals by slot. It runs before each statement, so it
 * allocates nothing but decoded values, and it never guesses: what it does not understand is not cacheable.
 *
 * Literals that belong to a statement's shape stay in the skeleton: those in a select list (they name result columns), in
 * ORDER BY and GROUP BY (ordinals), and in the arguments of functions and types (they decide result types).
 *
 * Invariant: the literals found here are literal nodes of `parse` of the same text (which numbers them by their offsets);
 * a slot that the planner did not turn into a parameter belongs to the shape too, and its statement must not be cached.
 */

import { integerValue, unquoteString } from './literal-text.ts';
import { decodeSource, isWellFormed } from './source.ts';
import type { ParserMode } from './sql-mode.ts';

/** Longer statements are parsed each time: bulk loads would push everything else out of the cache. */
const MAX_LENGTH = 65_536;
const MAX_SLOTS = 2_048;
const MAX_DEPTH = 64;

/** Kinds of literals; the numbers are their marks in the skeleton. */
export const SLOT = { integer: 1, bigInteger: 2, decimal: 3, float: 4, string: 5 } as const;

const WORD = 1;
const DIGIT = 2;
const SPACE = 4;
const CLASSES = makeClasses();

function makeClasses(): Uint8Array {
  const classes = new Uint8Array(256);
  for (let c = 0; c < 256; c++) {
    if (/[A-Za-z0-9_$]/.test(String.fromCharCode(c)) || c >= 0x80) classes[c]! |= WORD;
    if (c >= 0x30 && c <= 0x39) classes[c]! |= DIGIT;
    if (c === 0x20 || (c >= 0x09 && c <= 0x0d)) classes[c]! |= SPACE;
  }
  return classes;
}

/** What a word means for the literals that follow. */
const ACTION = {
  none: 0,
  /** SELECT: a select list begins. ORDER, GROUP: ordinals may come. */
  shape: 1,
  /** FROM, WHERE, LIMIT …: literals are values again. */
  values: 2,
  /** DATE, TIME, TIMESTAMP, ESCAPE, INTERVAL …: the next literal belongs to the shape. */
  keepNext: 3,
  /** IN, VALUES, AND …: a parenthesis behind it groups, it calls nothing. */
  grouping: 4,
  /** Statements that must not be cached by their skeleton. */
  refuse: 5,
} as const;

const ACTION_WORDS: readonly (readonly [number, string])[] = [
  [ACTION.shape, 'SELECT ORDER GROUP WINDOW'],
  [ACTION.values, 'FROM WHERE LIMIT HAVING ON SET'],
  [ACTION.keepNext, 'DATE TIME TIMESTAMP ESCAPE'],
  [
    ACTION.grouping,
    'IN VALUES VALUE AND OR XOR NOT BETWEEN LIKE DISTINCT ANY SOME ALL EXISTS JOIN BY WHEN THEN ELSE CASE DIV AS ROW ' +
      'USING UNION EXCEPT INTERSECT TABLE REGEXP RLIKE IS OFFSET RETURNING',
  ],
  [ACTION.refuse, 'OUTFILE DUMPFILE PROCEDURE'],
];

/** What came before a token. */
const BEFORE = {
  anything: 0,
  /** A name that a parenthesis would call. */
  name: 1,
  string: 2,
  /** An operator or word whose literal belongs to the shape. */
  keeper: 3,
} as const;

const TABLE_SIZE = 512;
const tableWords: string[] = new Array<string>(TABLE_SIZE).fill('');
const tableActions = new Uint8Array(TABLE_SIZE);
for (const [action, words] of ACTION_WORDS) {
  for (const word of words.split(' ')) {
    let hash = 0;
    for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0;
    let slot = hash & (TABLE_SIZE - 1);
    while (tableWords[slot] !== '') slot = (slot + 1) & (TABLE_SIZE - 1);
    tableWords[slot] = word;
    tableActions[slot] = action;
  }
}

const FIRST_WORDS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'WITH']);

/** The literals of one statement. Values are decoded when asked for. Valid until the normaliser's next run. */
export interface LiteralSlots {
  readonly count: number;
  /** Byte offset of each literal. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** `SLOT` kinds. */
  readonly kinds: Uint8Array;
  /**
   * The value: an integer as number, or bigint beyond 2^53 − 1; a decimal as its text; a float as number; a string as
   * text. Undefined for a string that is not valid UTF-8: the statement then takes the uncached path.
   */
  value(slot: number): number | bigint | string | undefined;
}

/** A statement's cache key. Valid until the normaliser's next run. */
export interface Normalized {
  /** 53 bits of the skeleton's hash, for a Map; equal hashes do not prove equal skeletons. */
  readonly hash: number;
  readonly literals: LiteralSlots;
  /** Byte offset of the terminating semicolon or the end of the text, and where a further statement begins. */
  readonly end: number;
  readonly next: number;
  /** True when `skeleton` is this statement's. */
  matches(skeleton: Uint8Array): boolean;
  /** A copy of the skeleton, for keeping. */
  skeleton(): Uint8Array;
}

/** Reusable; one per session. Not re-entrant: results point into it. */
export class Normalizer implements Normalized, LiteralSlots {
  hash = 0;
  end = 0;
  next = 0;
  count = 0;
  readonly starts = new Uint32Array(MAX_SLOTS);
  readonly ends = new Uint32Array(MAX_SLOTS);
  readonly kinds = new Uint8Array(MAX_SLOTS);
  readonly #skeleton = new Uint8Array(MAX_LENGTH);
  readonly #base = new Uint8Array(MAX_DEPTH);
  readonly #inShape = new Uint8Array(MAX_DEPTH);
  #length = 0;
  #depth = 0;
  /** What came before the token: `BEFORE`. */
  #before = 0;
  /** Result of `#token`. */
  #mark = 0;
  /** End of the token that `#number` or `#word` looked at. */
  #tokenEnd = 0;
  #bytes: Uint8Array = EMPTY;
  #mode: ParserMode | undefined;

  get literals(): LiteralSlots {
    return this;
  }

  /** Undefined: not cacheable. `bytes` (UTF-8) must stay unchanged while the result is used. */
  normalize(bytes: Uint8Array, mode: ParserMode, from = 0): Normalized | undefined {
    if (bytes.length - from > MAX_LENGTH) return undefined;
    this.#bytes = bytes;
    this.#mode = mode;
    this.#length = 0;
    this.count = 0;
    return this.#startsWell(from) && this.#scan(from) ? this : undefined;
  }

  matches(skeleton: Uint8Array): boolean {
    const length = this.#length;
    if (skeleton.length !== length) return false;
    const own = this.#skeleton;
    for (let i = 0; i < length; i++) if (own[i] !== skeleton[i]) return false;
    return true;
  }

  skeleton(): Uint8Array {
    return this.#skeleton.slice(0, this.#length);
  }

  value(slot: number): number | bigint | string | undefined {
    const kind = this.kinds[slot];
    const text = latin1(this.#bytes, this.starts[slot]!, this.ends[slot]!);
    if (kind === SLOT.integer || kind === SLOT.bigInteger) return integerValue(text);
    if (kind === SLOT.decimal) return text;
    if (kind === SLOT.float) return Number(text);
    const raw = unquoteString(text, 0, text.length, this.#mode!);
    const decoded = decodeSource(raw);
    return isWellFormed(raw, decoded) ? decoded : undefined;
  }

  /** Only queries and DML are normalised. */
  #startsWell(from: number): boolean {
    const bytes = this.#bytes;
    let at = from;
    while (at < bytes.length && (CLASSES[bytes[at]!]! & SPACE || bytes[at] === 0x28)) at++;
    if (bytes[at] === 0x2f) return bytes[at + 1] === 0x2a;
    let end = at;
    while (end < bytes.length && CLASSES[bytes[end]!]! & WORD) end++;
    return end - at < 8 && FIRST_WORDS.has(latin1(bytes, at, end).toUpperCase());
  }

  /** Walks the text token by token, copying each to the skeleton or taking it as a literal. */
  #scan(from: number): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    const skeleton = this.#skeleton;
    let at = from;
    let out = 0;
    let hash1 = 0x811c9dc5;
    let hash2 = 0;
    this.#depth = 0;
    this.#inShape[0] = 0;
    this.#base[0] = 0;
    this.#before = BEFORE.anything;
    this.end = length;
    this.next = length;
    while (at < length) {
      this.#mark = 0;
      const end = this.#token(at, bytes[at]!);
      if (end < 0) return false;
      if (end === at) {
        this.end = at;
        this.next = at + 1;
        break;
      }
      const mark = this.#mark;
      if (mark > 0) {
        if (!this.#take(mark, at, end)) return false;
        skeleton[out++] = mark;
        hash1 = Math.imul(hash1 ^ mark, 0x01000193);
        hash2 = (Math.imul(hash2, 31) + mark) | 0;
      } else if (mark === 0) {
        for (let i = at; i < end; i++) {
          const copied = bytes[i]!;
          skeleton[out++] = copied;
          hash1 = Math.imul(hash1 ^ copied, 0x01000193);
          hash2 = (Math.imul(hash2, 31) + copied) | 0;
        }
      }
      at = end;
    }
    this.#length = out;
    this.hash = (hash1 >>> 0) + (hash2 & 0x1f_ffff) * 0x1_0000_0000;
    return this.#depth === 0;
  }

  /**
   * The end of the token at `at`; `at` itself for the semicolon that ends the statement; −1 where the statement can't be
   * cached. Sets `#mark`: a literal's kind, 0 to copy the token, −1 to leave it out.
   */
  #token(at: number, byte: number): number {
    const bytes = this.#bytes;
    const byteClass = CLASSES[byte]!;
    if (byteClass & SPACE) {
      let end = at + 1;
      while (CLASSES[bytes[end]!]! & SPACE) end++;
      return end;
    }
    if (byteClass & DIGIT || (byte === 0x2e && CLASSES[bytes[at + 1]!]! & DIGIT)) {
      this.#mark = this.#number(at);
      return this.#literal(BEFORE.anything);
    }
    if (byteClass & WORD) return this.#name(at, byte);
    switch (byte) {
      case 0x27:
      case 0x22:
        return this.#text(at, byte);
      case 0x60:
        this.#before = BEFORE.name;
        return this.#quoted(at, byte);
      case 0x28:
        return this.#open(at);
      case 0x29:
        this.#before = BEFORE.anything;
        return --this.#depth < 0 ? -1 : at + 1;
      case 0x2e:
        return this.#dot(at);
      case 0x3b:
        return at;
      default:
        return this.#operator(at, byte);
    }
  }

  /** Ends a literal token: where literals belong to the shape it is copied. */
  #literal(before: number): number {
    if (this.#inShape[this.#depth] === 1 || this.#before === BEFORE.keeper) this.#mark = 0;
    this.#before = before;
    return this.#tokenEnd;
  }

  #name(at: number, byte: number): number {
    const action = this.#word(at);
    const end = this.#tokenEnd;
    if (this.#bytes[end] === 0x27 && isPrefix(byte, end - at)) return -1;
    if (byte === 0x5f && this.#stringFollows(end)) return -1;
    this.#before = BEFORE.anything;
    switch (action) {
      case ACTION.shape:
        this.#inShape[this.#depth] = 1;
        return end;
      case ACTION.values:
        this.#inShape[this.#depth] = this.#base[this.#depth]!;
        return end;
      case ACTION.grouping:
        return end;
      case ACTION.keepNext:
        this.#before = this.#stringFollows(end) ? BEFORE.keeper : BEFORE.name;
        return end;
      case ACTION.refuse:
        return -1;
      default:
        this.#before = BEFORE.name;
        return end;
    }
  }

  /** '…' and "…"; adjacent strings make one literal, which is left to the parser. */
  #text(at: number, quote: number): number {
    const end = this.#quoted(at, quote);
    if (quote === 0x22 && this.#mode!.ansiQuotes) {
      this.#before = BEFORE.name;
      return end;
    }
    if (end < 0 || this.#before === BEFORE.string) return -1;
    this.#mark = SLOT.string;
    this.#tokenEnd = end;
    return this.#literal(BEFORE.string);
  }

  /** A parenthesis behind a name calls a function, and everything inside belongs to the shape. */
  #open(at: number): number {
    const outer = this.#inShape[this.#depth]!;
    if (++this.#depth >= MAX_DEPTH) return -1;
    const inShape = outer === 1 || this.#before === BEFORE.name ? 1 : 0;
    this.#inShape[this.#depth] = inShape;
    this.#base[this.#depth] = inShape;
    this.#before = BEFORE.anything;
    return at + 1;
  }

  #dot(at: number): number {
    const bytes = this.#bytes;
    let end = at + 1;
    while (CLASSES[bytes[end]!]! & WORD) end++;
    this.#before = BEFORE.name;
    return end;
  }

  #operator(at: number, byte: number): number {
    const bytes = this.#bytes;
    const next = bytes[at + 1];
    if (byte === 0x2d && next === 0x3e) {
      this.#before = BEFORE.keeper;
      return bytes[at + 2] === 0x3e ? at + 3 : at + 2;
    }
    const comment = this.#commentEnd(at, byte);
    if (comment !== 0) {
      this.#mark = -1;
      return comment;
    }
    if (byte === 0x40 && (next === 0x27 || next === 0x22)) return -1;
    this.#before = BEFORE.anything;
    return at + 1;
  }

  #take(kind: number, start: number, end: number): boolean {
    const slot = this.count;
    if (slot >= MAX_SLOTS) return false;
    this.kinds[slot] = kind;
    this.starts[slot] = start;
    this.ends[slot] = end;
    this.count = slot + 1;
    return true;
  }

  /** Kind of the number at `at`, or 0 for a name that begins with digits; sets `#tokenEnd`. */
  #number(at: number): number {
    const bytes = this.#bytes;
    let end = at;
    while (CLASSES[bytes[end]!]! & DIGIT) end++;
    let kind: number = end - at < 16 ? SLOT.integer : this.#wideKind(at, end);
    if (bytes[end] === 0x2e) {
      end++;
      while (CLASSES[bytes[end]!]! & DIGIT) end++;
      kind = SLOT.decimal;
    }
    if ((bytes[end]! | 0x20) === 0x65) {
      let digits = end + 1;
      if (bytes[digits] === 0x2b || bytes[digits] === 0x2d) digits++;
      if (CLASSES[bytes[digits]!]! & DIGIT) {
        while (CLASSES[bytes[digits]!]! & DIGIT) digits++;
        this.#tokenEnd = digits;
        return SLOT.float;
      }
    }
    if (CLASSES[bytes[end]!]! & WORD) {
      while (CLASSES[bytes[end]!]! & WORD) end++;
      kind = 0;
    }
    this.#tokenEnd = end;
    return kind;
  }

  /** Integers beyond 2^63 − 1 are of another type, those beyond 2^64 − 1 are decimals. */
  #wideKind(at: number, end: number): number {
    const value = integerValue(latin1(this.#bytes, at, end));
    if (value === undefined) return SLOT.decimal;
    return value > 9_223_372_036_854_775_807n ? SLOT.bigInteger : SLOT.integer;
  }

  /** The action of the word at `at`; sets `#tokenEnd`. */
  #word(at: number): number {
    const bytes = this.#bytes;
    let end = at;
    let hash = 0;
    while (CLASSES[bytes[end]!]! & WORD) {
      const byte = bytes[end++]!;
      hash = (Math.imul(hash, 31) + (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte)) | 0;
    }
    this.#tokenEnd = end;
    if (end - at > 10) return ACTION.none;
    for (let slot = hash & (TABLE_SIZE - 1); tableWords[slot] !== ''; slot = (slot + 1) & (TABLE_SIZE - 1)) {
      if (equalsWord(bytes, at, end, tableWords[slot]!)) return tableActions[slot]!;
    }
    return ACTION.none;
  }

  /** True when the next token behind `at` is a string or a number in quotes. */
  #stringFollows(at: number): boolean {
    const bytes = this.#bytes;
    let next = at;
    while (CLASSES[bytes[next]!]! & SPACE) next++;
    const byte = bytes[next];
    return (
      byte === 0x27 ||
      byte === 0x22 ||
      (bytes[next + 1] === 0x27 && byte !== undefined && isPrefix(byte, 1)) ||
      (byte === 0x30 && (bytes[next + 1] === 0x78 || bytes[next + 1] === 0x62))
    );
  }

  /** The end of a quoted text, or −1 when it is open. */
  #quoted(at: number, quote: number): number {
    const bytes = this.#bytes;
    const escapes = quote !== 0x60 && !this.#mode!.noBackslashEscapes && !(quote === 0x22 && this.#mode!.ansiQuotes);
    for (let i = at + 1; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === quote) {
        if (bytes[i + 1] !== quote) return i + 1;
        i++;
      } else if (byte === 0x5c && escapes) i++;
    }
    return -1;
  }

  /** The end of the comment at `at`; 0 where there is none; −1 for one that makes the statement uncacheable. */
  #commentEnd(at: number, byte: number): number {
    const bytes = this.#bytes;
    const next = bytes[at + 1];
    const isLine = byte === 0x23 || (byte === 0x2d && next === 0x2d && (bytes[at + 2] ?? 0) <= 0x20);
    if (isLine) {
      const newline = bytes.indexOf(0x0a, at);
      return newline < 0 ? bytes.length : newline + 1;
    }
    if (byte !== 0x2f || next !== 0x2a) return 0;
    const third = bytes[at + 2];
    if (third === 0x21 || third === 0x2b || (third === 0x54 && bytes[at + 3] === 0x21)) return -1;
    for (let i = at + 2; i + 1 < bytes.length; i++) if (bytes[i] === 0x2a && bytes[i + 1] === 0x2f) return i + 2;
    return -1;
  }
}

const EMPTY = new Uint8Array(0);

/** x'…', b'…', n'…'. */
function isPrefix(byte: number, length: number): boolean {
  const lower = byte | 0x20;
  return length === 1 && (lower === 0x78 || lower === 0x62 || lower === 0x6e);
}

function equalsWord(bytes: Uint8Array, at: number, end: number, word: string): boolean {
  if (word.length !== end - at) return false;
  for (let i = 0; i < word.length; i++) if ((bytes[at + i]! & 0xdf) !== word.charCodeAt(i)) return false;
  return true;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 24) return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
