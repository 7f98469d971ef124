/**
 * All locks of a region in memory.
 *
 * Prewrite locks are ordered, for scans, and mirror the `l` family (rebuilt from it on open). Guards stand in the same
 * place while a one-phase commit is on its way through the log. Pessimistic locks mostly exist nowhere else: a crash
 * forgets them, and the prewrite of their transaction finds out. Readers look at the first kind only.
 */

import type { Key, KeyRange, Ts } from '../../base/index.ts';
import { ABOVE_ALL_KEYS, endOf, type KeyTree, newKeyTree } from '../kv/key-tree.ts';
import type { LockChange } from '../mvcc/changes.ts';
import type { Lock, LockInfo } from '../mvcc/lock.ts';
import { lockInfo } from '../mvcc/lock.ts';
import { blocksRead } from '../mvcc/read.ts';
import type { LockView } from '../mvcc/reader.ts';

/** Longer values stay in the `l` record. */
const MAX_VALUE_IN_TABLE = 255;

export class LockTable implements LockView {
  readonly #written: KeyTree<Lock> = newKeyTree<Lock>();
  readonly #pessimistic = new Map<Key, Lock>();

  get size(): number {
    return this.#written.size + this.#pessimistic.size;
  }

  get(key: Key): Lock | undefined {
    return this.written(key) ?? this.#pessimistic.get(key);
  }

  /** The prewrite lock or guard on the key. */
  written(key: Key): Lock | undefined {
    return this.#written.size === 0 ? undefined : this.#written.get(key);
  }

  /** Makes a lock visible to readers ahead of the log. */
  publish(key: Key, lock: Lock): void {
    const { value } = lock;
    const isLong = value !== undefined && value.length > MAX_VALUE_IN_TABLE;
    this.#written.set(key, isLong ? { ...lock, value: undefined } : lock);
  }

  /** Takes back what `publish` put there, in the place of `replaced`. */
  withdraw(key: Key, replaced?: Lock): void {
    if (replaced === undefined || replaced.kind === 'pessimistic') this.#written.delete(key);
    else this.publish(key, replaced);
  }

  apply(change: LockChange): void {
    const { key, lock } = change;
    if (lock?.kind === 'pessimistic') {
      this.#pessimistic.set(key, lock);
      return;
    }
    if (this.#pessimistic.size > 0) this.#pessimistic.delete(key);
    if (lock === undefined) this.#written.delete(key);
    else this.publish(key, lock);
  }

  get hasWritten(): boolean {
    return this.#written.size > 0;
  }

  /** The first lock in the range, in scan order, that a read at `ts` has to settle. */
  firstBlocking(range: KeyRange, ts: Ts, bypass: ReadonlySet<Ts> | undefined, reverse: boolean): LockedKey | undefined {
    const entries = reverse
      ? this.#written.entriesReversed(endOf(range), undefined, true)
      : this.#written.entries(range.start);
    const end = endOf(range);
    for (const [key, lock] of entries) {
      if (reverse ? key < range.start : key >= end) return undefined;
      if (blocksRead(lock, key, ts, bypass)) return { key, lock };
    }
    return undefined;
  }

  /** Locks of transactions that started at or before `maxTs`, in key order; `startTs` narrows to one of them. */
  scan(range: KeyRange, limit: number, maxTs: Ts, startTs?: Ts): LockInfo[] {
    const found: LockInfo[] = [];
    const wants = (lock: Lock): boolean => lock.startTs <= maxTs && (startTs === undefined || lock.startTs === startTs);
    this.#written.forRange(range.start, endOf(range), false, (key, lock) => {
      if (wants(lock)) found.push(lockInfo(key, lock));
      return found.length >= limit ? { break: undefined } : undefined;
    });
    const end = range.end ?? ABOVE_ALL_KEYS;
    for (const [key, lock] of this.#pessimistic) {
      if (key >= range.start && key < end && wants(lock)) found.push(lockInfo(key, lock));
    }
    found.sort((a, b) => (a.key < b.key ? -1 : 1));
    return found.slice(0, limit);
  }

  /** The prewrite locks and guards, in key order. */
  *writtenEntries(): IterableIterator<readonly [Key, Lock]> {
    if (this.#written.size > 0) yield* this.#written.entries();
  }

  pessimisticEntries(): IterableIterator<readonly [Key, Lock]> {
    return this.#pessimistic.entries();
  }

  /** Drops everything outside `range`; answers the pessimistic locks that were there. */
  retain(range: KeyRange): readonly (readonly [Key, Lock])[] {
    const isOutside = (key: Key): boolean => key < range.start || key >= endOf(range);
    const outside = [...this.#pessimistic].filter(([key]) => isOutside(key));
    for (const [key] of outside) this.#pessimistic.delete(key);
    for (const key of [...this.#written.keys()].filter(isOutside)) this.#written.delete(key);
    return outside;
  }

  clearPessimistic(): void {
    this.#pessimistic.clear();
  }

  /** Forgets what the `l` family holds; the rest stays. */
  clearRecorded(): void {
    this.#written.clear();
    for (const [key, lock] of this.#pessimistic) if (lock.isPersisted === true) this.#pessimistic.delete(key);
  }

  clear(): void {
    this.#written.clear();
    this.#pessimistic.clear();
  }
}

export interface LockedKey {
  readonly key: Key;
  readonly lock: Lock;
}
