/**
 * Reads the MVCC records of single keys for the commands.
 *
 * Commands are synchronous functions, yet a page of old versions may have to come from disk. A command that needs such
 * a page is suspended: the reader throws the pending page, `runCommand` waits for it and runs the command again from
 * the start, with the page at hand. Commands change nothing but their result, and their keys are latched meanwhile, so
 * running twice is running once.
 */

import { isPromise, type Key, type KeyRange, type KvPair, type Ts, type ValueOrPromise } from '../../base/index.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import { dataKey, historyRange, lockKey, statusKey, statusRange, versionedTs } from './keys.ts';
import { decodeLock, type Lock } from './lock.ts';
import {
  commitTsOf,
  decodeStatus,
  isVersion,
  newestStatusOf,
  startTsOf,
  type TransactionStatus,
  versionKind,
} from './version.ts';

/** Locks by key: prewrite locks and pessimistic ones. */
export interface LockView {
  get(key: Key): Lock | undefined;
}

/** The fate of one transaction on one key. */
export type TransactionRecord =
  | { readonly kind: 'none' }
  | { readonly kind: 'rolled-back' }
  | { readonly kind: 'committed'; readonly commitTs: Ts };

class PendingPage {
  readonly page: Promise<readonly KvPair[]>;
  constructor(page: Promise<readonly KvPair[]>) {
    this.page = page;
  }
}

const HISTORY_PAGE = 64;
const NONE: TransactionRecord = { kind: 'none' };
const ROLLED_BACK: TransactionRecord = { kind: 'rolled-back' };

/** Pages that a command waited for; they outlive the run that asked for them. */
interface PageMemo {
  pages: Map<string, readonly KvPair[]> | undefined;
}

export class MvccReader {
  readonly #kv: KvReader;
  readonly #locks: LockView;
  readonly #memo: PageMemo;

  constructor(kv: KvReader, locks: LockView, memo: PageMemo = { pages: undefined }) {
    this.#kv = kv;
    this.#locks = locks;
    this.#memo = memo;
  }

  lock(key: Key): Lock | undefined {
    return this.#locks.get(key);
  }

  /** The lock with its value, from the `l` record where the lock table left it out. */
  wholeLock(key: Key, lock: Lock): Lock {
    if (lock.kind !== 'put' || lock.value !== undefined) return lock;
    const record = this.#kv.get(lockKey(key));
    if (record === undefined) throw new Error('a prewrite lock has no record');
    return { ...lock, value: decodeLock(record).value };
  }

  /** The `d` record. */
  newest(key: Key): Uint8Array | undefined {
    return this.#kv.get(dataKey(key));
  }

  status(key: Key, startTs: Ts): TransactionStatus | undefined {
    const bytes = this.#kv.get(statusKey(key, startTs));
    return bytes === undefined ? undefined : decodeStatus(bytes);
  }

  /** The newest version with commit_ts ≤ ts, given the key's `d` record. */
  versionAt(key: Key, newest: Uint8Array | undefined, ts: Ts): Uint8Array | undefined {
    if (newest === undefined) return undefined;
    if (isVersion(newest) && commitTsOf(newest) <= ts) return newest;
    return this.page(historyRange(key, ts), 1)[0]?.value;
  }

  /** What the transaction that started at `startTs` did to `key`. */
  transactionRecord(key: Key, startTs: Ts): TransactionRecord {
    const newest = this.newest(key);
    if (newest === undefined) return NONE;
    if (isVersion(newest) && startTsOf(newest) === startTs) return { kind: 'committed', commitTs: commitTsOf(newest) };
    const status = newestStatusOf(newest);
    if (status !== undefined && status.ts >= startTs) {
      const own = this.status(key, startTs);
      if (own?.kind === 'lock') return { kind: 'committed', commitTs: own.commitTs };
      if (own?.kind === 'rollback' || own?.kind === 'protected-rollback') return ROLLED_BACK;
    }
    if (commitTsOf(newest) <= startTs) return NONE;
    return this.#inHistory(key, startTs, commitTsOf(newest));
  }

  /** Whether a rollback record of that transaction stands on the key, given its `d` record. */
  isRolledBack(key: Key, newest: Uint8Array | undefined, startTs: Ts): boolean {
    const status = newest === undefined ? undefined : newestStatusOf(newest);
    if (status === undefined || status.ts < startTs) return false;
    const own = this.status(key, startTs);
    return own?.kind === 'rollback' || own?.kind === 'protected-rollback';
  }

  /** A lock-only commit of the key above `ts`, by walking its status records down from `newestStartTs`. */
  lockCommitAbove(key: Key, ts: Ts, newestStartTs: Ts): { readonly startTs: Ts; readonly commitTs: Ts } | undefined {
    let newest = newestStartTs;
    for (;;) {
      const page = this.page(statusRange(key, newest), HISTORY_PAGE);
      for (const pair of page) {
        const status = decodeStatus(pair.value);
        if (status.kind === 'lock' && status.commitTs > ts)
          return { startTs: versionedTs(pair.key), commitTs: status.commitTs };
      }
      const last = page[HISTORY_PAGE - 1];
      if (last === undefined) return undefined;
      newest = (versionedTs(last.key) - 1n) as Ts;
    }
  }

  /** One page of engine keys; suspends the command when it has to come from disk. */
  page(range: KeyRange, limit: number): readonly KvPair[] {
    const name = `${limit} ${range.start}`;
    const known = this.#memo.pages?.get(name);
    if (known !== undefined) return known;
    const page = this.#kv.scan(range, limit, false);
    if (!isPromise(page)) return page;
    this.#memo.pages ??= new Map();
    const { pages } = this.#memo;
    throw new PendingPage(
      page.then((pairs) => {
        pages.set(name, pairs);
        return pairs;
      }),
    );
  }

  #inHistory(key: Key, startTs: Ts, below: Ts): TransactionRecord {
    let newest = below;
    for (;;) {
      const page = this.page(historyRange(key, newest, startTs), HISTORY_PAGE);
      for (const { value } of page) {
        if (versionKind(value) !== 'none' && startTsOf(value) === startTs)
          return { kind: 'committed', commitTs: commitTsOf(value) };
      }
      if (page.length < HISTORY_PAGE) return NONE;
      newest = (commitTsOf(page[page.length - 1]!.value) - 1n) as Ts;
    }
  }
}

/** Runs a command to its end, waiting for the pages it needs. `kv` is asked for at the beginning of each run. */
export function runCommand<Result>(
  kv: () => KvReader,
  locks: LockView,
  command: (reader: MvccReader) => Result,
): ValueOrPromise<Result> {
  return attempt(kv, locks, command, { pages: undefined });
}

function attempt<Result>(
  kv: () => KvReader,
  locks: LockView,
  command: (reader: MvccReader) => Result,
  memo: PageMemo,
): ValueOrPromise<Result> {
  try {
    return command(new MvccReader(kv(), locks, memo));
  } catch (pending) {
    if (!(pending instanceof PendingPage)) throw pending;
    return pending.page.then(() => attempt(kv, locks, command, memo));
  }
}
