/** Order of rows by a list of keys. Character keys are turned into sort keys once, so that sorting compares plain values. */

import { type Comparator, comparatorOf, compareNumbers } from '../expression/compare.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { valuesBytes } from '../vector/row-store.ts';

export interface SortItem {
  readonly expression: CompiledExpression;
  readonly descending: boolean;
}

/** Compares row `left` with row `right` of the key columns it was made for. */
export type RowOrder = (left: number, right: number) => number;

function comparePlain(left: Datum, right: Datum): number {
  return (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : 0;
}

function needsSortKey(type: FieldType): boolean {
  return type.class === 'string';
}

/** The comparator of prepared key values. */
export function keyComparator(type: FieldType): Comparator {
  return needsSortKey(type) ? comparePlain : comparatorOf(type);
}

/** Key values of all rows of the batch, prepared for `keyComparator`. */
export function sortKeys(item: SortItem, batch: Batch, context: EvaluationContext): Datum[] {
  const { values } = item.expression.evaluate(batch, context);
  const { type } = item.expression;
  if (!needsSortKey(type)) return values;
  const { collation } = type;
  const keys = new Array<Datum>(batch.length);
  for (let i = 0; i < batch.length; i++) {
    const value = values[i]!;
    keys[i] = value === null ? null : collation.sortKey(value as string);
  }
  return keys;
}

/** Puts the keys of a batch behind those of the batches before, one list per item; answers the heap bytes they hold, roughly. */
export function appendSortKeys(
  items: readonly SortItem[],
  keys: readonly Datum[][],
  batch: Batch,
  context: EvaluationContext,
): number {
  let bytes = 0;
  items.forEach((item, c) => {
    const target = keys[c]!;
    const added = sortKeys(item, batch, context);
    for (const key of added) target.push(key);
    bytes += valuesBytes(added);
  });
  return bytes;
}

/** Stable when used with Array.prototype.sort: equal rows answer 0. NULL sorts before every value. */
export function rowOrder(items: readonly SortItem[], keys: readonly (readonly Datum[])[]): RowOrder {
  const orders = items.map((item, c) => columnOrder(keyComparator(item.expression.type), item.descending, keys[c]!));
  if (orders.length === 1) return orders[0]!;
  return (left, right) => {
    for (let c = 0; c < orders.length; c++) {
      const order = orders[c]!(left, right);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function columnOrder(compare: Comparator, descending: boolean, keys: readonly Datum[]): RowOrder {
  const sign = descending ? -1 : 1;
  if (compare === comparePlain) return textOrder(sign, keys);
  if (compare === compareNumbers && keys.every((key) => typeof key === 'number')) {
    const numbers = keys as readonly number[];
    return descending
      ? (left, right) => numbers[right]! - numbers[left]!
      : (left, right) => numbers[left]! - numbers[right]!;
  }
  return (left, right) => {
    const x = keys[left]!;
    const y = keys[right]!;
    if (x === null) return y === null ? 0 : -sign;
    if (y === null) return sign;
    return compare(x, y) * sign;
  };
}

const HEAD_BYTES = 6;

/** The first bytes of a sort key as a number; NULL comes before all. Keys with equal heads are compared in full. */
function headOf(key: Datum): number {
  if (key === null) return -1;
  const text = key as string;
  const length = text.length < HEAD_BYTES ? text.length : HEAD_BYTES;
  let head = 0;
  for (let i = 0; i < length; i++) head = head * 256 + text.charCodeAt(i);
  for (let i = length; i < HEAD_BYTES; i++) head *= 256;
  return head;
}

function textOrder(sign: number, keys: readonly Datum[]): RowOrder {
  const heads = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) heads[i] = headOf(keys[i]!);
  return (left, right) => {
    const order = heads[left]! - heads[right]!;
    if (order !== 0) return order * sign;
    if (heads[left] === -1) return 0;
    return comparePlain(keys[left]!, keys[right]!) * sign;
  };
}
