/** A snapshot with a transaction's own writes on top. Scans see the buffer as it was when they were opened. */

import { chain, isPromise, type Key, type KeyRange, type KvPair, type ValueOrPromise } from '../../base/index.ts';
import type { BufferedWrite, Membuffer } from './membuffer.ts';
import type { SnapshotReader } from './snapshot.ts';
import type { DagSelect, DagStream, Reader, Scanner, ScanOptions } from './storage.ts';

export class UnionReader implements Reader {
  readonly #snapshot: SnapshotReader;
  readonly #buffer: Membuffer;

  constructor(snapshot: SnapshotReader, buffer: Membuffer) {
    this.#snapshot = snapshot;
    this.#buffer = buffer;
  }

  get(key: Key): ValueOrPromise<Uint8Array | undefined> {
    const own = this.#buffer.get(key);
    if (own !== undefined) return own.value ?? undefined;
    return this.#snapshot.get(key);
  }

  batchGet(keys: readonly Key[]): ValueOrPromise<Map<Key, Uint8Array>> {
    if (this.#buffer.size === 0) return this.#snapshot.batchGet(keys);
    const own = new Map<Key, Uint8Array>();
    const others: Key[] = [];
    for (const key of keys) {
      const write = this.#buffer.get(key);
      if (write === undefined) others.push(key);
      else if (write.value !== null) own.set(key, write.value);
    }
    return chain(this.#snapshot.batchGet(others), (found) => {
      for (const [key, value] of own) found.set(key, value);
      return found;
    });
  }

  scan(range: KeyRange, options: ScanOptions): Scanner {
    if (this.#buffer.size === 0) return this.#snapshot.scan(range, options);
    const reverse = options.reverse === true;
    const own = this.#buffer.view(range, reverse);
    const first = own.next();
    if (first.done === true) return this.#snapshot.scan(range, options);
    return new MergeScanner(this.#snapshot.scan(range, options), own, first.value, reverse);
  }

  select(request: DagSelect): DagStream | undefined {
    const isTouched = (range: KeyRange): boolean => this.#buffer.view(range, false).next().done !== true;
    if (this.#buffer.size > 0 && request.ranges.some(isTouched)) return undefined;
    return this.#snapshot.select(request);
  }
}

type Own = readonly [Key, BufferedWrite];

class MergeScanner implements Scanner {
  readonly #snapshot: Scanner;
  readonly #own: Iterator<Own>;
  readonly #reverse: boolean;
  #nextOwn: Own | undefined;
  #page: readonly KvPair[] = [];
  #at = 0;
  #isExhausted = false;

  constructor(snapshot: Scanner, own: Iterator<Own>, first: Own, reverse: boolean) {
    this.#snapshot = snapshot;
    this.#own = own;
    this.#nextOwn = first;
    this.#reverse = reverse;
  }

  next(maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    return this.#fill([], maxPairs);
  }

  close(): void {
    this.#snapshot.close();
    this.#isExhausted = true;
    this.#page = [];
    this.#at = 0;
    this.#nextOwn = undefined;
  }

  #fill(pairs: KvPair[], maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    while (pairs.length < maxPairs) {
      if (this.#at >= this.#page.length && !this.#isExhausted) {
        const page = this.#snapshot.next(maxPairs);
        if (isPromise(page)) {
          return page.then((late) => {
            this.#turnPage(late);
            return this.#fill(pairs, maxPairs);
          });
        }
        this.#turnPage(page);
      }
      if (!this.#takeOne(pairs)) break;
    }
    return pairs;
  }

  #turnPage(page: readonly KvPair[]): void {
    this.#page = page;
    this.#at = 0;
    this.#isExhausted = page.length === 0;
  }

  /** Moves the nearer of both heads on; answers false when there is none. */
  #takeOne(pairs: KvPair[]): boolean {
    const theirs = this.#page[this.#at];
    const own = this.#nextOwn;
    if (own === undefined) {
      if (theirs === undefined) return false;
      this.#at++;
      pairs.push(theirs);
      return true;
    }
    const isTheirsNearer = theirs !== undefined && theirs.key !== own[0] && theirs.key < own[0] !== this.#reverse;
    if (isTheirsNearer) {
      this.#at++;
      pairs.push(theirs);
      return true;
    }
    if (theirs?.key === own[0]) this.#at++;
    const { value } = own[1];
    if (value !== null) pairs.push({ key: own[0], value });
    const following = this.#own.next();
    this.#nextOwn = following.done === true ? undefined : following.value;
    return true;
  }
}
