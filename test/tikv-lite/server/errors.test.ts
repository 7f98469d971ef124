/** What goes wrong reaches a client as it was: region errors, key errors, locks, the fate of transactions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type PeerId, type RegionId, type StoreId, type Ts } from '../../../base/index.ts';
import { encodeMessage, errorpb, kvrpcpb } from '../../../base/rpc/index.ts';
import type { Region } from '../../../pd/index.ts';
import { RegionError, type RegionErrorDetails, type RegionErrorKind } from '../../../tikv-lite/index.ts';
import type { TxnStatus } from '../../../tikv-lite/mvcc/commands/check-txn-status.ts';
import type { KeyError } from '../../../tikv-lite/mvcc/key-error.ts';
import type { LockInfo } from '../../../tikv-lite/mvcc/lock.ts';
import { keyErrorFromProto, keyErrorToProto } from '../../../tikv-lite/server/convert/key-error.ts';
import { regionErrorFromProto, regionErrorToProto } from '../../../tikv-lite/server/convert/region-error.ts';
import { txnStatusFromProto, txnStatusToProto } from '../../../tikv-lite/server/convert/txn-status.ts';

const REGION = 7 as RegionId;
const leader = { peerId: 9 as PeerId, storeId: 2 as StoreId, role: 'voter' } as const;
const region: Region = {
  regionId: REGION,
  range: { start: keyOf('a'), end: keyOf('b') },
  epoch: { confVer: 3, version: 4 },
  peers: [leader],
};
const lock: LockInfo = {
  key: keyOf('k'),
  primary: keyOf('p'),
  startTs: 5n as Ts,
  ttlMs: 3000,
  kind: 'put',
  forUpdateTs: 6n as Ts,
  minCommitTs: 7n as Ts,
  txnSize: 2,
  secondaries: [keyOf('s')],
};

const regionErrors: readonly (readonly [RegionErrorKind, RegionErrorDetails?])[] = [
  ['not-leader', { leader }],
  ['not-leader'],
  ['region-not-found'],
  ['key-not-in-region'],
  ['epoch-not-match', { currentRegions: [region] }],
  ['store-not-match'],
  ['mismatch-peer-id'],
  ['region-not-initialized'],
  ['server-is-busy', { backOffMs: 20 }],
  ['read-index-not-ready'],
  ['proposal-in-merging-mode'],
  ['max-timestamp-not-synced'],
  ['data-is-not-ready', { safeTs: 5n as Ts }],
  ['data-is-not-ready'],
  ['disk-full'],
  ['raft-entry-too-large'],
  ['stale-command'],
  ['store-failed'],
];

for (const [kind, details = {}] of regionErrors) {
  test(`region error ${kind}${Object.keys(details).map((each) => ` with ${each}`)}`, () => {
    const sent = new RegionError(kind, REGION, `it is ${kind}`, details);
    const received = regionErrorFromProto(
      errorpb.Error.decode(encodeMessage(errorpb.Error, regionErrorToProto(sent))),
      REGION,
    );
    assert.deepEqual(
      [received.kind, received.regionId, received.message, received.details],
      [kind, REGION, `it is ${kind}`, details],
    );
  });
}

test('a region error of a kind nobody knows is waited out', () => {
  const { kind } = regionErrorFromProto(errorpb.Error.create({ message: 'something new' }), REGION);
  assert.equal(kind, 'server-is-busy');
});

const key = keyOf('k');
const keyErrors: readonly KeyError[] = [
  { kind: 'key-is-locked', lock },
  { kind: 'key-is-locked', lock: { ...lock, kind: 'pessimistic', secondaries: undefined } },
  {
    kind: 'write-conflict',
    key,
    primary: keyOf('p'),
    startTs: 1n as Ts,
    conflictStartTs: 2n as Ts,
    conflictCommitTs: 3n as Ts,
    reason: 'pessimistic-retry',
  },
  { kind: 'already-exist', key },
  { kind: 'deadlock', key, lockTs: 4n as Ts, waitChain: [4n as Ts, 5n as Ts] },
  { kind: 'commit-ts-expired', key, minCommitTs: 9n as Ts, attemptedTs: 8n as Ts },
  { kind: 'commit-ts-too-large', minCommitTs: 9n as Ts },
  { kind: 'txn-not-found', primary: keyOf('p'), startTs: 1n as Ts },
  { kind: 'txn-lock-not-found', key },
  { kind: 'primary-mismatch', lock },
  { kind: 'assertion-failed', key, assertion: 'not-exist' },
  { kind: 'committed', key, commitTs: 12n as Ts },
  { kind: 'pessimistic-lock-not-found', key, reason: 'lock-missing-amend-fail' },
  { kind: 'pessimistic-lock-rolled-back', key },
  { kind: 'lock-if-exists-failed', key },
  { kind: 'invalid-request', message: 'nobody can do that' },
];

for (const error of keyErrors) {
  test(`key error ${error.kind}`, () => {
    const bytes = encodeMessage(kvrpcpb.KeyError, keyErrorToProto(error));
    assert.deepEqual(keyErrorFromProto(kvrpcpb.KeyError.decode(bytes)), error);
  });
}

test('an abort of another store is an invalid request', () => {
  const error = kvrpcpb.KeyError.create({ abort: 'Txn(Mvcc(PessimisticLockNotFound))' });
  assert.deepEqual(keyErrorFromProto(error), { kind: 'invalid-request', message: error.abort });
});

const statuses: readonly TxnStatus[] = [
  { kind: 'committed', commitTs: 4n as Ts },
  { kind: 'rolled-back', action: 'no-action' },
  { kind: 'rolled-back', action: 'ttl-expire-rollback' },
  { kind: 'rolled-back', action: 'lock-not-exist-rollback' },
  { kind: 'nothing', action: 'ttl-expire-pessimistic-rollback' },
  { kind: 'nothing', action: 'lock-not-exist-do-nothing' },
  { kind: 'alive', action: 'no-action', lock },
  { kind: 'alive', action: 'min-commit-ts-pushed', lock },
];

for (const status of statuses) {
  test(`a transaction that is ${status.kind}${status.kind === 'committed' ? '' : `, ${status.action}`}`, () => {
    const bytes = encodeMessage(kvrpcpb.CheckTxnStatusResponse, txnStatusToProto(status));
    const reply = kvrpcpb.CheckTxnStatusResponse.decode(bytes);
    assert.deepEqual(txnStatusFromProto(reply, keyOf('p'), 5n as Ts), status);
  });
}
