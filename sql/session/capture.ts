/** A ResultWriter that keeps a result in memory: for expressions of SET, for statements the session runs for itself. */

import type { Batch, Datum } from '../../engine/index.ts';
import type { OkResult, ResultColumn, ResultWriter } from '../server/session-port.ts';

export class CapturingWriter implements ResultWriter {
  resultColumns: readonly ResultColumn[] = [];
  readonly resultRows: Datum[][] = [];
  okResult: OkResult | undefined;

  ok(result: OkResult): void {
    this.okResult = result;
  }

  columns(columns: readonly ResultColumn[]): void {
    this.resultColumns = columns;
  }

  rows(batch: Batch): void {
    for (let row = 0; row < batch.length; row++) {
      this.resultRows.push(batch.columns.map((column) => column.values[row] ?? null));
    }
  }

  end(): void {
    return;
  }
}
