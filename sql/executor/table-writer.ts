/**
 * Row changes as key-value changes: the record, the entries of all indexes, and the duplicate checks that unique keys
 * demand. Every unique key that a row takes is locked before it is written, on its newest version, so that a duplicate
 * is found by the lock and never at commit. So is every unique key that a row gives up: who wants it waits until that is
 * decided, and the commit never meets somebody's lock on a key that it writes.
 */

import { chain, type Key, type ValueOrPromise } from '../../base/index.ts';
import {
  type Datum,
  type FieldType,
  type Handle,
  handleLayoutOf,
  type IndexCodec,
  type SqlError,
  sqlErrors,
  type TableInfo,
  textFunction,
} from '../../engine/index.ts';
import { TransactionError, type TransactionErrorKind } from '../../tikv-lite/index.ts';
import { type TableCodec, tableCodec } from './table-codec.ts';
import type { WriteSession } from './write-session.ts';

/** `values[i]` is the value of table column i. */
export interface StoredRow {
  readonly handle: Handle;
  readonly values: readonly Datum[];
}

/** A unique key that a row takes. */
interface UniqueKey {
  readonly key: Key;
  /** Undefined: the record key. */
  readonly index: IndexCodec | undefined;
}

/** Another row that has a unique key of a row to be written. */
export interface Conflict {
  readonly handle: Handle;
  /** 1062 for that key. */
  error(): SqlError;
}

/** Another transaction's lock, or a row. */
const IN_THE_WAY: ReadonlySet<TransactionErrorKind> = new Set(['key-exists', 'lock-not-available']);

export class TableWriter {
  readonly table: TableInfo;
  readonly codec: TableCodec;
  readonly #hasRowId: boolean;

  constructor(table: TableInfo) {
    this.table = table;
    this.codec = tableCodec(table);
    this.#hasRowId = !table.pkIsHandle && !table.isCommonHandle;
  }

  /** Throws 1062 when a unique key is taken. */
  insert(session: WriteSession, row: StoredRow): ValueOrPromise<void> {
    const keys = this.#uniqueKeys(session, row, undefined);
    return chain(this.#claim(session, row, keys), () => this.put(session, row));
  }

  /**
   * Tries to claim the keys of the first rows together, index by index, without waiting: as many rows as have keys that no
   * other of them and no row of this transaction has. Answers how many have their keys now, so that `put` may write them.
   * When somebody is in the way that is none, and inserting them one by one finds out who; keys of later rows that were
   * free stay locked then.
   */
  async claimAhead(session: WriteSession, rows: readonly StoredRow[]): Promise<number> {
    const { transaction, forUpdateTs } = session;
    const claims = new Map<IndexCodec | undefined, Key[]>();
    const claimed = new Set<Key>();
    let count = 0;
    for (const row of rows) {
      const keys = this.#uniqueKeys(session, row, undefined);
      if (keys.some(({ key }) => claimed.has(key) || transaction.buffered(key) !== undefined)) break;
      for (const { key, index } of keys) {
        claimed.add(key);
        const others = claims.get(index);
        if (others === undefined) claims.set(index, [key]);
        else others.push(key);
      }
      count++;
    }
    try {
      for (const keys of claims.values())
        await transaction.lockKeys(keys, { forUpdateTs, waitTimeoutMs: 0, shouldNotExist: true, returnValues: true });
      return count;
    } catch (error) {
      if (!(error instanceof TransactionError) || !IN_THE_WAY.has(error.kind)) throw error;
      return 0;
    }
  }

  /** Writes a row whose keys are claimed or known to be free. */
  put(session: WriteSession, row: StoredRow): void {
    const { transaction, zone } = session;
    const order = session.nextOrder();
    transaction.put(this.codec.recordKey(row.handle), this.codec.encodeRow(row.values, zone), order);
    for (const index of this.codec.indexes) {
      const entry = index.encode(row.values, row.handle, zone);
      transaction.put(entry.key, entry.value, order);
    }
  }

  /** `before` is locked. Throws 1062 when a unique key is taken. */
  update(session: WriteSession, before: StoredRow, after: StoredRow): ValueOrPromise<void> {
    const given = this.#heldKeys(session, before, after);
    const keys = this.#uniqueKeys(session, after, before);
    const locked = given.length === 0 ? undefined : this.#lock(session, given);
    return chain(locked, () =>
      chain(this.#claim(session, after, keys), () => {
        if (before.handle === after.handle) {
          this.#replaceRow(session, before, after);
        } else {
          this.#deleteRow(session, before);
          this.put(session, after);
        }
      }),
    );
  }

  #replaceRow(session: WriteSession, before: StoredRow, after: StoredRow): void {
    const { transaction, zone } = session;
    const order = session.nextOrder();
    transaction.put(this.codec.recordKey(after.handle), this.codec.encodeRow(after.values, zone), order);
    for (const index of this.codec.indexes) {
      if (!touchesIndex(index, before.values, after.values)) continue;
      const oldKey = index.encodeKey(before.values, before.handle, zone);
      const entry = index.encode(after.values, after.handle, zone);
      if (oldKey !== entry.key) transaction.delete(oldKey, order);
      transaction.put(entry.key, entry.value, order);
    }
  }

  /** The rows are locked. */
  remove(session: WriteSession, rows: readonly StoredRow[]): ValueOrPromise<void> {
    const keys = this.codec.hasUniqueIndex ? rows.flatMap((row) => this.#heldKeys(session, row, undefined)) : [];
    const locked = keys.length === 0 ? undefined : this.#lock(session, keys);
    return chain(locked, () => {
      for (const [i, row] of rows.entries()) {
        this.#deleteRow(session, row);
        if ((i & 255) === 255) session.evaluation.checkInterrupted();
      }
    });
  }

  #deleteRow(session: WriteSession, row: StoredRow): void {
    const { transaction, zone } = session;
    const order = session.nextOrder();
    transaction.delete(this.codec.recordKey(row.handle), order);
    for (const index of this.codec.indexes) {
      transaction.delete(index.encodeKey(row.values, row.handle, zone), order);
    }
  }

  /**
   * The rows that stand in the way of `row`, one per unique key, or only the first. For IGNORE, REPLACE and ON
   * DUPLICATE KEY UPDATE. In the order of the indexes, primary key first; what was looked at is locked.
   */
  async conflicts(session: WriteSession, row: StoredRow, { all }: { readonly all: boolean }): Promise<Conflict[]> {
    const { transaction, forUpdateTs, waitTimeoutMs } = session;
    const conflicts: Conflict[] = [];
    for (const { key, index } of this.#uniqueKeys(session, row, undefined)) {
      const buffered = transaction.buffered(key);
      const value =
        buffered === undefined
          ? (await transaction.lockKeys([key], { forUpdateTs, waitTimeoutMs, returnValues: true })).values.get(key)
          : buffered;
      if (value === undefined || value === null) continue;
      const handle = index === undefined ? this.codec.handleOf(key) : index.decodeHandle(key, value);
      conflicts.push({ handle, error: () => this.#dupEntry(row, index) });
      if (!all) break;
    }
    return conflicts;
  }

  /** The row at `handle`, read after locking it; undefined when it is gone. */
  read(session: WriteSession, handle: Handle): ValueOrPromise<StoredRow | undefined> {
    const key = this.codec.recordKey(handle);
    const decode = (value: Uint8Array | undefined | null): StoredRow | undefined =>
      value === undefined || value === null
        ? undefined
        : { handle, values: this.codec.rowDecoder().decode(handle, value, session.zone) };
    const buffered = session.transaction.buffered(key);
    if (buffered !== undefined) return decode(buffered);
    const locked = session.transaction.lockKeys([key], {
      forUpdateTs: session.forUpdateTs,
      waitTimeoutMs: session.waitTimeoutMs,
      returnValues: true,
      onlyIfExists: !session.statement.transaction.locksMissingKeys,
    });
    return chain(locked, ({ values }) => decode(values.get(key)));
  }

  #uniqueKeys(session: WriteSession, row: StoredRow, before: StoredRow | undefined): UniqueKey[] {
    const keys: UniqueKey[] = [];
    if (!this.#hasRowId && before?.handle !== row.handle) {
      keys.push({ key: this.codec.recordKey(row.handle), index: undefined });
    }
    for (const index of this.codec.indexes) {
      if (!index.index.unique) continue;
      if (before !== undefined && !touchesIndex(index, before.values, row.values)) continue;
      const entry = index.encode(row.values, row.handle, session.zone);
      if (!entry.distinct) continue;
      const unchanged =
        before !== undefined && index.encodeKey(before.values, before.handle, session.zone) === entry.key;
      if (!unchanged) keys.push({ key: entry.key, index });
    }
    return keys;
  }

  /** The keys of unique indexes that `row` has and that its change to `after`, or its end, writes. */
  #heldKeys(session: WriteSession, row: StoredRow, after: StoredRow | undefined): Key[] {
    const keys: Key[] = [];
    for (const index of this.codec.indexes) {
      if (!index.index.unique) continue;
      const isWritten =
        after === undefined || after.handle !== row.handle || touchesIndex(index, row.values, after.values);
      if (!isWritten) continue;
      const entry = index.encode(row.values, row.handle, session.zone);
      if (entry.distinct && session.transaction.buffered(entry.key) === undefined) keys.push(entry.key);
    }
    return keys;
  }

  #lock(session: WriteSession, keys: readonly Key[]): ValueOrPromise<unknown> {
    const { transaction, forUpdateTs, waitTimeoutMs } = session;
    return transaction.lockKeys(keys, { forUpdateTs, waitTimeoutMs });
  }

  /** Locks the keys and makes sure that no row has them. */
  #claim(session: WriteSession, row: StoredRow, keys: readonly UniqueKey[]): ValueOrPromise<void> {
    const open: Key[] = [];
    for (const [i, { key, index }] of keys.entries()) {
      const buffered = session.transaction.buffered(key);
      if (buffered === undefined) open.push(key);
      else if (buffered !== null) {
        // A row of this transaction has the key; one that has an earlier key goes first.
        const earlier = open.length === 0 ? undefined : this.#claim(session, row, keys.slice(0, i));
        return chain(earlier, () => {
          throw this.#dupEntry(row, index);
        });
      }
    }
    if (open.length === 0) return;
    const fail = (error: unknown): never => {
      if (!(error instanceof TransactionError) || error.kind !== 'key-exists') throw error;
      const taken = keys.find(({ key }) => key === error.key) ?? keys.find(({ key }) => open.includes(key));
      throw this.#dupEntry(row, taken?.index);
    };
    try {
      const locked = session.transaction.lockKeys(open, {
        forUpdateTs: session.forUpdateTs,
        waitTimeoutMs: session.waitTimeoutMs,
        shouldNotExist: true,
        returnValues: true,
      });
      return locked instanceof Promise ? locked.then(() => undefined, fail) : undefined;
    } catch (error) {
      fail(error);
    }
  }

  #dupEntry(row: StoredRow, index: IndexCodec | undefined): SqlError {
    const { table } = this;
    if (index === undefined) {
      return sqlErrors.dupEntry(this.#keyText(row, handleLayoutOf(table).columnOffsets), `${table.name}.PRIMARY`);
    }
    const offsets = index.index.columns.map((part) => part.columnOffset);
    return sqlErrors.dupEntry(this.#keyText(row, offsets), `${table.name}.${index.index.name}`);
  }

  #keyText(row: StoredRow, offsets: readonly number[]): string {
    return offsets
      .map((offset) => {
        const value = row.values[offset] ?? null;
        const type = this.table.columns[offset]?.type as FieldType;
        return value === null ? 'NULL' : textFunction(type)(value);
      })
      .join('-');
  }
}

function touchesIndex(index: IndexCodec, before: readonly Datum[], after: readonly Datum[]): boolean {
  return index.index.columns.some(({ columnOffset }) => before[columnOffset] !== after[columnOffset]);
}
