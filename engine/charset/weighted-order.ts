/**
 * Comparison and sort keys by weights: the code behind every collation that is not plain bytes.
 *
 * ASCII text takes a fast path: one weight per character from a 128-entry table, no allocation while comparing.
 */

import type { Weights } from './weight-table.ts';

export interface WeightedOrderOptions {
  /** One function per level, most significant first. */
  readonly levels: readonly ((codePoint: number) => Weights)[];
  /** Trailing spaces do not count: the shorter text is compared as if padded with spaces. */
  readonly padSpace: boolean;
  /** Bytes of one weight in sort keys. */
  readonly weightBytes: 1 | 2;
}

export interface WeightedOrder {
  compare(left: string, right: string): number;
  sortKey(text: string): string;
  /** As of Collation; undefined for orders without a table of ASCII weights. */
  readonly groupKeys?: GroupKeys | undefined;
}

export interface GroupKeys {
  ascii(text: string): string | undefined;
  any(text: string): string;
}

const SPACE = 0x20;

/** `text` without the spaces at its end. */
export function trimEndSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === SPACE) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** Walks the weights of one level of a text. */
class WeightCursor {
  readonly #text: string;
  readonly #weightsOf: (codePoint: number) => Weights;
  #at = 0;
  #pending: Weights = [];
  #pendingAt = 0;

  constructor(text: string, weightsOf: (codePoint: number) => Weights) {
    this.#text = text;
    this.#weightsOf = weightsOf;
  }

  /** The next weight, -1 at the end. */
  next(): number {
    while (this.#pendingAt >= this.#pending.length) {
      if (this.#at >= this.#text.length) return -1;
      const codePoint = this.#text.codePointAt(this.#at) ?? 0;
      this.#at += codePoint > 0xffff ? 2 : 1;
      this.#pending = this.#weightsOf(codePoint);
      this.#pendingAt = 0;
    }
    return this.#pending[this.#pendingAt++] ?? -1;
  }
}

function compareLevel(left: string, right: string, weightsOf: (codePoint: number) => Weights, pad: number): number {
  const a = new WeightCursor(left, weightsOf);
  const b = new WeightCursor(right, weightsOf);
  for (;;) {
    let x = a.next();
    let y = b.next();
    if (x < 0 && y < 0) return 0;
    if (x < 0) x = pad;
    if (y < 0) y = pad;
    if (x !== y) return x - y;
  }
}

/** Bytes of keys under construction, up to this many; building in here is synchronous and leaves nothing behind. */
const SCRATCH_BYTES = 4096;
const scratch = Buffer.alloc(SCRATCH_BYTES);
/** From here on writing bytes and turning them into a string at once beats appending strings. */
const LONG_TEXT = 8;
/** Starts a weight in a group key that no ASCII character has; the weight follows as one code unit. */
const OTHER_WEIGHT = '\x80';

function encodeWeight(weight: number, bytes: 1 | 2): string {
  return bytes === 1 ? String.fromCharCode(weight) : String.fromCharCode(weight >> 8, weight & 0xff);
}

export function weightedOrder(options: WeightedOrderOptions): WeightedOrder {
  const { levels, padSpace, weightBytes } = options;
  const [primary = () => []] = levels;
  const isSingleLevel = levels.length === 1;
  const padWeights = levels.map((weightsOf) => (padSpace ? (weightsOf(SPACE)[0] ?? -1) : -1));
  /** Weight of each ASCII character; -1 where it is not exactly one. Filled at first use. */
  let ascii: Int32Array | undefined;
  let asciiKeys: string[] = [];

  const fillAscii = (): Int32Array => {
    const table = new Int32Array(128);
    asciiKeys = [];
    for (let code = 0; code < 128; code++) {
      const weights = primary(code);
      table[code] = weights.length === 1 ? (weights[0] ?? -1) : -1;
      asciiKeys.push(weights.map((weight) => encodeWeight(weight, weightBytes)).join(''));
    }
    ascii = table;
    return table;
  };

  const compareSlowly = (left: string, right: string): number => {
    for (let i = 0; i < levels.length; i++) {
      const weightsOf = levels[i] ?? primary;
      const order = compareLevel(left, right, weightsOf, padWeights[i] ?? -1);
      if (order !== 0) return order;
    }
    return 0;
  };

  const compare = (left: string, right: string): number => {
    if (left === right) return 0;
    if (!isSingleLevel) return compareSlowly(left, right);
    const table = ascii ?? fillAscii();
    const common = Math.min(left.length, right.length);
    for (let i = 0; i < common; i++) {
      const a = left.charCodeAt(i);
      const b = right.charCodeAt(i);
      if ((a | b) > 127) return compareSlowly(left, right);
      if (a === b) continue;
      const x = table[a] ?? -1;
      const y = table[b] ?? -1;
      if (x < 0 || y < 0) return compareSlowly(left, right);
      if (x !== y) return x - y;
    }
    if (left.length === right.length) return 0;
    return compareSlowly(left.slice(common), right.slice(common));
  };

  const sortKeySlowly = (text: string): string => {
    const parts: string[] = [];
    levels.forEach((weightsOf, i) => {
      if (i > 0) parts.push(encodeWeight(0, weightBytes));
      const cursor = new WeightCursor(text, weightsOf);
      for (let weight = cursor.next(); weight >= 0; weight = cursor.next())
        parts.push(encodeWeight(weight, weightBytes));
    });
    return parts.join('');
  };

  const sortKey = (text: string): string => {
    const trimmed = padSpace ? trimEndSpaces(text) : text;
    if (!isSingleLevel) return sortKeySlowly(trimmed);
    const table = ascii ?? fillAscii();
    const { length } = trimmed;
    if (length >= LONG_TEXT && length * weightBytes <= SCRATCH_BYTES) return longSortKey(trimmed, table);
    return shortSortKey(trimmed);
  };

  const longSortKey = (text: string, table: Int32Array): string => {
    let at = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const weight = code > 127 ? -1 : (table[code] as number);
      if (weight < 0) return shortSortKey(text);
      if (weightBytes === 2) scratch[at++] = weight >> 8;
      scratch[at++] = weight;
    }
    return scratch.toString('latin1', 0, at);
  };

  const shortSortKey = (trimmed: string): string => {
    let key = '';
    for (let i = 0; i < trimmed.length; i++) {
      const code = trimmed.charCodeAt(i);
      if (code > 127) return sortKeySlowly(trimmed);
      key += asciiKeys[code];
    }
    return key;
  };

  return { compare, sortKey, groupKeys: isSingleLevel ? groupKeysOf(primary, padSpace) : undefined };
}

/**
 * Group keys of a single level: each weight is told by the last ASCII character that has it, so that lower-case ASCII
 * text is its own key.
 */
function groupKeysOf(weightsOf: (codePoint: number) => Weights, padSpace: boolean): GroupKeys {
  /** Per ASCII character the one that stands for its weight; -1 where it has not exactly one weight. */
  const standIns = new Int16Array(128).fill(-1);
  const standInOf = new Map<number, number>();
  let isFilled = false;

  const fill = (): void => {
    isFilled = true;
    for (let code = 0; code < 128; code++) {
      const [weight, ...more] = weightsOf(code);
      if (weight !== undefined && more.length === 0) standInOf.set(weight, code);
    }
    for (let code = 0; code < 128; code++) {
      const [weight, ...more] = weightsOf(code);
      if (weight !== undefined && more.length === 0) standIns[code] = standInOf.get(weight) ?? -1;
    }
  };

  const fold = (text: string, from: number): string | undefined => {
    if (text.length > SCRATCH_BYTES) return undefined;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (i < from) {
        scratch[i] = code;
        continue;
      }
      const standIn = code > 127 ? -1 : (standIns[code] as number);
      if (standIn < 0) return undefined;
      scratch[i] = standIn;
    }
    return scratch.toString('latin1', 0, text.length);
  };

  const ascii = (text: string): string | undefined => {
    if (!isFilled) fill();
    const trimmed = padSpace ? trimEndSpaces(text) : text;
    for (let i = 0; i < trimmed.length; i++) {
      const code = trimmed.charCodeAt(i);
      if (code > 127) return undefined;
      if (standIns[code] !== code) return fold(trimmed, i);
    }
    return trimmed;
  };

  const any = (text: string): string => {
    if (!isFilled) fill();
    const cursor = new WeightCursor(padSpace ? trimEndSpaces(text) : text, weightsOf);
    let key = '';
    for (let weight = cursor.next(); weight >= 0; weight = cursor.next()) {
      const standIn = standInOf.get(weight);
      key += standIn === undefined ? OTHER_WEIGHT + String.fromCharCode(weight) : String.fromCharCode(standIn);
    }
    return key;
  };

  return { ascii, any };
}
