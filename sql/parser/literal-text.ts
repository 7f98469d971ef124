/** Values of literal tokens: escapes undone, digits to numbers and bytes. Works on the parser's binary strings. */

import type { ParserMode } from './sql-mode.ts';

const BACKSLASH = 0x5c;
const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACK_QUOTE = 0x60;

/** The content of '…' or "…" between `start` and `end` (quotes included), still one char per byte. */
export function unquoteString(source: string, start: number, end: number, mode: ParserMode): string {
  const quote = source.charCodeAt(start);
  const content = source.slice(start + 1, end - 1);
  const escapes = !mode.noBackslashEscapes && content.includes('\\');
  if (!escapes) return undouble(content, quote);
  let text = '';
  let from = 0;
  for (let i = 0; i < content.length; i++) {
    const char = content.charCodeAt(i);
    if (char === quote) {
      text += content.slice(from, i);
      from = ++i;
    } else if (char === BACKSLASH) {
      text += content.slice(from, i) + escaped(content.charAt(i + 1));
      from = ++i + 1;
    }
  }
  return text + content.slice(from);
}

/** `\%` and `\_` keep their backslash, which LIKE needs; unknown escapes lose it. */
function escaped(char: string): string {
  switch (char) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1a';
    case '%':
      return '\\%';
    case '_':
      return '\\_';
    default:
      return char;
  }
}

function undouble(content: string, quote: number): string {
  const char = String.fromCharCode(quote);
  return content.includes(char) ? content.replaceAll(char + char, char) : content;
}

/** The name inside back quotes or, under ANSI_QUOTES, double quotes. */
export function unquoteIdentifier(source: string, start: number, end: number): string {
  return undouble(source.slice(start + 1, end - 1), source.charCodeAt(start));
}

/** The name of a user variable token: @name, @'name', @"name", @`name`. */
export function variableName(source: string, start: number, end: number, mode: ParserMode): string {
  const first = source.charCodeAt(start + 1);
  if (first === BACK_QUOTE) return unquoteIdentifier(source, start + 1, end);
  if (first === QUOTE || first === DOUBLE_QUOTE) return unquoteString(source, start + 1, end, mode);
  return source.slice(start + 1, end);
}

/** Bytes of 0x…, x'…', 0b…, b'…'; an odd digit count is padded on the left. */
export function digitBytes(text: string, notation: 'hex' | 'bit'): Uint8Array {
  const digits = text.charCodeAt(1) === QUOTE ? text.slice(2, -1) : text.slice(2);
  const hex = notation === 'hex' ? digits : bitsToHex(digits);
  return Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

function bitsToHex(bits: string): string {
  if (bits === '') return '';
  const padded = bits.padStart(Math.ceil(bits.length / 8) * 8, '0');
  let hex = '';
  for (let i = 0; i < padded.length; i += 4) hex += Number.parseInt(padded.slice(i, i + 4), 2).toString(16);
  return hex;
}

const LARGEST_UNSIGNED = '18446744073709551615';

/** The value of a row of digits, or undefined beyond 2^64 − 1 (which makes the literal a DECIMAL). */
export function integerValue(digits: string): number | bigint | undefined {
  if (digits.length <= 15) return Number(digits);
  const significant = digits.replace(/^0+(?=\d)/, '');
  const { length } = significant;
  if (length > 20 || (length === 20 && significant > LARGEST_UNSIGNED)) return undefined;
  const value = BigInt(significant);
  return value <= 9_007_199_254_740_991n ? Number(value) : value;
}
