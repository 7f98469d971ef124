/**
 * Rewriting the data of a table: index entries for the rows that were there before an index, and rows in a new form after
 * a column changed. Works through the records in batches, each its own transaction, so memory stays bounded.
 */

import { type Key, type KeyRange, nextKey, type Ts } from '../../base/index.ts';
import {
  type Datum,
  type IndexInfo,
  recordRange,
  sqlErrors,
  type TableInfo,
  type TimeZone,
  textFunction,
} from '../../engine/index.ts';
import type { Storage, Transaction } from '../../tikv-lite/index.ts';
import { TransactionError } from '../../tikv-lite/index.ts';
import { type TableCodec, tableCodec } from '../executor/table-codec.ts';

const BATCH_ROWS = 512;
const ATTEMPTS = 20;
const LOCK_WAIT_MS = 50_000;
const TRANSACTION_BYTES = 256 << 20;

/** Handles the records of one batch inside the batch's transaction. */
type BatchWork = (
  transaction: Transaction,
  records: readonly { readonly key: Key; readonly value: Uint8Array }[],
  forUpdateTs: Ts,
) => Promise<void>;

async function forEachBatch(storage: Storage, range: KeyRange, work: BatchWork): Promise<number> {
  let from: Key | undefined = range.start;
  let rows = 0;
  while (from !== undefined) {
    const start: Key = from;
    for (let attempt = 1; ; attempt++) {
      const ts = await storage.currentTs();
      const transaction = storage.begin(ts, { mode: 'pessimistic', maxMemoryBytes: TRANSACTION_BYTES });
      try {
        const scanner = transaction.scan({ start, end: range.end }, { limit: BATCH_ROWS });
        const page = await scanner.next(BATCH_ROWS);
        scanner.close();
        if (page.length > 0) await work(transaction, page, ts);
        await transaction.commit();
        rows += page.length;
        const last = page.at(-1);
        // A page may be short anywhere, at the end of a region for one; only an empty one is the end.
        from = last === undefined ? undefined : nextKey(last.key);
        break;
      } catch (error) {
        await transaction.rollback();
        const isConflict = error instanceof TransactionError && error.kind === 'write-conflict';
        if (!isConflict || attempt >= ATTEMPTS) throw error;
      }
    }
  }
  return rows;
}

/** Adds the entries of `indexes` for all rows. Throws 1062 where a unique one has duplicates. Answers the number of rows. */
export function backfillIndexes(
  storage: Storage,
  table: TableInfo,
  indexes: readonly IndexInfo[],
  zone: TimeZone,
): Promise<number> {
  const codec = tableCodec(table);
  const decoder = codec.rowDecoder();
  return forEachBatch(storage, recordRange(table.id), async (transaction, records, forUpdateTs) => {
    await transaction.lockKeys(
      records.map((record) => record.key),
      { forUpdateTs, waitTimeoutMs: LOCK_WAIT_MS },
    );
    for (const { key, value } of records) {
      const handle = codec.handleOf(key);
      const row = decoder.decode(handle, value, zone);
      for (const index of indexes) await putEntry(transaction, codec, index, { row, handle }, zone);
    }
  });
}

async function putEntry(
  transaction: Transaction,
  codec: TableCodec,
  index: IndexInfo,
  { row, handle }: { readonly row: readonly Datum[]; readonly handle: string },
  zone: TimeZone,
): Promise<void> {
  const indexCodec = codec.indexCodec(index);
  const entry = indexCodec.encode(row, handle, zone);
  if (entry.distinct) {
    const existing = await transaction.get(entry.key);
    if (existing !== undefined && indexCodec.decodeHandle(entry.key, existing) !== handle) {
      throw duplicate(codec.table, index, row);
    }
  }
  transaction.put(entry.key, entry.value);
}

function duplicate(table: TableInfo, index: IndexInfo, row: readonly Datum[]): Error {
  const text = index.columns
    .map(({ columnOffset }) => {
      const type = table.columns[columnOffset]?.type;
      const value = row[columnOffset] ?? null;
      return value === null || type === undefined ? 'NULL' : textFunction(type)(value);
    })
    .join('-');
  return sqlErrors.dupEntry(text, `${table.name}.${index.name}`);
}

/** Makes the row of the new table out of the row of the old one; throws where it cannot. */
export type RowMapping = (row: readonly Datum[], rowNumber: number) => Datum[];

/**
 * Copies all rows of `from` into `to`, a table with another id, with all index entries. Row ids of hidden handles carry
 * over. Throws 1062 for duplicates in the new keys.
 */
export function copyTable(
  storage: Storage,
  from: TableInfo,
  to: TableInfo,
  map: RowMapping,
  zone: TimeZone,
): Promise<number> {
  const source = tableCodec(from);
  const target = tableCodec(to);
  const decoder = source.rowDecoder();
  const primary = to.indexes.find((index) => index.primary);
  let number = 0;
  let lastRowId = 0n;
  return forEachBatch(storage, recordRange(from.id), async (transaction, records) => {
    for (const { key, value } of records) {
      const oldHandle = source.handleOf(key);
      number++;
      const row = map(decoder.decode(oldHandle, value, zone), number);
      const keepsRowId = isHidden(from) && isHidden(to);
      if (!keepsRowId) lastRowId++;
      const handle = keepsRowId ? oldHandle : target.handle(row, lastRowId, zone);
      const record = target.recordKey(handle);
      if (primary !== undefined && (await transaction.get(record)) !== undefined) throw duplicate(to, primary, row);
      transaction.put(record, target.encodeRow(row, zone));
      for (const codec of target.indexes) await putEntry(transaction, target, codec.index, { row, handle }, zone);
    }
  });
}

function isHidden(table: TableInfo): boolean {
  return !table.pkIsHandle && !table.isCommonHandle;
}
