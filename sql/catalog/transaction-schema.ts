/**
 * The schema for the consistent reads of a transaction whose snapshot is older than the newest schema. Names mean what
 * they mean now; what they lead to must be readable as of the snapshot:
 *
 * - an index that was not public then has no entries for the snapshot, so it is as good as absent ('none');
 * - a table that was made since, or whose columns have changed since, is error 1412, as in InnoDB;
 * - unless the transaction read the table before. MySQL would have kept the change waiting for such a reader; here it
 *   goes on reading the table that it knows, until it writes the changed one.
 *
 * Locking reads and writes work on the newest data and take the newest schema as it is.
 */

import { type IndexInfo, sqlErrors, type TableInfo } from '../../engine/index.ts';
import { CatalogSnapshot } from './catalog-snapshot.ts';

/** A transaction, as far as its schema depends on it. */
export interface SchemaHistory {
  /** The newest schema when its snapshot was taken. */
  readonly pinned: CatalogSnapshot;
  hasRead(tableId: number): boolean;
  hasWritten(tableId: number): boolean;
}

export class TransactionSchema extends CatalogSnapshot {
  readonly #newest: CatalogSnapshot;
  readonly #history: SchemaHistory;

  constructor(newest: CatalogSnapshot, history: SchemaHistory) {
    super(newest.version, newest.since, newest.databases, newest.virtualSchemas);
    this.#newest = newest;
    this.#history = history;
  }

  /** Throws 1412. */
  override table(database: string, name: string): TableInfo | undefined {
    const { pinned, hasRead } = this.#history;
    const before = pinned.table(database, name);
    if (before !== undefined && hasRead(before.id)) return this.#known(before, this.#newest.table(database, name));
    const table = this.#newest.table(database, name);
    if (table === undefined || table.view !== undefined) return table;
    const old = pinned.tableById(table.id);
    if (old === undefined || !hasSameColumns(old, table)) throw sqlErrors.tableDefChanged();
    return asOf(old, table);
  }

  /** A table that the transaction read before; `named`: what has its name now. */
  #known(before: TableInfo, named: TableInfo | undefined): TableInfo {
    const now = this.#newest.tableById(before.id);
    if (now !== undefined && hasSameColumns(before, now)) return asOf(before, now);
    const { hasWritten } = this.#history;
    const isWritten = hasWritten(before.id) || (named !== undefined && hasWritten(named.id));
    if (isWritten) throw sqlErrors.tableDefChanged();
    return before;
  }
}

function hasSameColumns(old: TableInfo, now: TableInfo): boolean {
  if (old === now) return true;
  if (old.columns.length !== now.columns.length) return false;
  const known = new Set(old.columns.map(({ id }) => id));
  return now.columns.every(({ id }) => known.has(id));
}

/** The table as it is now, without the indexes that `old` did not have. */
function asOf(old: TableInfo, now: TableInfo): TableInfo {
  if (old === now) return now;
  const usable = new Set(old.indexes.filter(({ state }) => state === 'public').map(({ id }) => id));
  if (now.indexes.every(({ id, state }) => usable.has(id) || state !== 'public')) return now;
  const indexes = now.indexes.map((index): IndexInfo => (usable.has(index.id) ? index : { ...index, state: 'none' }));
  return { ...now, indexes };
}
