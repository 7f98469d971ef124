/**
 * A KvEngine whose disk part can be told to fail: the behaviour of a full or broken disk on top of any engine. Between
 * `fail` and `heal` writes do not reach the inner engine; the one that met the failure stays visible and waits.
 */

import { chain, DiskError, type Key, type KeyRange, type KvPair, type ValueOrPromise } from '../../base/index.ts';
import type { KvEngine, KvEngineState, KvSnapshot, WriteOperation, WriteOptions } from './kv-engine.ts';
import { mergePage } from './merge-scan.ts';
import { PendingWrites, TOMBSTONE } from './pending-writes.ts';

export class FaultEngine implements KvEngine {
  readonly #inner: KvEngine;
  #injected: 'ENOSPC' | 'EIO' | undefined;
  #failure: DiskError | undefined;
  #waiting = new PendingWrites();

  constructor(inner: KvEngine) {
    this.#inner = inner;
  }

  /** From the next write, flush or destroyRange on the disk answers `code`. */
  fail(code: 'ENOSPC' | 'EIO'): void {
    this.#injected = code;
  }

  /** The disk works again; the engine stays refusing until `recover`. */
  heal(): void {
    this.#injected = undefined;
  }

  get state(): KvEngineState {
    return this.#inner.state === 'open' && this.#failure !== undefined ? 'refusing' : this.#inner.state;
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes + this.#waiting.sizeBytes;
  }

  get(key: Key): Uint8Array | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting === TOMBSTONE ? undefined : waiting;
    return this.#inner.get(key);
  }

  scan(range: KeyRange, limit: number, reverse: boolean): ValueOrPromise<readonly KvPair[]> {
    const overlay = this.#waiting.collect(range, limit, reverse);
    if (overlay.length === 0) return this.#inner.scan(range, limit, reverse);
    return chain(this.#inner.scan(range, limit + overlay.length, reverse), (base) =>
      mergePage(base, overlay, limit, reverse),
    );
  }

  snapshot(): KvSnapshot {
    const inner = this.#inner.snapshot();
    const waiting = this.#waiting.copy();
    return {
      get: (key) => {
        const pending = waiting.get(key);
        return pending === undefined ? inner.get(key) : pending === TOMBSTONE ? undefined : pending;
      },
      scan: (range, limit, reverse) => {
        const overlay = waiting.collect(range, limit, reverse);
        return chain(inner.scan(range, limit + overlay.length, reverse), (base) =>
          mergePage(base, overlay, limit, reverse),
        );
      },
      release: () => inner.release(),
    };
  }

  write(operations: readonly WriteOperation[], options: WriteOptions): Promise<void> {
    const isRefusing = this.#failure !== undefined;
    const failure = this.#failure ?? this.#strike();
    if (isRefusing && options.keep !== true) return Promise.reject(this.#refusal());
    if (failure === undefined) return this.#inner.write(operations, options);
    this.#waiting.add(operations);
    return Promise.reject(failure);
  }

  flush(): Promise<void> {
    const failure = this.#failure ?? this.#strike();
    return failure === undefined ? this.#inner.flush() : Promise.reject(failure);
  }

  async recover(): Promise<boolean> {
    if (this.#injected !== undefined) return false;
    if (this.#failure === undefined) return this.#inner.recover();
    const waiting = this.#waiting;
    const operations: WriteOperation[] = [];
    for (const [key, value] of waiting.entries()) {
      operations.push(value === TOMBSTONE ? { kind: 'delete', key } : { kind: 'put', key, value });
    }
    await this.#inner.write(operations, { sync: true });
    this.#waiting = new PendingWrites();
    this.#failure = undefined;
    return true;
  }

  destroyRange(range: KeyRange): Promise<void> {
    const failure = this.#failure ?? this.#strike();
    return failure === undefined ? this.#inner.destroyRange(range) : Promise.reject(failure);
  }

  approximateSizeBytes(range: KeyRange): ValueOrPromise<number> {
    return this.#inner.approximateSizeBytes(range);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #refusal(): DiskError {
    return this.#failure ?? new DiskError('EIO', 'the engine refuses writes');
  }

  #strike(): DiskError | undefined {
    if (this.#injected === undefined) return undefined;
    this.#failure = new DiskError(this.#injected, `injected ${this.#injected}`);
    return this.#failure;
  }
}
