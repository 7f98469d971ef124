/** What to tell a person whose start failed: the cause and the way out, in one line. */

import { ConfigError, DiskError } from '../base/index.ts';

interface ListenError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
}

export function explainStartError(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof DiskError && error.code === 'ELOCKED') {
    return `the data directory is in use by another process: ${error.message}`;
  }
  const { code, address, port, message, stack } = error as ListenError;
  if (code === 'EADDRINUSE')
    return `port ${port} on ${address} is already in use; choose another with --sql-port or --status-port`;
  if (code === 'EACCES' && port !== undefined) return `not allowed to listen on port ${port} of ${address}`;
  if (error instanceof DiskError) return message;
  return error instanceof Error ? (stack ?? message) : String(error);
}
