/** The port of tables that are computed instead of stored: information_schema, performance_schema, mysql. */

import type { ValueOrPromise } from '../../base/index.ts';
import type { Datum, TableInfo } from '../../engine/index.ts';
import type { StatementContext } from '../session/session-context.ts';

export interface VirtualTable {
  readonly info: TableInfo;
  /** Rows in the order of `info.columns`; read once per scan. */
  rows(context: StatementContext): ValueOrPromise<Iterable<readonly Datum[]>>;
}

export interface VirtualSchema {
  readonly name: string;
  /** By lower-case table name. */
  readonly tables: ReadonlyMap<string, VirtualTable>;
}
