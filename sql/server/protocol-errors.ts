/** The errors that the wire layer itself answers with, in MySQL's numbers, states and words. */

import { SqlError } from '../../engine/index.ts';

export const protocolErrors = {
  tooManyConnections: () => new SqlError(1040, '08004', 'Too many connections'),
  outOfMemory: (what: string) => new SqlError(1041, 'HY000', `Out of memory; ${what}`),
  badHandshake: () => new SqlError(1043, '08S01', 'Bad handshake'),
  accessDenied: (user: string, host: string, usingPassword: boolean) =>
    new SqlError(
      1045,
      '28000',
      `Access denied for user '${user}'@'${host}' (using password: ${usingPassword ? 'YES' : 'NO'})`,
    ),
  unknownCommand: () => new SqlError(1047, '08S01', 'Unknown command'),
  internal: (message: string) => new SqlError(1105, 'HY000', `Unknown error: ${message}`),
  hostNotAllowed: (host: string) =>
    new SqlError(1130, 'HY000', `Host '${host}' is not allowed to connect to this MySQL server`),
  packetTooLarge: () => new SqlError(1153, '08S01', "Got a packet bigger than 'max_allowed_packet' bytes"),
  packetsOutOfOrder: () => new SqlError(1156, '08S01', 'Got packets out of order'),
  writeFailed: () => new SqlError(1160, '08S01', 'Got an error writing communication packets'),
  unknownStatement: (id: number, command: string) =>
    new SqlError(1243, 'HY000', `Unknown prepared statement handler (${id}) given to ${command}`),
  clientTooOld: () =>
    new SqlError(
      1251,
      '08004',
      'Client does not support authentication protocol requested by server; consider upgrading MySQL client',
    ),
  tooManyStatements: (max: number) =>
    new SqlError(
      1461,
      '42000',
      `Can't create more than max_prepared_stmt_count statements (current value: ${max})`,
    ),
  noOpenCursor: (id: number) =>
    new SqlError(1421, 'HY000', `The statement (${id}) has no open cursor.`),
  malformedPacket: () => new SqlError(1835, 'HY000', 'Malformed communication packet.'),
  notSupported: (what: string) =>
    new SqlError(1235, '42000', `This version of MySQL doesn't yet support '${what}'`),
  accountLocked: (user: string, host: string) =>
    new SqlError(3118, 'HY000', `Access denied for user '${user}'@'${host}'. Account is locked.`),
  secureTransportRequired: () =>
    new SqlError(
      3159,
      'HY000',
      'Connections using insecure transport are prohibited while --require_secure_transport=ON.',
    ),
  idleTooLong: () =>
    new SqlError(
      4031,
      'HY000',
      'The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout for configuring this behavior.',
    ),
  localFilesDisabled: () =>
    new SqlError(
      3948,
      '42000',
      'Loading local data is disabled; this must be enabled on both the client and server sides',
    ),
} as const;
