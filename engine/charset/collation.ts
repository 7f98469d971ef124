/** What the rest of the engine needs to know of a character set and a collation. */

export interface Charset {
  /** e.g. 'utf8mb4', 'binary', 'latin1'. */
  readonly name: string;
  readonly defaultCollation: string;
  /** Bytes of the longest character. */
  readonly maxBytes: number;
  readonly description: string;
  /** Bytes of `text`; characters the set lacks become '?' and set `lossy`. */
  encode(text: string): Uint8Array;
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
  /** Number of characters of `text` whose weights LIKE compares one by one; equality of two single characters. */
  equalCharacters(left: string, right: string): boolean;
}
