/**
 * Where a region divides into parts of equal size. No data is walked: the engine's estimate of the size below a key is
 * cheap, so the places are found by bisection between the first and the last key, and moved to the next key that exists.
 * All versions of a key are in one region, so every user key is a boundary; what is found is the beginning of a row.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import { DATA_FAMILY, familyRange, plainUserKey } from '../mvcc/keys.ts';
import { engineRangesOf } from './clear-data.ts';
import { regionKeyOf, regionRangeOf, userRangeOf } from './region-keys.ts';

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

/** About how many keys `bytes` in a range hold: by the size of some pairs in its middle. */
export async function estimateKeys(engine: KvEngine, range: KeyRange, bytes: number): Promise<number> {
  const data = familyRange(DATA_FAMILY, userRangeOf(range));
  const first = await engine.scan(data, SAMPLED_PAIRS, false);
  const last = first.length < SAMPLED_PAIRS ? [] : await engine.scan(data, SAMPLED_PAIRS, true);
  if (last.length === 0) return first.length;
  let sampled = 0;
  for (const { key, value } of [...first, ...last]) sampled += key.length + value.byteLength;
  return Math.ceil(bytes / (sampled / (first.length + last.length)));
}

/** Region keys that divide `range` into `parts` about equal parts, ascending; fewer where there are too few keys. */
export async function findSplitKeys(engine: KvEngine, range: KeyRange, parts: number): Promise<readonly Key[]> {
  const data = familyRange(DATA_FAMILY, userRangeOf(range));
  const [first] = await engine.scan(data, 1, false);
  const [last] = await engine.scan(data, 1, true);
  if (first === undefined || last === undefined || first.key === last.key) return [];
  const total = await estimateBytes(engine, range);
  const found: Key[] = [];
  let low = plainUserKey(first.key);
  const high = plainUserKey(last.key);
  for (let part = 1; part < parts; part++) {
    const place = await bisect(engine, range, {
      low,
      high,
      target: (total * part) / parts,
      slack: (total * TOLERANCE) / parts,
    });
    const [next] = await engine.scan({ ...data, start: familyRange(DATA_FAMILY, { start: place }).start }, 1, false);
    if (next === undefined) break;
    const key = plainUserKey(next.key);
    if (key > low) found.push(regionKeyOf(key));
    low = key;
  }
  const { start, end } = range;
  return found.filter((key) => key > start && (end === undefined || key < end));
}

interface Search {
  readonly low: Key;
  readonly high: Key;
  /** Bytes that shall lie below. */
  readonly target: number;
  readonly slack: number;
}

async function bisect(engine: KvEngine, range: KeyRange, { low, high, target, slack }: Search): Promise<Key> {
  const { start } = userRangeOf(range);
  let [from, to] = [low, high];
  for (let step = 0; step < MAX_STEPS; step++) {
    const middle = between(from, to);
    if (middle === undefined) break;
    const below = await estimateBytes(engine, regionRangeOf({ start, end: middle }));
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
