/** A SQL session in process over a store in memory: text in, rows as MySQL's text out. */

import { realEnv } from '../../../base/index.ts';
import { type Datum, textFunction } from '../../../engine/index.ts';
import {
  CapturingWriter,
  Catalog,
  createVirtualSchemas,
  openServerContext,
  type Session,
  SqlPlanner,
  SqlSessionFactory,
} from '../../../sql/index.ts';
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
  readonly catalog: Catalog;

  private constructor(session: Session, catalog: Catalog) {
    this.session = session;
    this.catalog = catalog;
  }

  static async open(storage: Storage = new MemoryStorage()): Promise<SqlHarness> {
    const catalog = await Catalog.open(storage, realEnv);
    const server = await openServerContext(
      { env: realEnv, storage, version: '0.1.0', systemTimeZone: 'UTC', variables: {} },
      (context) => {
        for (const schema of createVirtualSchemas(context, () => catalog.snapshot())) {
          catalog.registerVirtualSchema(schema);
        }
        return new SqlPlanner(catalog);
      },
    );
    const session = new SqlSessionFactory(server).openInternal(1, {
      disconnect: () => undefined,
      requestLocalFile: () => {
        throw new Error('no client to ask for a file');
      },
      tlsDetails: () => undefined,
    });
    return new SqlHarness(session, catalog);
  }

  /** Ends the session and the catalog's background work. */
  async close(): Promise<void> {
    await this.session.close();
    await this.catalog.close();
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
