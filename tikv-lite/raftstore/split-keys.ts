/**
 * Where a region divides into parts of equal size. No data is walked: the engine's estimate of the size below a key is
 * cheap, so the places are found by bisection between the first and the last key, and moved to the next key that exists.
 * All versions of a key are in one region, so every user key is a boundary, and so is every raw key; what is found is the
 * beginning of a row.
 */

import type { Key, KeyRange, KvPair } from '../../base/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import { DATA_FAMILY, familyRange, plainUserKey } from '../mvcc/keys.ts';
import { rawRange, userKeyOfRaw } from '../raw/raw-keys.ts';
import { engineRangesOf } from './clear-data.ts';
import { regionKeyOf, userRangeOf } from './region-keys.ts';

/** Good enough: the share of a part by which a place may be off. */
const TOLERANCE = 1 / 32;
const MAX_STEPS = 64;
const SAMPLED_PAIRS = 128;

/** Bytes of all families in a range of region keys, as the engine estimates it. */
export async function estimateBytes(engine: KvEngine, range: KeyRange): Promise<number> {
  let sum = 0;
  for (const part of engineRangesOf(range)) sum += await engine.approximateSizeBytes(part);
  return sum;
}

/** Where the rows of a range of region keys lie in the engine, and which region key an engine key there has. */
interface Rows {
  readonly range: KeyRange;
  regionKey(engineKey: Key): Key;
}

function rowsOf(range: KeyRange): readonly Rows[] {
  return [
    { range: familyRange(DATA_FAMILY, userRangeOf(range)), regionKey: (key) => regionKeyOf(plainUserKey(key)) },
    { range: rawRange(range), regionKey: userKeyOfRaw },
  ];
}

/** About how many keys `bytes` in a range hold: by the size of some pairs at its ends. */
export async function estimateKeys(engine: KvEngine, range: KeyRange, bytes: number): Promise<number> {
  const sample: KvPair[] = [];
  let isWhole = true;
  for (const rows of rowsOf(range)) {
    const first = await engine.scan(rows.range, SAMPLED_PAIRS, false);
    sample.push(...first);
    if (first.length < SAMPLED_PAIRS) continue;
    isWhole = false;
    sample.push(...(await engine.scan(rows.range, SAMPLED_PAIRS, true)));
  }
  if (isWhole) return sample.length;
  let sampled = 0;
  for (const { key, value } of sample) sampled += key.length + value.byteLength;
  return Math.ceil(bytes / (sampled / sample.length));
}

/** Region keys that divide `range` into `parts` about equal parts, ascending; fewer where there are too few keys. */
export async function findSplitKeys(engine: KvEngine, range: KeyRange, parts: number): Promise<readonly Key[]> {
  const first = await firstRow(engine, range);
  const last = await lastRow(engine, range);
  if (first === undefined || last === undefined || first === last) return [];
  const total = await estimateBytes(engine, range);
  const found: Key[] = [];
  let low = first;
  for (let part = 1; part < parts; part++) {
    const place = await bisect(engine, range, {
      low,
      high: last,
      target: (total * part) / parts,
      slack: (total * TOLERANCE) / parts,
    });
    const next = await firstRow(engine, { start: place, end: range.end });
    if (next === undefined) break;
    if (next > low) found.push(next);
    low = next;
  }
  const { start, end } = range;
  return found.filter((key) => key > start && (end === undefined || key < end));
}

/** The region key of the first row of a range. */
async function firstRow(engine: KvEngine, range: KeyRange): Promise<Key | undefined> {
  let first: Key | undefined;
  for (const rows of rowsOf(range)) {
    const [pair] = await engine.scan(rows.range, 1, false);
    const key = pair === undefined ? undefined : rows.regionKey(pair.key);
    if (key !== undefined && (first === undefined || key < first)) first = key;
  }
  return first;
}

async function lastRow(engine: KvEngine, range: KeyRange): Promise<Key | undefined> {
  let last: Key | undefined;
  for (const rows of rowsOf(range)) {
    const [pair] = await engine.scan(rows.range, 1, true);
    const key = pair === undefined ? undefined : rows.regionKey(pair.key);
    if (key !== undefined && (last === undefined || key > last)) last = key;
  }
  return last;
}

interface Search {
  /** Region keys. */
  readonly low: Key;
  readonly high: Key;
  /** Bytes that shall lie below. */
  readonly target: number;
  readonly slack: number;
}

async function bisect(engine: KvEngine, range: KeyRange, { low, high, target, slack }: Search): Promise<Key> {
  let [from, to] = [low, high];
  for (let step = 0; step < MAX_STEPS; step++) {
    const middle = between(from, to);
    if (middle === undefined) break;
    const below = await estimateBytes(engine, { start: range.start, end: middle });
    if (Math.abs(below - target) <= slack) return middle;
    if (below < target) from = middle;
    else to = middle;
  }
  return to;
}

const DIGITS = 6;

/** A key between two others, halfway by the bytes behind what they have in common; undefined when there is none left. */
export function between(low: Key, high: Key): Key | undefined {
  let common = 0;
  while (common < low.length && low.charCodeAt(common) === high.charCodeAt(common)) common++;
  for (let from = common; from <= Math.max(low.length, high.length); from += DIGITS - 1) {
    const a = digitsAt(low, from);
    const b = from === common ? digitsAt(high, from) : 256 ** DIGITS;
    const middle = Math.floor((a + b) / 2);
    if (middle <= a) continue;
    const key = (low.slice(0, from).padEnd(from, '\0') + textOf(middle)) as Key;
    if (key > low && key < high) return key;
  }
  return undefined;
}

function digitsAt(key: Key, from: number): number {
  let value = 0;
  for (let i = from; i < from + DIGITS; i++) value = value * 256 + (i < key.length ? key.charCodeAt(i) : 0);
  return value;
}

function textOf(value: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < DIGITS; i++) {
    text = String.fromCharCode(rest % 256) + text;
    rest = Math.floor(rest / 256);
  }
  return text.replace(/\0+$/, '');
}
