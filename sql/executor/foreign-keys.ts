/**
 * Foreign keys of one table: a child row needs its parent, a parent row that goes or changes its key takes its children
 * with it, blocks them, or sets them to NULL. Nothing is done while foreign_key_checks is off.
 */

import { type Key, prefixRange } from '../../base/index.ts';
import {
  type Datum,
  encodeHandleValues,
  type ForeignKeyInfo,
  type IndexInfo,
  sqlErrors,
  type TableInfo,
} from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ReferencingKey } from '../catalog/catalog-snapshot.ts';
import { tableCodec } from './table-codec.ts';
import { type StoredRow, TableWriter } from './table-writer.ts';
import type { WriteSession } from './write-session.ts';

/** MySQL's limit on cascades. */
const MAX_CASCADE_DEPTH = 15;
const SCAN_PAGE = 256;

export class ForeignKeys {
  readonly #database: string;
  readonly #table: TableInfo;
  readonly #catalog: Catalog;
  readonly #depth: number;

  constructor(database: string, table: TableInfo, catalog: Catalog, depth = 0) {
    this.#database = database;
    this.#table = table;
    this.#catalog = catalog;
    this.#depth = depth;
  }

  isParentNeeded(session: WriteSession): boolean {
    return this.#table.foreignKeys.length > 0 && checksForeignKeys(session);
  }

  isReferenced(session: WriteSession): boolean {
    return this.#references().length > 0 && checksForeignKeys(session);
  }

  #references(): readonly ReferencingKey[] {
    return this.#catalog.snapshot().referencing(this.#database, this.#table.name);
  }

  /** Throws 1452 when a parent row is missing. NULL in any column needs none. */
  async checkParents(session: WriteSession, values: readonly Datum[], before?: readonly Datum[]): Promise<void> {
    if (!this.isParentNeeded(session)) return;
    for (const key of this.#table.foreignKeys) {
      const own = offsetsOf(this.#table, key.columns);
      if (own.some((offset) => (values[offset] ?? null) === null)) continue;
      if (before !== undefined && own.every((offset) => before[offset] === values[offset])) continue;
      const parent = this.#catalog.snapshot().table(key.referencedDatabase, key.referencedTable);
      const wanted = own.map((offset) => values[offset] as Datum);
      const isSelf = parent?.id === this.#table.id;
      if (isSelf && refersToItself(this.#table, key, values)) continue;
      const found = parent === undefined ? [] : await findRows(session, parent, key.referencedColumns, wanted, 1);
      if (found.length === 0) throw sqlErrors.noReferencedRow2(this.#describe(this.#database, this.#table, key));
    }
  }

  /** Before a parent row is deleted. Throws 1451. */
  async beforeDelete(session: WriteSession, values: readonly Datum[]): Promise<void> {
    if (!this.isReferenced(session)) return;
    for (const reference of this.#references()) {
      await this.#withChildren(session, reference, values, reference.foreignKey.onDelete, undefined);
    }
  }

  /** Before a parent row's key changes. Throws 1451. */
  async beforeUpdate(session: WriteSession, before: readonly Datum[], after: readonly Datum[]): Promise<void> {
    if (!this.isReferenced(session)) return;
    for (const reference of this.#references()) {
      const offsets = offsetsOf(this.#table, reference.foreignKey.referencedColumns);
      if (offsets.every((offset) => before[offset] === after[offset])) continue;
      await this.#withChildren(session, reference, before, reference.foreignKey.onUpdate, after);
    }
  }

  async #withChildren(
    session: WriteSession,
    { database, table, foreignKey }: ReferencingKey,
    parent: readonly Datum[],
    action: ForeignKeyInfo['onDelete'],
    after: readonly Datum[] | undefined,
  ): Promise<void> {
    const wanted = offsetsOf(this.#table, foreignKey.referencedColumns).map((offset) => parent[offset] ?? null);
    if (wanted.includes(null)) return;
    const isBlocking = action === 'RESTRICT' || action === 'NO ACTION' || action === 'SET DEFAULT';
    const limit = isBlocking ? 1 : Number.POSITIVE_INFINITY;
    const children = await findRows(session, table, foreignKey.columns, wanted, limit);
    if (children.length === 0) return;
    if (isBlocking) throw sqlErrors.rowIsReferenced2(this.#describe(database, table, foreignKey));
    if (this.#depth >= MAX_CASCADE_DEPTH) throw sqlErrors.fkDepthExceeded(MAX_CASCADE_DEPTH);
    const keys = new ForeignKeys(database, table, this.#catalog, this.#depth + 1);
    const writer = new TableWriter(table);
    const own = offsetsOf(table, foreignKey.columns);
    const parentOffsets = offsetsOf(this.#table, foreignKey.referencedColumns);
    for (const child of children) {
      if (action === 'CASCADE' && after === undefined) {
        await keys.beforeDelete(session, child.values);
        await writer.remove(session, [child]);
        continue;
      }
      const values = child.values.slice();
      own.forEach((offset, i) => {
        values[offset] = action === 'CASCADE' ? (after?.[parentOffsets[i] as number] ?? null) : null;
      });
      await keys.beforeUpdate(session, child.values, values);
      const isClustered = table.pkIsHandle || table.isCommonHandle;
      const handle = isClustered ? writer.codec.handle(values, 0n, session.zone) : child.handle;
      await writer.update(session, child, { handle, values });
    }
  }

  /** MySQL's description in 1451 and 1452. */
  #describe(database: string, table: TableInfo, key: ForeignKeyInfo): string {
    const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
    const qualifier = key.referencedDatabase === database ? '' : `\`${key.referencedDatabase}\`.`;
    const onDelete = key.onDelete === 'NO ACTION' ? '' : ` ON DELETE ${key.onDelete}`;
    const onUpdate = key.onUpdate === 'NO ACTION' ? '' : ` ON UPDATE ${key.onUpdate}`;
    return ` (\`${database}\`.\`${table.name}\`, CONSTRAINT \`${key.name}\` FOREIGN KEY (${list(key.columns)}) REFERENCES ${qualifier}\`${key.referencedTable}\` (${list(key.referencedColumns)})${onDelete}${onUpdate})`;
  }
}

function checksForeignKeys(session: WriteSession): boolean {
  const { value } = session.statement.variable('foreign_key_checks');
  return value !== 0 && value !== 'OFF';
}

function offsetsOf(table: TableInfo, names: readonly string[]): number[] {
  return names.map((name) => table.columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase()));
}

function refersToItself(table: TableInfo, key: ForeignKeyInfo, values: readonly Datum[]): boolean {
  const own = offsetsOf(table, key.columns);
  return offsetsOf(table, key.referencedColumns).every((offset, i) => values[offset] === values[own[i] as number]);
}

/** Rows of `table` whose `columns` have the wanted values, locked; through an index that starts with the columns. */
async function findRows(
  session: WriteSession,
  table: TableInfo,
  columns: readonly string[],
  wanted: readonly Datum[],
  limit: number,
): Promise<readonly StoredRow[]> {
  const offsets = offsetsOf(table, columns);
  const codec = tableCodec(table);
  const writer = new TableWriter(table);
  const indexes = table.indexes.filter((candidate) => startsWith(candidate, offsets));
  const index = indexes.find(({ state }) => state === 'public') ?? indexes[0];
  const values: Datum[] = table.columns.map(() => null);
  offsets.forEach((offset, i) => {
    values[offset] = wanted[i] ?? null;
  });
  const isHandle = index?.primary === true && (table.pkIsHandle || table.isCommonHandle);
  if (index === undefined) return [];
  if (isHandle && index.columns.length === offsets.length) {
    const row = await writer.read(session, codec.handle(values, 0n, session.zone));
    return row === undefined ? [] : [row];
  }
  const inIndexOrder = index.columns.slice(0, offsets.length).map((part) => values[part.columnOffset] ?? null);
  const prefix = isHandle
    ? ((codec.recordPrefix + encodeHandleValues(table, inIndexOrder, session.zone)) as Key)
    : codec.indexCodec(index).encodePrefix(inIndexOrder, session.zone);
  const scanner = session.transaction.currentReader(session.forUpdateTs).scan(prefixRange(prefix), {});
  const rows: StoredRow[] = [];
  try {
    while (rows.length < limit) {
      const page = await scanner.next(Math.min(limit - rows.length, SCAN_PAGE));
      if (page.length === 0) break;
      for (const { key, value } of page) {
        const handle = isHandle ? codec.handleOf(key) : codec.indexCodec(index).decodeHandle(key, value);
        const row = await writer.read(session, handle);
        if (row !== undefined) rows.push(row);
      }
    }
  } finally {
    scanner.close();
  }
  return rows;
}

function startsWith(index: IndexInfo, offsets: readonly number[]): boolean {
  const leading = index.columns.slice(0, offsets.length);
  return leading.length === offsets.length && leading.every((part) => offsets.includes(part.columnOffset));
}
