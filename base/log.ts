/** The log: pino, one JSON line per event. Never statements at info level, never secrets. */

import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LogOptions {
  readonly level: LogLevel;
  /** Standard error by default, so that standard output stays for the ready line. */
  readonly destination?: DestinationStream;
}

/** Fields whose values never reach the log, wherever they appear at the first two levels. */
const SECRETS = ['password', 'authenticationString', 'privateKey'];

export function createLogger(options: LogOptions): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  );
}
