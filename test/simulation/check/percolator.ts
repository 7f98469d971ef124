/**
 * Percolator's invariants as the records of an engine show them, at a moment when the engine holds exactly an applied
 * prefix of the log: no lock of a transaction that is already decided on its key (I1), one commit_ts per transaction
 * (I2), committed somewhere means rolled back nowhere (I3), commit_ts above start_ts (I4), versions of a key in order.
 */

import type { Key, Ts } from '../../../base/index.ts';
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

interface Decided {
  readonly commitTs: Ts;
  readonly key: Key;
}

class Records {
  readonly #commits = new Map<Ts, Decided>();
  readonly #rollbacks = new Map<Ts, Key>();
  readonly #decidedOnKey = new Set<string>();

  committed(key: Key, startTs: Ts, commitTs: Ts): void {
    check(commitTs > startTs, () => `${key}: committed at ${commitTs}, but started at ${startTs}`);
    const other = this.#commits.get(startTs);
    check(
      other === undefined || other.commitTs === commitTs,
      () => `transaction ${startTs} committed ${key} at ${commitTs}, but ${other?.key} at ${other?.commitTs}`,
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
    check(!isDecided, () => `${key} is locked by transaction ${startTs}, which is decided there`);
  }

  checkFates(): void {
    for (const [startTs, key] of this.#rollbacks) {
      const commit = this.#commits.get(startTs);
      check(
        commit === undefined,
        () => `transaction ${startTs} is rolled back on ${key}, but committed ${commit?.key} at ${commit?.commitTs}`,
      );
    }
  }
}

/** Throws CheckFailed. The reader must hold nothing but what transactions wrote. */
export async function checkPercolator(reader: KvReader): Promise<void> {
  const records = new Records();
  const newest = new Map<Key, Ts>();
  for (const { key, value } of await all(reader, DATA_FAMILY)) {
    if (!isVersion(value)) continue;
    const userKey = plainUserKey(key);
    newest.set(userKey, commitTsOf(value));
    records.committed(userKey, startTsOf(value), commitTsOf(value));
  }
  for (const { key, value } of await all(reader, HISTORY_FAMILY)) {
    const userKey = versionedUserKey(key);
    const newestTs = newest.get(userKey);
    check(newestTs !== undefined, () => `${userKey} has a history, but no newest version`);
    check(
      commitTsOf(value) === versionedTs(key),
      () => `${userKey}: a version stands at another commit_ts than its own`,
    );
    check(commitTsOf(value) < newestTs, () => `${userKey}: history at ${commitTsOf(value)}, newest is ${newestTs}`);
    records.committed(userKey, startTsOf(value), commitTsOf(value));
  }
  for (const { key, value } of await all(reader, STATUS_FAMILY)) {
    const status = decodeStatus(value);
    const startTs = versionedTs(key);
    if (status.commitTs > 0n) records.committed(versionedUserKey(key), startTs, status.commitTs);
    else records.rolledBack(versionedUserKey(key), startTs);
  }
  records.checkFates();
  for (const { key, value } of await all(reader, LOCK_FAMILY)) {
    records.locked(plainUserKey(key), decodeLock(value).startTs);
  }
}

function all(reader: KvReader, family: Family): ReturnType<KvReader['scan']> {
  return reader.scan(familyRange(family, EVERYTHING), Number.MAX_SAFE_INTEGER, false);
}
