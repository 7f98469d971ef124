/**
 * Percolator's invariants as the records of an engine show them, at a moment when the engine holds exactly an applied
 * prefix of the log: no lock of a transaction that is already decided on its key (I1), one commit_ts per transaction
 * (I2), committed somewhere means rolled back nowhere (I3), commit_ts above start_ts (I4), versions of a key in order.
 */

import type { Key, KvPair, Ts, ValueOrPromise } from '../../../base/index.ts';
import type { KvReader } from '../../../tikv-lite/index.ts';
import {
  DATA_FAMILY,
  type Family,
  familyRange,
  HISTORY_FAMILY,
  LOCK_FAMILY,
  plainUserKey,
  STATUS_FAMILY,
  versionedTs,
  versionedUserKey,
} from '../../../tikv-lite/mvcc/keys.ts';
import { decodeLock } from '../../../tikv-lite/mvcc/lock.ts';
import { commitTsOf, decodeStatus, isVersion, startTsOf } from '../../../tikv-lite/mvcc/version.ts';
import { check } from '../support/outcome.ts';

const EVERYTHING = { start: '' as Key };

/** Where the records are; `pairs` answers all of one family, in key order. */
export interface Records {
  pairs(family: Family): ValueOrPromise<readonly KvPair[]>;
}

/** All records of one engine. */
export function recordsOf(reader: KvReader): Records {
  return { pairs: (family) => reader.scan(familyRange(family, EVERYTHING), Number.MAX_SAFE_INTEGER, false) };
}

interface Decided {
  readonly commitTs: Ts;
  readonly key: Key;
}

class Fates {
  readonly #commits = new Map<Ts, Decided>();
  readonly #rollbacks = new Map<Ts, Key>();
  readonly #decidedOnKey = new Set<string>();

  committed(key: Key, startTs: Ts, commitTs: Ts): void {
    check(commitTs > startTs, () => `${shortened(key)}: committed at ${commitTs}, but started at ${startTs}`);
    const other = this.#commits.get(startTs);
    check(
      other === undefined || other.commitTs === commitTs,
      () =>
        `transaction ${startTs} committed ${shortened(key)} at ${commitTs}, but ${shortened(other?.key)} at ${other?.commitTs}`,
    );
    this.#commits.set(startTs, { commitTs, key });
    this.#decidedOnKey.add(`${startTs} ${key}`);
  }

  rolledBack(key: Key, startTs: Ts): void {
    this.#rollbacks.set(startTs, key);
    this.#decidedOnKey.add(`${startTs} ${key}`);
  }

  locked(key: Key, startTs: Ts): void {
    const isDecided = this.#decidedOnKey.has(`${startTs} ${key}`);
    check(!isDecided, () => `${shortened(key)} is locked by transaction ${startTs}, which is decided there`);
  }

  checkFates(): void {
    for (const [startTs, key] of this.#rollbacks) {
      const commit = this.#commits.get(startTs);
      check(
        commit === undefined,
        () =>
          `transaction ${startTs} is rolled back on ${shortened(key)}, but committed ${shortened(commit?.key)} at ${commit?.commitTs}`,
      );
    }
  }
}

/** Throws CheckFailed. */
export async function checkPercolator(records: Records): Promise<void> {
  const fates = new Fates();
  const newest = new Map<Key, Ts>();
  const known = new Set<Key>();
  for (const { key, value } of await records.pairs(DATA_FAMILY)) {
    const userKey = plainUserKey(key);
    known.add(userKey);
    if (!isVersion(value)) continue;
    newest.set(userKey, commitTsOf(value));
    fates.committed(userKey, startTsOf(value), commitTsOf(value));
  }
  for (const { key, value } of await records.pairs(HISTORY_FAMILY)) {
    const userKey = versionedUserKey(key);
    const newestTs = newest.get(userKey);
    check(newestTs !== undefined, () => `${shortened(userKey)} has a history, but no newest version`);
    check(
      commitTsOf(value) === versionedTs(key),
      () => `${shortened(userKey)}: a version stands at another commit_ts than its own`,
    );
    check(
      commitTsOf(value) < newestTs,
      () => `${shortened(userKey)}: history at ${commitTsOf(value)}, newest is ${newestTs}`,
    );
    fates.committed(userKey, startTsOf(value), commitTsOf(value));
  }
  for (const { key, value } of await records.pairs(STATUS_FAMILY)) {
    const status = decodeStatus(value);
    const startTs = versionedTs(key);
    const userKey = versionedUserKey(key);
    check(known.has(userKey), () => `${shortened(userKey)} has statuses, but no record of its own`);
    if (status.commitTs > 0n) fates.committed(userKey, startTs, status.commitTs);
    else fates.rolledBack(userKey, startTs);
  }
  fates.checkFates();
  for (const { key, value } of await records.pairs(LOCK_FAMILY)) {
    fates.locked(plainUserKey(key), decodeLock(value).startTs);
  }
}

/** Without padding. */
function shortened(key: Key | undefined): string | undefined {
  return key?.replace(/\.+$/, '…');
}
