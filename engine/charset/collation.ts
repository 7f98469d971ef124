/** What the rest of the engine needs to know of a character set and a collation. */

export interface Charset {
  /** e.g. 'utf8mb4', 'binary', 'latin1'. */
  readonly name: string;
  readonly defaultCollation: string;
  /** Bytes of the longest character. */
  readonly maxBytes: number;
  readonly description: string;
  /** Bytes of `text`; characters that the set lacks become '?'. */
  encode(text: string): Uint8Array;
  /** True when the set has every character of `text`. */
  canEncode(text: string): boolean;
  /** Text of `bytes`, or undefined where they are not valid in this character set. */
  decode(bytes: Uint8Array): string | undefined;
}

export interface Collation {
  /** MySQL's number, e.g. 255 for utf8mb4_0900_ai_ci; the one sent in column definitions. */
  readonly id: number;
  readonly name: string;
  readonly charset: string;
  readonly isDefault: boolean;
  readonly sortLength: number;
  readonly padSpace: boolean;
  /** True when equal strings are equal bytes, so that keys can skip the sort key. */
  readonly isBinary: boolean;
  /** Negative, zero or positive. Strings are JS strings (or latin1 binary strings for the binary collation). */
  compare(left: string, right: string): number;
  /** A binary string whose byte order is the collation's order; trailing spaces removed where PAD SPACE says so. */
  sortKey(text: string): string;
  /** A string that texts share exactly when they are equal, for ASCII text only; undefined asks for `groupKey`. */
  asciiGroupKey(text: string): string | undefined;
  /** The same for any text. Has no order. */
  groupKey(text: string): string;
  /** Equality of two single characters, as LIKE compares them one by one. */
  equalCharacters(left: string, right: string): boolean;
}
