/** node-sql-parser's tree as the adapter sees it: unknown until every key has been looked at. */

import { UnsupportedTree } from './unsupported.ts';

export interface NspNode {
  readonly type?: unknown;
  readonly [key: string]: unknown;
}

/** Keys that never carry meaning. */
const IDLE_KEYS = new Set(['type', 'loc', 'parentheses', 'tableList', 'columnList']);

export function nodeOf(value: unknown): NspNode {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new UnsupportedTree('not a node');
  return value as NspNode;
}

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnsupportedTree('not a list');
  return value;
}

/** As `listOf`, with null and undefined as the empty list. */
export function optionalListOf(value: unknown): readonly unknown[] {
  return value === null || value === undefined ? [] : listOf(value);
}

/** Refuses a node that says anything beyond the keys that the caller handles. */
export function only(node: NspNode, ...keys: readonly string[]): void {
  for (const [key, value] of Object.entries(node)) {
    if (keys.includes(key) || IDLE_KEYS.has(key) || isEmpty(value)) continue;
    throw new UnsupportedTree(`${String(node.type)}.${key}`);
  }
}

export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0);
}

export function isParenthesised(node: NspNode): boolean {
  return node['parentheses'] === true;
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new UnsupportedTree('not a text');
  return value;
}
