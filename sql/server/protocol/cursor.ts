/**
 * A read-only cursor of a prepared statement: the rows of one execution, encoded, handed out by COM_STMT_FETCH. As in
 * MySQL the whole result is materialised when the statement is executed, so the session is free for other statements.
 */

import type { ValueOrPromise } from '../../../base/index.ts';
import { type Batch, sqlErrors } from '../../../engine/index.ts';
import { MAX_CURSOR_BYTES } from '../limits.ts';
import type { OkResult, ResultColumn, ResultWriter } from '../session-port.ts';
import { PacketBuffer } from '../wire/packet-buffer.ts';
import { binaryWriter, writeBinaryRow } from './binary-row.ts';
import { encodedColumns, type ResultCharset } from './encoded-columns.ts';
import { textWriter, type ValueWriter } from './text-row.ts';

export class Cursor {
  readonly #rows: readonly Buffer[];
  #next = 0;

  constructor(rows: readonly Buffer[]) {
    this.#rows = rows;
  }

  /** The payloads of up to `count` more rows. */
  fetch(count: number): readonly Buffer[] {
    const rows = this.#rows.slice(this.#next, this.#next + count);
    this.#next += rows.length;
    return rows;
  }

  get exhausted(): boolean {
    return this.#next >= this.#rows.length;
  }
}

/** Takes a result set in for a cursor; an answer without rows goes to `ok`. */
export class CursorWriter implements ResultWriter {
  readonly #charset: ResultCharset | undefined;
  readonly #out = new PacketBuffer();
  readonly #rows: Buffer[] = [];
  #writers: readonly ValueWriter[] = [];
  #bytes = 0;
  okResult: OkResult | undefined;
  resultColumns: readonly ResultColumn[] | undefined;
  warnings = 0;

  constructor(charset: ResultCharset | undefined) {
    this.#charset = charset;
  }

  ok(result: OkResult): void {
    this.okResult = result;
  }

  columns(columns: readonly ResultColumn[]): void {
    this.resultColumns = columns;
    this.#writers = encodedColumns(columns, this.#charset, textWriter, binaryWriter).binaryWriters;
  }

  rows(batch: Batch): ValueOrPromise<void> {
    const vectors = batch.columns.map((column) => column.values);
    for (let row = 0; row < batch.length; row++) {
      this.#out.position = 0;
      writeBinaryRow(this.#out, this.#writers, vectors, row);
      const payload = Buffer.from(this.#out.buffer.subarray(4, this.#out.position));
      this.#bytes += payload.length;
      if (this.#bytes > MAX_CURSOR_BYTES) throw sqlErrors.outOfMemory(MAX_CURSOR_BYTES);
      this.#rows.push(payload);
    }
  }

  end(warnings: number): void {
    this.warnings = warnings;
  }

  finish(): Cursor {
    this.#out.release();
    return new Cursor(this.#rows);
  }
}
