/** PdError and the error in the header of pdpb's responses. What keeps a caller away altogether is a gRPC status. */

import { pdpb, RpcError } from '../../base/rpc/index.ts';
import { PdError, type PdErrorKind } from '../client/pd-client.ts';

const TYPES: Readonly<Partial<Record<PdErrorKind, pdpb.ErrorType>>> = {
  'not-bootstrapped': pdpb.ErrorType.NOT_BOOTSTRAPPED,
  'already-bootstrapped': pdpb.ErrorType.ALREADY_BOOTSTRAPPED,
  'store-tombstone': pdpb.ErrorType.STORE_TOMBSTONE,
  'incompatible-version': pdpb.ErrorType.INCOMPATIBLE_VERSION,
  'region-not-found': pdpb.ErrorType.REGION_NOT_FOUND,
  'regions-have-gaps': pdpb.ErrorType.REGIONS_NOT_CONTAIN_ALL_KEY_RANGE,
  'invalid-value': pdpb.ErrorType.INVALID_VALUE,
};
/** What pdpb has no type for is told by the words of the message. */
const NOT_KNOWN = /^store \d+ is not known$/;
const KINDS = new Map<pdpb.ErrorType, PdErrorKind>(
  Object.entries(TYPES).map(([kind, type]) => [type, kind as PdErrorKind]),
);

/** The error of a response header. Throws RpcError for what is no answer at all. */
export function errorToProto(error: unknown): pdpb.Error {
  if (!(error instanceof PdError)) throw error;
  if (error.kind === 'unavailable') throw new RpcError('unavailable', error.message);
  if (error.kind === 'cluster-mismatch') throw new RpcError('failed-precondition', error.message);
  return { type: TYPES[error.kind] ?? pdpb.ErrorType.UNKNOWN, message: error.message };
}

/** Throws PdError when the header of a response carries an error. */
export function checkHeader(header: pdpb.ResponseHeader | undefined): void {
  const error = header?.error;
  if (error === undefined || error.type === pdpb.ErrorType.OK) return;
  const isUnknownStore = error.type === pdpb.ErrorType.UNKNOWN && NOT_KNOWN.test(error.message);
  const kind = isUnknownStore ? 'store-not-found' : KINDS.get(error.type);
  throw new PdError(kind ?? 'invalid-value', error.message);
}

/** A call that got no answer. */
export function pdErrorOf(error: unknown): unknown {
  if (!(error instanceof RpcError)) return error;
  if (error.code === 'failed-precondition') return new PdError('cluster-mismatch', error.message);
  if (error.code === 'unimplemented') return new PdError('invalid-value', error.message);
  return new PdError('unavailable', `the placement driver does not answer: ${error.message}`);
}
