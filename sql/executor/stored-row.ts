/** The stored rows that UPDATE and DELETE find in the rows of their plan, and what counts as a change of one. */

import { type Datum, encodeIntHandle } from '../../engine/index.ts';
import type { BoundTarget } from '../planner/bind-write.ts';
import type { StoredRow, TableWriter } from './table-writer.ts';
import type { WriteSession } from './write-session.ts';

/** The stored row of a target inside a row of the plan; undefined where an outer join found none. */
export function storedRow(
  target: BoundTarget,
  writer: TableWriter,
  row: readonly Datum[],
  zone: WriteSession['zone'],
): StoredRow | undefined {
  const values = target.positions.map((position) => row[position] ?? null);
  if (target.rowIdPosition >= 0) {
    const rowId = row[target.rowIdPosition] ?? null;
    return rowId === null ? undefined : { handle: encodeIntHandle(rowId as number | bigint), values };
  }
  const primary = target.table.indexes.find((index) => index.primary);
  if (primary?.columns.some((part) => values[part.columnOffset] === null) === true) return undefined;
  return { handle: writer.codec.handle(values, 0n, zone), values };
}

export function isSameRow(left: readonly Datum[], right: readonly Datum[]): boolean {
  return left.every((value, i) => isSameValue(value, right[i] ?? null));
}

function isSameValue(left: Datum, right: Datum): boolean {
  if (left === right) return true;
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false;
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0;
  return String(left) === String(right);
}
