/** How sqllogictest prints, sorts and hashes result values. */

import { createHash } from 'node:crypto';
import type { Expectation, SortMode } from './records.ts';

function formatInteger(text: string): string {
  const match = /^-?\d+/.exec(text);
  if (match === null) return '0';
  return match[0] === '-0' ? '0' : match[0];
}

/** One value as the protocol's text, printed under a column type letter. */
export function formatValue(text: string | null, type: string): string {
  if (text === null) return 'NULL';
  if (type === 'I') return formatInteger(text);
  if (type === 'R') return Number(text).toFixed(3);
  return text === '' ? '(empty)' : text.replace(/[^\x20-\x7e]/g, '@');
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** All values of a result in the order the sort mode asks for. */
export function arrangeValues(rows: readonly (readonly string[])[], sort: SortMode): string[] {
  if (sort === 'rowsort') {
    const sorted = [...rows].sort((left, right) => {
      for (let i = 0; i < left.length; i++) {
        const order = compareText(left[i] ?? '', right[i] ?? '');
        if (order !== 0) return order;
      }
      return 0;
    });
    return sorted.flat();
  }
  const values = rows.flat();
  return sort === 'valuesort' ? values.sort(compareText) : values;
}

/** Undefined when the values are as expected, else what is different. */
export function difference(values: readonly string[], expected: Expectation): string | undefined {
  if (expected.kind === 'hash') {
    if (values.length !== expected.count) return `${values.length} values, expected ${expected.count}`;
    const md5 = createHash('md5');
    for (const value of values) md5.update(`${value}\n`);
    const hash = md5.digest('hex');
    return hash === expected.md5 ? undefined : `${values.length} values hashing to ${hash}, expected ${expected.md5}`;
  }
  if (values.length !== expected.values.length) {
    return `${values.length} values, expected ${expected.values.length}: ${values.slice(0, 12).join(' ')}`;
  }
  const at = values.findIndex((value, i) => value !== expected.values[i]);
  return at < 0 ? undefined : `value ${at + 1} is ${values[at]}, expected ${expected.values[at]}`;
}
