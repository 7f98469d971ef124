/** Prewrite and flush requests, both ways. */

import { keyFromBytes, keyToBytes, type Ts } from '../../../base/index.ts';
import { kvrpcpb } from '../../../base/rpc/index.ts';
import type { FlushRequest } from '../../mvcc/commands/flush.ts';
import type { Mutation, MutationOp, PessimisticAction, PrewriteRequest } from '../../mvcc/commands/prewrite.ts';
import type { RequestContext } from '../../txn/kv-service.ts';
import { atMostUint32, contextToProto, keysFromBytes, NO_BYTES, ownBytes } from './basics.ts';

const OPS: Readonly<Record<MutationOp, kvrpcpb.Op>> = {
  put: kvrpcpb.Op.Put,
  delete: kvrpcpb.Op.Del,
  lock: kvrpcpb.Op.Lock,
  insert: kvrpcpb.Op.Insert,
  'check-not-exists': kvrpcpb.Op.CheckNotExists,
};
const OP_WORDS = new Map(Object.entries(OPS).map(([word, op]) => [op, word as MutationOp]));
const ACTIONS: readonly PessimisticAction[] = ['skip-check', 'pessimistic-check', 'constraint-check'];
const ASSERTIONS = [undefined, 'exist', 'not-exist'] as const;
const LEVELS = ['off', 'fast', 'strict'] as const;

/** A text says what is wrong with the request. */
export function prewriteFromProto(request: kvrpcpb.PrewriteRequest): PrewriteRequest | string {
  const expected = new Map<number, Ts>();
  for (const { index, expectedForUpdateTs } of request.forUpdateTsConstraints) {
    if (index >= request.mutations.length) return `for_update_ts of mutation ${index} of ${request.mutations.length}`;
    expected.set(index, expectedForUpdateTs as Ts);
  }
  const mutations: Mutation[] = [];
  for (const [at, mutation] of request.mutations.entries()) {
    const op = OP_WORDS.get(mutation.op);
    if (op === undefined) return `operation ${mutation.op} in a prewrite`;
    mutations.push({
      ...mutationFromProto(op, mutation),
      action: ACTIONS[request.pessimisticActions[at] ?? 0],
      expectedForUpdateTs: expected.get(at),
    });
  }
  return {
    mutations,
    primary: keyFromBytes(request.primaryLock),
    startTs: request.startVersion as Ts,
    lockTtlMs: atMostUint32(request.lockTtl),
    forUpdateTs: request.forUpdateTs as Ts,
    txnSize: atMostUint32(request.txnSize),
    minCommitTs: request.minCommitTs as Ts,
    maxCommitTs: request.maxCommitTs as Ts,
    secondaries: request.useAsyncCommit ? keysFromBytes(request.secondaries) : undefined,
    tryOnePc: request.tryOnePc,
    skipConstraintCheck: request.skipConstraintCheck,
    isRetryRequest: request.context?.isRetryRequest === true,
    assertionLevel: LEVELS[request.assertionLevel] ?? 'off',
  };
}

/** Generations take four bytes in a lock. */
const MAX_GENERATION = 0xffff_ffffn;

/** A text says what is wrong with the request. */
export function flushFromProto(request: kvrpcpb.FlushRequest): FlushRequest | string {
  const { generation } = request;
  if (generation === 0n || generation > MAX_GENERATION) return `generation ${generation} in a flush`;
  const mutations: Mutation[] = [];
  for (const mutation of request.mutations) {
    const op = OP_WORDS.get(mutation.op);
    if (op === undefined) return `operation ${mutation.op} in a flush`;
    mutations.push(mutationFromProto(op, mutation));
  }
  return {
    mutations,
    primary: keyFromBytes(request.primaryKey),
    startTs: request.startTs as Ts,
    lockTtlMs: atMostUint32(request.lockTtl),
    generation: Number(generation),
    assertionLevel: LEVELS[request.assertionLevel] ?? 'off',
  };
}

export function flushToProto(context: RequestContext, request: FlushRequest): kvrpcpb.FlushRequest {
  return {
    context: contextToProto(context),
    mutations: request.mutations.map(mutationToProto),
    primaryKey: keyToBytes(request.primary),
    startTs: request.startTs,
    minCommitTs: request.startTs + 1n,
    generation: BigInt(request.generation),
    lockTtl: BigInt(request.lockTtlMs),
    assertionLevel: LEVELS.indexOf(request.assertionLevel) as kvrpcpb.AssertionLevel,
  };
}

export function prewriteToProto(context: RequestContext, request: PrewriteRequest): kvrpcpb.PrewriteRequest {
  const { mutations, secondaries } = request;
  const forUpdateTsConstraints: kvrpcpb.PrewriteRequest_ForUpdateTSConstraint[] = [];
  for (const [index, { expectedForUpdateTs }] of mutations.entries()) {
    if (expectedForUpdateTs !== undefined) forUpdateTsConstraints.push({ index, expectedForUpdateTs });
  }
  return {
    context: contextToProto(context, { isRetryRequest: request.isRetryRequest }),
    mutations: mutations.map(mutationToProto),
    primaryLock: keyToBytes(request.primary),
    startVersion: request.startTs,
    lockTtl: BigInt(request.lockTtlMs),
    skipConstraintCheck: request.skipConstraintCheck === true,
    pessimisticActions: request.forUpdateTs === 0n ? [] : mutations.map(actionToProto),
    txnSize: BigInt(request.txnSize),
    forUpdateTs: request.forUpdateTs,
    minCommitTs: request.minCommitTs,
    useAsyncCommit: secondaries !== undefined,
    secondaries: secondaries === undefined ? [] : secondaries.map(keyToBytes),
    tryOnePc: request.tryOnePc,
    maxCommitTs: request.maxCommitTs,
    assertionLevel: LEVELS.indexOf(request.assertionLevel ?? 'off') as kvrpcpb.AssertionLevel,
    forUpdateTsConstraints,
    txnFileChunks: [],
  };
}

function actionToProto({ action }: Mutation): kvrpcpb.PrewriteRequest_PessimisticAction {
  return ACTIONS.indexOf(action ?? 'skip-check') as kvrpcpb.PrewriteRequest_PessimisticAction;
}

function mutationFromProto(op: MutationOp, { key, value, statementOrder, assertion }: kvrpcpb.Mutation): Mutation {
  return {
    op,
    key: keyFromBytes(key),
    value: op === 'put' || op === 'insert' ? ownBytes(value) : undefined,
    order: statementOrder === 0n ? undefined : Number(statementOrder),
    assertion: ASSERTIONS[assertion],
  };
}

function mutationToProto(mutation: Mutation): kvrpcpb.Mutation {
  return {
    op: OPS[mutation.op],
    key: keyToBytes(mutation.key),
    value: mutation.value ?? NO_BYTES,
    assertion: ASSERTIONS.indexOf(mutation.assertion) as kvrpcpb.Assertion,
    statementOrder: mutation.order === undefined ? 0n : BigInt(mutation.order),
  };
}
