/**
 * JSON paths: `$`, `.key`, `."any key"`, `.*`, `[n]`, `[last-n]`, `[n to m]`, `[*]` and `**`. Outside of arrays `[0]`
 * and `[last]` mean the value itself.
 */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { isJsonArray, isJsonObject, type JsonNode } from '../../types/json.ts';
import { quoteJson } from '../../types/json-text.ts';
import { tryParseJson } from './parse-json.ts';

/** An array position: from the front, or `last` minus something. */
export interface CellIndex {
  readonly fromEnd: boolean;
  readonly offset: number;
}

export type PathLeg =
  | { readonly kind: 'member'; readonly key: string }
  | { readonly kind: 'cell'; readonly index: CellIndex }
  | { readonly kind: 'range'; readonly from: CellIndex; readonly to: CellIndex }
  | { readonly kind: 'any member' }
  | { readonly kind: 'any cell' }
  | { readonly kind: 'ellipsis' };

export interface JsonPath {
  readonly legs: readonly PathLeg[];
  /** May match several values. */
  readonly isMulti: boolean;
}

const MAX_PATH_LEGS = 100;
const SPACES = /[ \t\n\r]*/y;
const IDENTIFIER = /[\p{L}\p{Nl}$_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$\u200c\u200d]*/uy;
const INDEX = /(?:(last)(?:[ \t\n\r]*-[ \t\n\r]*(\d+))?|(\d+))/y;
const RANGE_WORD = /[ \t\n\r]+to[ \t\n\r]+/y;

/** Throws SqlError 3143 with the position of the fault. */
export function parseJsonPath(text: string): JsonPath {
  return new PathParser(text).parse();
}

class PathParser {
  readonly #text: string;
  readonly #legs: PathLeg[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): JsonPath {
    this.#skip();
    if (this.#text[this.#at] !== '$') this.#fail(Math.min(1, this.#text.length));
    this.#at++;
    for (this.#skip(); this.#at < this.#text.length; this.#skip()) {
      if (this.#legs.length >= MAX_PATH_LEGS) this.#fail(this.#at);
      this.#legs.push(this.#leg());
    }
    if (this.#legs.at(-1)?.kind === 'ellipsis') this.#fail(this.#at);
    return { legs: this.#legs, isMulti: this.#legs.some((leg) => leg.kind !== 'member' && leg.kind !== 'cell') };
  }

  #fail(position: number): never {
    throw sqlErrors.invalidJsonPath(position);
  }

  #skip(): void {
    this.#match(SPACES);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at += match[0].length;
    return match;
  }

  #leg(): PathLeg {
    switch (this.#text[this.#at]) {
      case '.':
        this.#at++;
        return this.#member();
      case '[':
        this.#at++;
        return this.#cell();
      case '*':
        if (this.#text[this.#at + 1] !== '*') this.#fail(this.#at);
        this.#at += 2;
        if (this.#text[this.#at] === '*') this.#fail(this.#at);
        return { kind: 'ellipsis' };
      default:
        return this.#fail(this.#at);
    }
  }

  #member(): PathLeg {
    this.#skip();
    const character = this.#text[this.#at];
    if (character === '*') {
      this.#at++;
      return { kind: 'any member' };
    }
    if (character === '"') return { kind: 'member', key: this.#quotedKey() };
    const match = this.#match(IDENTIFIER);
    if (match === null) return this.#fail(this.#endOfWord());
    return { kind: 'member', key: match[0] };
  }

  /** MySQL points behind the word that it could not take for a key. */
  #endOfWord(): number {
    let at = this.#at;
    while (at < this.#text.length && !'.[* '.includes(this.#text[at] as string)) at++;
    return at;
  }

  #quotedKey(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at++) {
      if (this.#text[at] === '\\') at++;
      else if (this.#text[at] === '"') {
        const key = tryParseJson(this.#text.slice(start, at + 1));
        if (typeof key !== 'string') break;
        this.#at = at + 1;
        return key;
      }
    }
    return this.#fail(this.#text.length);
  }

  #cell(): PathLeg {
    this.#skip();
    if (this.#text[this.#at] === '*') {
      this.#at++;
      this.#close();
      return { kind: 'any cell' };
    }
    const from = this.#index();
    if (this.#match(RANGE_WORD) !== null) {
      const to = this.#index();
      if (from.fromEnd === to.fromEnd && (from.fromEnd ? from.offset < to.offset : from.offset > to.offset)) {
        this.#fail(this.#at);
      }
      this.#close();
      return { kind: 'range', from, to };
    }
    this.#close();
    return { kind: 'cell', index: from };
  }

  #index(): CellIndex {
    const match = this.#match(INDEX);
    if (match === null) return this.#fail(this.#at);
    const offset = Number(match[3] ?? match[2] ?? 0);
    if (offset > 0xffff_ffff) this.#fail(this.#at);
    return { fromEnd: match[1] !== undefined, offset };
  }

  #close(): void {
    this.#skip();
    if (this.#text[this.#at] !== ']')
      this.#fail(Math.min(this.#at + (this.#text[this.#at] === '+' ? 1 : 0), this.#text.length));
    this.#at++;
  }
}

/** The position in an array of `length`; may lie outside of it. */
export function resolveIndex(index: CellIndex, length: number): number {
  return index.fromEnd ? length - 1 - index.offset : index.offset;
}

/** All values that the path matches, in document order, each once. */
export function selectJson(root: JsonNode, path: JsonPath): JsonNode[] {
  if (!path.isMulti) {
    const found = selectOne(root, path.legs, path.legs.length);
    return found === undefined ? [] : [found];
  }
  return [...locateJson(root, path).values()];
}

/** The same with the location of each value as a path without its `$`. */
export function locateJson(root: JsonNode, path: JsonPath): ReadonlyMap<string, JsonNode> {
  const found = new Map<string, JsonNode>();
  new Selection(path.legs, found).visit(root, 0, '');
  return found;
}

/** The value at the first `count` legs of a path without wildcards. */
export function selectOne(root: JsonNode, legs: readonly PathLeg[], count: number): JsonNode | undefined {
  let node = root;
  for (let i = 0; i < count; i++) {
    const leg = legs[i] as PathLeg;
    if (leg.kind === 'member') {
      const next = isJsonObject(node) ? node.get(leg.key) : undefined;
      if (next === undefined) return undefined;
      node = next;
    } else if (leg.kind === 'cell') {
      const cells = isJsonArray(node) ? node : [node];
      const next = cells[resolveIndex(leg.index, cells.length)];
      if (next === undefined) return undefined;
      node = next;
    }
  }
  return node;
}

/** Walks a path with wildcards; locations keep values that are reached twice from being answered twice. */
class Selection {
  readonly #legs: readonly PathLeg[];
  readonly #found: Map<string, JsonNode>;

  constructor(legs: readonly PathLeg[], found: Map<string, JsonNode>) {
    this.#legs = legs;
    this.#found = found;
  }

  visit(node: JsonNode, position: number, location: string): void {
    const leg = this.#legs[position];
    if (leg === undefined) {
      this.#found.set(location, node);
      return;
    }
    switch (leg.kind) {
      case 'member': {
        const next = isJsonObject(node) ? node.get(leg.key) : undefined;
        if (next !== undefined) this.visit(next, position + 1, memberLocation(location, leg.key));
        return;
      }
      case 'any member':
        if (isJsonObject(node)) this.#members(node, position + 1, location);
        return;
      case 'cell':
        this.#cells(node, leg.index, leg.index, position + 1, location);
        return;
      case 'range':
        this.#cells(node, leg.from, leg.to, position + 1, location);
        return;
      case 'any cell':
        if (isJsonArray(node)) this.#allCells(node, position + 1, location);
        return;
      case 'ellipsis':
        this.visit(node, position + 1, location);
        if (isJsonObject(node)) this.#members(node, position, location);
        if (isJsonArray(node)) this.#allCells(node, position, location);
    }
  }

  #allCells(node: readonly JsonNode[], position: number, location: string): void {
    for (const [i, cell] of node.entries()) this.visit(cell, position, `${location}[${i}]`);
  }

  #members(node: ReadonlyMap<string, JsonNode>, position: number, location: string): void {
    for (const [key, value] of node) this.visit(value, position, memberLocation(location, key));
  }

  #cells(node: JsonNode, from: CellIndex, to: CellIndex, position: number, location: string): void {
    if (!isJsonArray(node)) {
      if (resolveIndex(from, 1) <= 0 && resolveIndex(to, 1) >= 0) this.visit(node, position, location);
      return;
    }
    const first = resolveIndex(from, node.length);
    const last = Math.min(resolveIndex(to, node.length), node.length - 1);
    for (let i = Math.max(0, first); i <= last; i++) this.visit(node[i] as JsonNode, position, `${location}[${i}]`);
  }
}

/** The text of a location one member further: `.key`, quoted where the key is no identifier. */
export function memberLocation(location: string, key: string): string {
  IDENTIFIER.lastIndex = 0;
  const plain = IDENTIFIER.exec(key)?.[0] === key;
  return `${location}.${plain ? key : quoteJson(key)}`;
}
