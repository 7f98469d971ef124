/**
 * The catalog: the schema in the KV, its cached newest snapshot, and the way to change it.
 *
 * A schema change is one transaction that also raises the schema version and leaves a diff, so that a reader sees whole
 * versions only. Changes of one node run one after the other; those of several nodes meet as write conflicts on the
 * version key and are redone on the newer schema.
 */

import {
  type Clock,
  type KeyRange,
  type KvPair,
  NO_TS,
  type Timers,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { DatabaseInfo, TableInfo } from '../../engine/index.ts';
import type { Reader, Storage, Transaction } from '../../tikv-lite/index.ts';
import { TransactionError } from '../../tikv-lite/index.ts';
import { BoundedStorage } from './bounded-storage.ts';
import { type CatalogDatabase, CatalogSnapshot } from './catalog-snapshot.ts';
import { DiscardedRanges, recordDiscarded } from './discarded-ranges.ts';
import { encodeCounter, IdAllocator, parseCounter } from './id-allocator.ts';
import { decodeDatabase, decodeTable, encodeDatabase, encodeTable } from './meta-json.ts';
import {
  autoIncrementKey,
  databaseKey,
  databaseRange,
  databasesRange,
  nextGlobalIdKey,
  schemaDiffKey,
  schemaVersionKey,
  tableKey,
  tablesRange,
} from './meta-keys.ts';
import { MetadataLocks } from './metadata-locks.ts';
import type { SchemaSync } from './schema-sync.ts';
import { TableStatistics } from './table-statistics.ts';
import type { VirtualSchema } from './virtual-schema.ts';

const CHANGE_ATTEMPTS = 32;
const CHANGE_BYTES = 64 << 20;
const SCAN_PAGE = 256;
/** Schemas of the past that are kept for reads of the past. */
const MAX_PAST = 16;

/** What a schema change may do; all of it happens at once when the change commits. */
export class SchemaEdit {
  /** The schema the change starts from. */
  readonly snapshot: CatalogSnapshot;
  /** For values that must change together with the schema. */
  readonly transaction: Transaction;
  readonly #databases: Map<string, { info: DatabaseInfo; tables: Map<string, TableInfo> }>;
  #nextId: bigint;

  constructor(snapshot: CatalogSnapshot, transaction: Transaction, nextId: bigint) {
    this.snapshot = snapshot;
    this.transaction = transaction;
    this.#nextId = nextId;
    this.#databases = new Map(
      [...snapshot.databases].map(([name, { info, tables }]) => [name, { info, tables: new Map(tables) }]),
    );
  }

  get nextId(): bigint {
    return this.#nextId;
  }

  /** A fresh id for a database or table. */
  allocateId(): number {
    this.#nextId += 1n;
    return Number(this.#nextId);
  }

  /** A fresh id that stays taken although the schema does not change otherwise. */
  reserveId(): number {
    const id = this.allocateId();
    this.transaction.put(nextGlobalIdKey, encodeCounter(this.#nextId));
    return id;
  }

  /** Has a range of user keys destroyed once no reader can want it any more; part of the change. */
  discard(range: KeyRange): void {
    recordDiscarded(this.transaction, this.allocateId(), range);
  }

  putDatabase(info: DatabaseInfo): void {
    const existing = this.#databases.get(info.name);
    this.#databases.set(info.name, { info, tables: existing?.tables ?? new Map() });
    this.transaction.put(databaseKey(info.id), encodeDatabase(info));
  }

  async dropDatabase(info: DatabaseInfo): Promise<void> {
    this.#databases.delete(info.name);
    this.transaction.delete(databaseKey(info.id));
    for (const { key } of await scanAll(this.transaction, databaseRange(info.id))) this.transaction.delete(key);
  }

  putTable(database: DatabaseInfo, info: TableInfo): void {
    this.#tablesOf(database.name).set(info.name, info);
    this.transaction.put(tableKey(database.id, info.id), encodeTable(info));
  }

  dropTable(database: DatabaseInfo, info: TableInfo): void {
    this.#tablesOf(database.name).delete(info.name);
    this.transaction.delete(tableKey(database.id, info.id));
  }

  table(database: string, name: string): TableInfo | undefined {
    return this.#databases.get(database)?.tables.get(name);
  }

  /** All databases with the change. */
  databases(): ReadonlyMap<string, CatalogDatabase> {
    return this.#databases;
  }

  #tablesOf(database: string): Map<string, TableInfo> {
    const entry = this.#databases.get(database);
    if (entry === undefined) throw new Error(`database ${database} is not in the schema`);
    return entry.tables;
  }
}

export interface CatalogOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** When other gateways work on the same store. */
  readonly sync?: SchemaSync | undefined;
}

export class Catalog {
  readonly storage: Storage;
  readonly ids: IdAllocator;
  /** Held by transactions that write and by schema changes. */
  readonly metadataLocks: MetadataLocks;
  readonly discarded: DiscardedRanges;
  readonly statistics = new TableStatistics();
  readonly #virtualSchemas = new Map<string, VirtualSchema>();
  #snapshot: CatalogSnapshot;
  /** By version. */
  readonly #past = new Map<number, CatalogSnapshot>();
  /** Below the bounds of `storage`: to find out whether they hold. */
  readonly #storage: Storage;
  #lastChange: Promise<unknown> = Promise.resolve();
  readonly #sync: SchemaSync | undefined;

  private constructor(storage: Storage, snapshot: CatalogSnapshot, options: CatalogOptions) {
    const { sync } = options;
    this.#sync = sync;
    this.#storage = storage;
    this.storage = sync === undefined ? storage : new BoundedStorage(storage, sync);
    this.metadataLocks = new MetadataLocks(options.timers);
    this.discarded = new DiscardedRanges(storage, options.clock, options.timers);
    this.ids = new IdAllocator(storage);
    this.#snapshot = snapshot;
  }

  /** Reads the schema; an empty store has version 0 and no databases. */
  static async open(storage: Storage, options: CatalogOptions): Promise<Catalog> {
    const catalog = new Catalog(storage, new CatalogSnapshot(0, NO_TS, new Map(), new Map()), options);
    await catalog.reload();
    await options.sync?.start({
      metadataLocks: catalog.metadataLocks,
      version: () => catalog.#snapshot.version,
      reload: async () => (await catalog.reload()).version,
      tableChanged: (tableId) => catalog.#forgetIds(tableId),
    });
    return catalog;
  }

  /** The newest schema this node knows. */
  snapshot(): CatalogSnapshot {
    return this.#snapshot;
  }

  /** Adds the tables of a virtual schema (information_schema …); same name replaces. */
  registerVirtualSchema(schema: VirtualSchema): void {
    this.#virtualSchemas.set(schema.name.toLowerCase(), schema);
    const { version, since, databases } = this.#snapshot;
    this.#snapshot = new CatalogSnapshot(version, since, databases, new Map(this.#virtualSchemas));
  }

  /** Reads the schema from the store if another node changed it. */
  async reload(): Promise<CatalogSnapshot> {
    const ts = await this.#storage.currentTs();
    const reader = this.#storage.snapshot(ts);
    const version = Number(parseCounter(await reader.get(schemaVersionKey)));
    if (version === this.#snapshot.version && version !== 0) return this.#snapshot;
    const databases = await readDatabases(reader);
    if (version < this.#snapshot.version) return this.#snapshot;
    this.#snapshot = new CatalogSnapshot(version, ts, databases, new Map(this.#virtualSchemas));
    return this.#snapshot;
  }

  /** The schema as it was at a timestamp, for reads of the past. Throws TransactionError 'snapshot-too-old'. */
  async snapshotAt(ts: Ts): Promise<CatalogSnapshot> {
    const reader = this.storage.snapshot(ts);
    const version = Number(parseCounter(await reader.get(schemaVersionKey)));
    if (version === this.#snapshot.version) return this.#snapshot;
    const known = this.#past.get(version);
    if (known !== undefined) return known;
    const past = new CatalogSnapshot(version, ts, await readDatabases(reader), new Map(this.#virtualSchemas));
    if (this.#past.size >= MAX_PAST) this.#past.clear();
    this.#past.set(version, past);
    return past;
  }

  /** Runs a definition statement while nobody writes its tables, here or elsewhere. Rejects with 1205. */
  withTables<T>(tableIds: readonly number[], timeoutMs: number, change: () => Promise<T>): Promise<T> {
    if (this.#sync !== undefined) return this.#sync.withTables(tableIds, timeoutMs, change);
    return this.metadataLocks.withExclusive(tableIds, timeoutMs, change);
  }

  #forgetIds(tableId: number): void {
    for (const { info, tables } of this.#snapshot.databases.values()) {
      for (const table of tables.values()) {
        if (table.id === tableId) this.ids.forget(autoIncrementKey(info.id, tableId));
      }
    }
  }

  /**
   * Runs one schema change and answers what `edit` answers. `edit` may run more than once (another node was faster) and
   * must do nothing outside the SchemaEdit. Throws what `edit` throws; then nothing happened.
   */
  change<T>(edit: (schema: SchemaEdit) => ValueOrPromise<T>): Promise<T> {
    const turn = this.#lastChange.then(() => this.#changeWithRetry(edit));
    this.#lastChange = turn.catch(() => undefined);
    return this.#sync === undefined ? turn : this.#published(turn, this.#sync);
  }

  /** A change is over when every gateway knows it. */
  async #published<T>(change: Promise<T>, sync: SchemaSync): Promise<T> {
    const answer = await change;
    await sync.published(this.#snapshot.version);
    return answer;
  }

  async #changeWithRetry<T>(edit: (schema: SchemaEdit) => ValueOrPromise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#changeOnce(edit);
      } catch (error) {
        const isConflict = error instanceof TransactionError && error.kind === 'write-conflict';
        if (!isConflict || attempt >= CHANGE_ATTEMPTS) throw error;
      }
    }
  }

  async #changeOnce<T>(edit: (schema: SchemaEdit) => ValueOrPromise<T>): Promise<T> {
    const base = await this.reload();
    const ts = await this.#storage.currentTs();
    const transaction = this.storage.begin(ts, { mode: 'optimistic', maxMemoryBytes: CHANGE_BYTES });
    try {
      const stored = parseCounter(await transaction.get(schemaVersionKey));
      const nextId = parseCounter(await transaction.get(nextGlobalIdKey));
      if (Number(stored) !== base.version) throw new TransactionError('write-conflict', 'schema changed meanwhile');
      const schema = new SchemaEdit(base, transaction, nextId);
      const answer = await edit(schema);
      if (!transaction.isDirty) {
        await transaction.rollback();
        return answer;
      }
      const version = base.version + 1;
      transaction.put(schemaVersionKey, encodeCounter(BigInt(version)));
      transaction.put(nextGlobalIdKey, encodeCounter(schema.nextId));
      transaction.put(schemaDiffKey(version), Buffer.from(JSON.stringify({ version }), 'utf8'));
      const { commitTs } = await transaction.commit();
      this.#snapshot = new CatalogSnapshot(version, commitTs, schema.databases(), new Map(this.#virtualSchemas));
      return answer;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  /** Has a range that the schema no longer reaches destroyed once no reader can want it any more. */
  discardRange(range: KeyRange): Promise<void> {
    return this.change((schema) => schema.discard(range));
  }

  /** Gives reserved ids back; the storage itself belongs to the caller. */
  async close(): Promise<void> {
    await this.#lastChange;
    await this.discarded.close();
    await this.ids.close();
    await this.#sync?.close();
  }
}

async function scanAll(reader: Reader, range: KeyRange): Promise<readonly KvPair[]> {
  const scanner = reader.scan(range, {});
  const all: KvPair[] = [];
  try {
    for (;;) {
      const page = await scanner.next(SCAN_PAGE);
      if (page.length === 0) return all;
      all.push(...page);
    }
  } finally {
    scanner.close();
  }
}

async function readDatabases(reader: Reader): Promise<Map<string, CatalogDatabase>> {
  const databases = new Map<string, CatalogDatabase>();
  for (const pair of await scanAll(reader, databasesRange)) {
    const info = decodeDatabase(pair.value);
    const tables = new Map<string, TableInfo>();
    for (const { value } of await scanAll(reader, tablesRange(info.id))) {
      const table = decodeTable(info.id, value);
      tables.set(table.name, table);
    }
    databases.set(info.name, { info, tables });
  }
  return databases;
}
