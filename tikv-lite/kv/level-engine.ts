/**
 * KvEngine over classic-level.
 *
 * At most one LevelDB batch is in flight; everything written meanwhile merges into the next one (un-awaited LevelDB
 * writes reorder, and its own grouping stops at libuv's threads). Reads look through both generations of pending writes
 * first. Keys become bytes here and nowhere above.
 *
 * LevelDB does not sync a log file it rotated away from, so a synced batch says nothing about earlier unsynced ones:
 * `flush` therefore makes LevelDB write its memtable out as a table, which is synced. Its compaction call hides errors,
 * so that the log files it should have removed tell whether it succeeded.
 */

import { ClassicLevel } from 'classic-level';
import {
  assert,
  type Disk,
  DiskError,
  type Key,
  type KeyRange,
  type KvPair,
  keyFromBytes,
  keyToBytes,
  type Timers,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { KvEngine, KvEngineState, KvSnapshot, WriteOperation, WriteOptions } from './kv-engine.ts';
import { mergePage } from './merge-scan.ts';
import { type PendingPair, TOMBSTONE } from './pending-writes.ts';
import { type Generation, WriteQueue } from './write-queue.ts';

export interface LevelEngineOptions {
  readonly directory: string;
  readonly timers: Timers;
  readonly disk: Pick<Disk, 'list'>;
  /** Uncompressed blocks LevelDB keeps; grows with use. Default 64 MB. */
  readonly blockCacheBytes?: number;
  /** Default 64 MB; smaller ones stall writers for up to a second. */
  readonly writeBufferBytes?: number;
}

type Database = ClassicLevel<Buffer, Buffer>;
type Snapshot = ReturnType<Database['snapshot']>;

const MAX_FILE_BYTES = 16 << 20;
/** How long small unsynced writes wait for company; the log has made them durable already. */
const LINGER_MS = 20;
const LINGER_MAX_BYTES = 256 << 10;
const ITERATOR_PAGE_BYTES = 4 << 20;
const ITERATOR_PAGE_PAIRS = 4096;
/** LevelDB's limits are 32-bit numbers. */
const MAX_SCAN_PAIRS = 2 ** 31 - 1;
/** A destroyed range larger than this is compacted at once, so that its space returns. */
const COMPACT_AFTER_DESTROY_BYTES = 8 << 20;
/** Below every key of every family: compacting this range touches no table, it only empties the memtable. */
const BELOW_ALL = Buffer.from([0]);

/** Work that needs the database without a batch in flight. `done` is called once, whether it ran or not. */
interface ExclusiveWork {
  run(): Promise<void>;
  done(): void;
}

function toDiskError(error: unknown, directory: string): DiskError {
  if (error instanceof DiskError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (code === 'LEVEL_LOCKED') return new DiskError('ELOCKED', `${directory} is in use by another process: ${message}`);
  return new DiskError(/no space left|quota exceeded|file too large/i.test(message) ? 'ENOSPC' : 'EIO', message);
}

async function openDatabase(options: LevelEngineOptions): Promise<Database> {
  const database: Database = new ClassicLevel(options.directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  try {
    await database.open({
      cacheSize: options.blockCacheBytes ?? 64 << 20,
      writeBufferSize: options.writeBufferBytes ?? 64 << 20,
      maxFileSize: MAX_FILE_BYTES,
    });
  } catch (error) {
    throw toDiskError(error, options.directory);
  }
  return database;
}

/** Opens or creates the database. Rejects with DiskError: ELOCKED when another process has it open. */
export async function openLevelEngine(options: LevelEngineOptions): Promise<LevelEngine> {
  return new LevelEngine(options, await openDatabase(options));
}

export class LevelEngine implements KvEngine {
  readonly #options: LevelEngineOptions;
  #database: Database;
  #state: KvEngineState = 'open';
  #failure: DiskError | undefined;
  readonly #queue = new WriteQueue();
  #isLingering = false;
  readonly #exclusive: ExclusiveWork[] = [];
  #isExclusive = false;
  #openScans = 0;
  #scansDone: (() => void) | undefined;

  constructor(options: LevelEngineOptions, database: Database) {
    this.#options = options;
    this.#database = database;
  }

  get state(): KvEngineState {
    return this.#state;
  }

  get pendingBytes(): number {
    return this.#queue.sizeBytes;
  }

  get(key: Key): Uint8Array | undefined {
    const pending = this.#queue.get(key);
    if (pending !== undefined) return pending === TOMBSTONE ? undefined : pending;
    return this.#database.getSync(keyToBytes(key));
  }

  scan(range: KeyRange, limit: number, reverse: boolean): ValueOrPromise<readonly KvPair[]> {
    if (limit <= 0) return [];
    return this.#scanDisk(range, limit, reverse, this.#queue.collect(range, limit, reverse), undefined);
  }

  snapshot(): KvSnapshot {
    const snapshot = this.#database.snapshot();
    const writes = this.#queue.copy();
    return {
      get: (key) => {
        const pending = writes.get(key);
        if (pending !== undefined) return pending === TOMBSTONE ? undefined : pending;
        return this.#database.getSync(keyToBytes(key), { snapshot, keyEncoding: 'buffer', valueEncoding: 'buffer' });
      },
      scan: (range, limit, reverse) =>
        limit <= 0 ? [] : this.#scanDisk(range, limit, reverse, writes.collect(range, limit, reverse), snapshot),
      release: () => {
        snapshot.close().catch(() => {});
      },
    };
  }

  write(operations: readonly WriteOperation[], options: WriteOptions): Promise<void> {
    if (this.#state !== 'open') {
      if (options.keep === true && this.#state !== 'closed') this.#queue.add(operations, false);
      return Promise.reject(this.#refusal());
    }
    if (operations.length === 0) return Promise.resolve();
    const { done } = this.#queue.add(operations, options.sync);
    this.#pumpSoon();
    return done;
  }

  async flush(): Promise<void> {
    if (this.#state !== 'open') throw this.#refusal();
    await this.#writtenSoFar();
    try {
      const before = await this.#writeAheadLogs();
      await this.#database.compactRange(BELOW_ALL, BELOW_ALL);
      const after = new Set(await this.#writeAheadLogs());
      const kept = before.filter((name) => after.has(name));
      if (kept.length > 0)
        throw new DiskError('EIO', `LevelDB could not write its memtable: ${kept.join(', ')} remains`);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** LevelDB removes such a file once a table holds its contents durably. */
  async #writeAheadLogs(): Promise<readonly string[]> {
    const names = await this.#options.disk.list(this.#options.directory);
    return names.filter((name) => name.endsWith('.log'));
  }

  async recover(): Promise<boolean> {
    if (this.#state !== 'refusing') return this.#state === 'open';
    try {
      await this.#reopen();
      await this.flush();
      return true;
    } catch {
      return false;
    }
  }

  async destroyRange(range: KeyRange): Promise<void> {
    if (this.#state !== 'open') throw this.#refusal();
    await this.#alone(async () => {
      this.#queue.removeRange(range);
      const bounds = {
        gte: keyToBytes(range.start),
        ...(range.end === undefined ? {} : { lt: keyToBytes(range.end) }),
      };
      const sizeBytes = range.end === undefined ? 0 : await this.approximateSizeBytes(range);
      await this.#database.clear(bounds);
      if (sizeBytes > COMPACT_AFTER_DESTROY_BYTES && range.end !== undefined) {
        await this.#database.compactRange(bounds.gte, keyToBytes(range.end));
      }
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  async approximateSizeBytes(range: KeyRange): Promise<number> {
    const end = range.end === undefined ? Buffer.alloc(16, 0xff) : keyToBytes(range.end);
    return this.#database.approximateSize(keyToBytes(range.start), end);
  }

  /** LevelDB's own numbers, for humans. */
  statistics(): string {
    return this.#database.getProperty('leveldb.stats');
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') await this.#writtenSoFar().catch(() => {});
    this.#state = 'closed';
    this.#queue.fail(this.#refusal());
    await this.#scansFinished();
    await this.#database.close();
  }

  async #writtenSoFar(): Promise<void> {
    const newest = this.#queue.newest;
    if (newest === undefined) return;
    this.#pump();
    await newest.done;
  }

  /** Small unsynced writes wait a moment for company. */
  #pumpSoon(): void {
    const { waiting } = this.#queue;
    if (waiting === undefined) return;
    if (waiting.sync || waiting.writes.sizeBytes >= LINGER_MAX_BYTES) {
      this.#pump();
      return;
    }
    if (this.#isLingering) return;
    this.#isLingering = true;
    this.#options.timers.after(LINGER_MS, () => {
      this.#isLingering = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#queue.isFlying || this.#isExclusive || this.#state !== 'open') return;
    const work = this.#exclusive.shift();
    if (work !== undefined) {
      this.#isExclusive = true;
      this.#runExclusive(work).catch(() => {});
      return;
    }
    if (this.#queue.waiting === undefined) return;
    writeBatch(this.#database, this.#queue.takeOff()).then(
      () => {
        this.#queue.landed();
        if (this.#exclusive.length > 0) this.#pump();
        else this.#pumpSoon();
      },
      (error: unknown) => {
        this.#queue.fail(this.#fail(error));
      },
    );
  }

  async #runExclusive(work: ExclusiveWork): Promise<void> {
    try {
      await work.run();
    } catch (error) {
      this.#fail(error);
    }
    this.#isExclusive = false;
    work.done();
    this.#pump();
  }

  /** Runs `run` with no batch in flight and keeps batches back until it ends; a failure makes the engine refuse. */
  #alone(run: () => Promise<void>): Promise<void> {
    return new Promise((done) => {
      this.#exclusive.push({ run, done });
      this.#pump();
    });
  }

  #fail(error: unknown): DiskError {
    this.#failure ??= toDiskError(error, this.#options.directory);
    if (this.#state === 'open') this.#state = 'refusing';
    for (const work of this.#exclusive.splice(0)) work.done();
    return this.#failure;
  }

  #refusal(): DiskError {
    return this.#failure ?? new DiskError('EIO', `${this.#options.directory}: the engine is ${this.#state}`);
  }

  async #reopen(): Promise<void> {
    this.#state = 'reopening';
    await this.#scansFinished();
    try {
      await this.#database.close();
    } catch {
      // A database in background error may fail to close; opening tells whether its files are usable.
    }
    try {
      this.#database = await openDatabase(this.#options);
    } catch (error) {
      this.#state = 'refusing';
      throw error;
    }
    this.#failure = undefined;
    this.#state = 'open';
  }

  async #scanDisk(
    range: KeyRange,
    limit: number,
    reverse: boolean,
    overlay: readonly PendingPair[],
    snapshot: Snapshot | undefined,
  ): Promise<readonly KvPair[]> {
    assert(this.#state === 'open' || this.#state === 'refusing', `scan on an engine that is ${this.#state}`);
    const wanted = Math.min(limit + overlay.length, MAX_SCAN_PAIRS);
    const iterator = this.#database.iterator<Buffer, Buffer>({
      gte: keyToBytes(range.start),
      ...(range.end === undefined ? {} : { lt: keyToBytes(range.end) }),
      ...(snapshot === undefined ? {} : { snapshot }),
      reverse,
      limit: wanted,
      highWaterMarkBytes: ITERATOR_PAGE_BYTES,
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
    });
    this.#openScans++;
    try {
      const base: KvPair[] = [];
      while (base.length < wanted) {
        const pairs = await iterator.nextv(Math.min(wanted - base.length, ITERATOR_PAGE_PAIRS));
        if (pairs.length === 0) break;
        for (const [key, value] of pairs) base.push({ key: keyFromBytes(key), value });
      }
      return mergePage(base, overlay, limit, reverse);
    } finally {
      await iterator.close();
      this.#openScans--;
      if (this.#openScans === 0) this.#scansDone?.();
    }
  }

  #scansFinished(): Promise<void> {
    if (this.#openScans === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#scansDone = resolve;
    });
  }
}

/** A chained batch costs a third less than an array of operations, which abstract-level clones one by one. */
function writeBatch(database: Database, { writes, sync }: Generation): Promise<void> {
  const batch = database.batch();
  for (const [key, value] of writes.entries()) {
    if (value === TOMBSTONE) batch.del(keyToBytes(key));
    else batch.put(keyToBytes(key), asBuffer(value));
  }
  return batch.write({ sync });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
