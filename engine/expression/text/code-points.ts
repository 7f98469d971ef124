/**
 * Characters in MySQL's sense are code points; JS strings count UTF-16 units. Texts without surrogates, nearly all, take
 * the fast way.
 */

const SURROGATE = /[\ud800-\udfff]/;

export function hasSurrogates(text: string): boolean {
  return SURROGATE.test(text);
}

export function codePointLength(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) i++;
    length++;
  }
  return length;
}

/** Index of the UTF-16 unit where code point `count` starts; the text's length when it has fewer. */
export function unitIndex(text: string, count: number): number {
  if (!SURROGATE.test(text)) return Math.min(count, text.length);
  let index = 0;
  for (let i = 0; i < count && index < text.length; i++) index += text.codePointAt(index)! > 0xffff ? 2 : 1;
  return index;
}

/** The first `count` characters. */
export function takeCodePoints(text: string, count: number): string {
  return text.slice(0, unitIndex(text, count));
}

/** `count` characters from character `start` (0-based) on. */
export function sliceCodePoints(text: string, start: number, count: number): string {
  if (!SURROGATE.test(text)) return text.slice(start, start + count);
  const from = unitIndex(text, start);
  return text.slice(from, from + unitIndex(text.slice(from), count));
}

export function reverseCodePoints(text: string): string {
  return [...text].reverse().join('');
}
