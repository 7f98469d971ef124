/** Numbers at the start of texts, as MySQL reads them in numeric contexts: leading spaces, the longest prefix. */

const DOUBLE_PREFIX = /^[ \t\n\v\f\r]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/;
const INTEGER_PREFIX = /^[ \t\n\v\f\r]*[+-]?\d+/;
const ONLY_SPACES = /^[ \t\n\v\f\r]*$/;

export interface NumberPrefix<T> {
  readonly value: T;
  /** Something other than spaces was left over, or there was no number: 1292 'Truncated incorrect DOUBLE value'. */
  readonly truncated: boolean;
}

/** 0 when there is no number. Beyond the range of doubles the largest one, truncated. */
export function parseDoublePrefix(text: string): NumberPrefix<number> {
  const match = DOUBLE_PREFIX.exec(text);
  if (match === null) return { value: 0, truncated: true };
  const value = Number(match[0]);
  if (!Number.isFinite(value)) return { value: value < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE, truncated: true };
  return { value: value + 0, truncated: !restIsSpace(text, match[0].length) };
}

/** The digits before any point or exponent; unbounded. */
export function parseIntegerPrefix(text: string): NumberPrefix<bigint> {
  const match = INTEGER_PREFIX.exec(text);
  if (match === null) return { value: 0n, truncated: true };
  return { value: BigInt(match[0].trim().replace('+', '')), truncated: !restIsSpace(text, match[0].length) };
}

export function restIsSpace(text: string, from: number): boolean {
  return from >= text.length || ONLY_SPACES.test(text.slice(from));
}
