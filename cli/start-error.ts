/** What to tell a person whose start failed: the cause and the way out, in one line. */

import { ConfigError, DiskError } from '../base/index.ts';
import { PdError } from '../pd/index.ts';
import { StoreError } from '../tikv-lite/index.ts';

interface ListenError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
}

export function explainStartError(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StoreError || error instanceof PdError) return error.message;
  const { code, address, port, message, stack } = error as ListenError;
  if (code === 'EADDRINUSE')
    return `port ${port} on ${address} is already in use; choose another with --sql-port or --status-port`;
  // What gRPC could not bind it tells in words only.
  const taken = /EADDRINUSE: address already in use ([^\s\]]+)/.exec(message);
  if (taken !== null) return `${taken[1]} is already in use; choose another with --addr`;
  if (code === 'EACCES' && port !== undefined) return `not allowed to listen on port ${port} of ${address}`;
  if (error instanceof DiskError) return message;
  return error instanceof Error ? (stack ?? message) : String(error);
}
