/** Region errors as errorpb.Error, both ways. */

import { assertNever, NO_TS, type RegionId, type Ts } from '../../../base/index.ts';
import type { errorpb } from '../../../base/rpc/index.ts';
import { peerFromProto, peerToProto, regionFromProto, regionToProto } from '../../../pd/server/index.ts';
import { RegionError, type RegionErrorDetails, type RegionErrorKind } from '../../raftstore/region-kv.ts';
import { NO_BYTES } from './basics.ts';

export function regionErrorToProto(error: RegionError): errorpb.Error {
  return { message: error.message, ...detailOf(error) };
}

function detailOf({ kind, regionId: id, details, message }: RegionError): Partial<errorpb.Error> {
  const regionId = BigInt(id);
  switch (kind) {
    case 'not-leader': {
      const leader = details.leader === undefined ? undefined : peerToProto(details.leader);
      return { notLeader: { regionId, leader } };
    }
    case 'region-not-found':
      return { regionNotFound: { regionId } };
    case 'key-not-in-region':
      return { keyNotInRegion: { key: NO_BYTES, regionId, startKey: NO_BYTES, endKey: NO_BYTES } };
    case 'epoch-not-match':
      return { epochNotMatch: { currentRegions: (details.currentRegions ?? []).map(regionToProto) } };
    case 'store-not-match':
      return { storeNotMatch: { requestStoreId: 0n, actualStoreId: 0n } };
    case 'mismatch-peer-id':
      return { mismatchPeerId: { requestPeerId: 0n, storePeerId: 0n } };
    case 'region-not-initialized':
      return { regionNotInitialized: { regionId } };
    case 'server-is-busy': {
      const backoffMs = BigInt(Math.ceil(details.backOffMs ?? 0));
      const estimatedWaitMs = Math.ceil(details.estimatedWaitMs ?? 0);
      return { serverIsBusy: { reason: message, backoffMs, estimatedWaitMs, appliedIndex: 0n } };
    }
    case 'read-index-not-ready':
      return { readIndexNotReady: { reason: message, regionId } };
    case 'proposal-in-merging-mode':
      return { proposalInMergingMode: { regionId } };
    case 'max-timestamp-not-synced':
      return { maxTimestampNotSynced: {} };
    case 'data-is-not-ready':
      return { dataIsNotReady: { regionId, peerId: 0n, safeTs: details.safeTs ?? 0n } };
    case 'disk-full':
      return { diskFull: { storeId: [], reason: message } };
    case 'raft-entry-too-large':
      return { raftEntryTooLarge: { regionId, entrySize: 0n } };
    case 'invalid-change':
      return {};
    case 'stale-command':
      return { staleCommand: {} };
    case 'store-failed':
      return { undeterminedResult: { message } };
    default:
      return assertNever(kind);
  }
}

/** Which field stands for which kind. */
const FIELDS: readonly (readonly [keyof errorpb.Error, RegionErrorKind])[] = [
  ['notLeader', 'not-leader'],
  ['epochNotMatch', 'epoch-not-match'],
  ['regionNotFound', 'region-not-found'],
  ['keyNotInRegion', 'key-not-in-region'],
  ['serverIsBusy', 'server-is-busy'],
  ['staleCommand', 'stale-command'],
  ['storeNotMatch', 'store-not-match'],
  ['mismatchPeerId', 'mismatch-peer-id'],
  ['regionNotInitialized', 'region-not-initialized'],
  ['raftEntryTooLarge', 'raft-entry-too-large'],
  ['maxTimestampNotSynced', 'max-timestamp-not-synced'],
  ['readIndexNotReady', 'read-index-not-ready'],
  ['proposalInMergingMode', 'proposal-in-merging-mode'],
  ['dataIsNotReady', 'data-is-not-ready'],
  ['diskFull', 'disk-full'],
  ['undeterminedResult', 'store-failed'],
];

/** What no field stands for is something to wait out. */
export function regionErrorFromProto(error: errorpb.Error, regionId: RegionId): RegionError {
  const kind = FIELDS.find(([field]) => error[field] !== undefined)?.[1] ?? 'server-is-busy';
  return new RegionError(kind, regionId, error.message === '' ? kind : error.message, detailsFromProto(error));
}

function detailsFromProto(error: errorpb.Error): RegionErrorDetails {
  const { notLeader, epochNotMatch, serverIsBusy, dataIsNotReady } = error;
  if (dataIsNotReady !== undefined && dataIsNotReady.safeTs > NO_TS) return { safeTs: dataIsNotReady.safeTs as Ts };
  if (notLeader?.leader !== undefined) return { leader: peerFromProto(notLeader.leader) };
  if (epochNotMatch !== undefined) return { currentRegions: epochNotMatch.currentRegions.map(regionFromProto) };
  if (serverIsBusy === undefined) return {};
  const { backoffMs, estimatedWaitMs } = serverIsBusy;
  return { ...(backoffMs > 0n && { backOffMs: Number(backoffMs) }), ...(estimatedWaitMs > 0 && { estimatedWaitMs }) };
}
