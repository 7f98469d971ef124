/** Small results made by the session itself. */

import { type Batch, type Datum, type FieldType, fieldTypes } from '../../../engine/index.ts';
import type { ResultColumn } from '../../server/session-port.ts';
import type { Answer, Session } from '../session.ts';

export function resultColumn(name: string, type: FieldType): ResultColumn {
  return { database: '', table: '', originalTable: '', name, originalName: '', type, flags: 0 };
}

export function textColumn(name: string, length: number): ResultColumn {
  return resultColumn(name, fieldTypes.varchar(length));
}

export function batchOf(columns: readonly ResultColumn[], rows: readonly (readonly Datum[])[]): Batch {
  return {
    length: rows.length,
    columns: columns.map(({ type }, i) => ({ kind: 'plain', type, values: rows.map((row) => row[i] ?? null) })),
  };
}

/** Sends a whole small result set. */
export function answerRows(
  session: Session,
  columns: readonly ResultColumn[],
  rows: readonly (readonly Datum[])[],
  { writer, more }: Answer,
): void {
  writer.columns(columns);
  if (rows.length > 0) void writer.rows(batchOf(columns, rows));
  session.state.rowCount = -1;
  writer.end(session.state.warningCount, more);
}
