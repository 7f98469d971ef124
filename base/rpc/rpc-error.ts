/** A call that did not end with the status OK. */

import { status } from '@grpc/grpc-js';

const CODES = {
  cancelled: status.CANCELLED,
  unknown: status.UNKNOWN,
  'invalid-argument': status.INVALID_ARGUMENT,
  'deadline-exceeded': status.DEADLINE_EXCEEDED,
  'not-found': status.NOT_FOUND,
  'already-exists': status.ALREADY_EXISTS,
  'permission-denied': status.PERMISSION_DENIED,
  'resource-exhausted': status.RESOURCE_EXHAUSTED,
  'failed-precondition': status.FAILED_PRECONDITION,
  aborted: status.ABORTED,
  'out-of-range': status.OUT_OF_RANGE,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
  unavailable: status.UNAVAILABLE,
  'data-loss': status.DATA_LOSS,
  unauthenticated: status.UNAUTHENTICATED,
} as const;

/** gRPC's status codes in words. 'unavailable': the other side cannot be reached, or went away during the call. */
export type RpcErrorCode = keyof typeof CODES;

const NAMES = new Map(Object.entries(CODES).map(([name, code]) => [code as number, name as RpcErrorCode]));

export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: RpcErrorCode;
  constructor(code: RpcErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function statusCodeOf(error: RpcError): number {
  return CODES[error.code];
}

/** What grpc-js throws or emits, in our words. */
export function rpcErrorOf(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (!(error instanceof Error)) return new RpcError('unknown', String(error));
  const { code, details } = error as { code?: unknown; details?: unknown };
  const name = typeof code === 'number' ? NAMES.get(code) : undefined;
  return new RpcError(name ?? 'unknown', typeof details === 'string' && details !== '' ? details : error.message);
}
