/** A SQL session in process over a store in memory: text in, rows as MySQL's text out. */

import { realEnv } from '../../../base/index.ts';
import { type Datum, textFunction } from '../../../engine/index.ts';
import { CapturingWriter, openSql, type Session, type SqlLayer } from '../../../sql/index.ts';
import type { Storage } from '../../../tikv-lite/index.ts';
import { MemoryStorage } from './memory-storage.ts';

export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** The same rows before they became text. */
  readonly values: readonly (readonly Datum[])[];
  readonly affectedRows: number;
  readonly lastInsertId: number | bigint;
  readonly info: string;
}

export class SqlHarness {
  readonly session: Session;
  readonly #layer: SqlLayer;

  private constructor(session: Session, layer: SqlLayer) {
    this.session = session;
    this.#layer = layer;
  }

  static async open(storage: Storage = new MemoryStorage()): Promise<SqlHarness> {
    const layer = await openSql({ env: realEnv, storage, version: '0.1.0', systemTimeZone: 'UTC', variables: {} });
    const session = layer.sessions.openInternal(1, {
      disconnect: () => undefined,
      requestLocalFile: () => {
        throw new Error('no client to ask for a file');
      },
      tlsDetails: () => undefined,
    });
    return new SqlHarness(session, layer);
  }

  /** Ends the session and the catalog's background work. */
  async close(): Promise<void> {
    await this.session.close();
    await this.#layer.close();
  }

  async query(sql: string): Promise<SqlResult> {
    const writer = new CapturingWriter();
    await this.session.query(Buffer.from(sql, 'utf8'), writer);
    const texts = writer.resultColumns.map((column) => textFunction(column.type));
    return {
      columns: writer.resultColumns.map((column) => column.name),
      values: writer.resultRows,
      rows: writer.resultRows.map((row) => row.map((value, i) => (value === null ? null : (texts[i]?.(value) ?? '')))),
      affectedRows: writer.okResult?.affectedRows ?? 0,
      lastInsertId: writer.okResult?.lastInsertId ?? 0,
      info: writer.okResult?.info ?? '',
    };
  }
}
