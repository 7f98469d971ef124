/** How parameters are described in the answer to COM_STMT_PREPARE: names and types nobody knows yet. */

import { fieldTypes } from '../../../engine/index.ts';
import type { ResultColumn } from '../session-port.ts';

const byCount = new Map<number, readonly ResultColumn[]>();
const MAX_REMEMBERED_COUNT = 64;

/** The same array for the same small count, so that its encoding is kept. */
export function parameterColumns(count: number): readonly ResultColumn[] {
  const known = byCount.get(count);
  if (known !== undefined) return known;
  const column: ResultColumn = {
    database: '',
    table: '',
    originalTable: '',
    name: '?',
    originalName: '',
    type: fieldTypes.varbinary(0),
    flags: 0,
  };
  const columns = new Array<ResultColumn>(count).fill(column);
  if (count <= MAX_REMEMBERED_COUNT) byCount.set(count, columns);
  return columns;
}
