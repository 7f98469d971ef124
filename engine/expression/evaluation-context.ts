/** What evaluation needs beyond its input rows. Made per statement; everything impure comes through here. */

import type { SqlError, SqlWarning } from '../errors/sql-error.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';

export interface EvaluationContext {
  /** Values of ParameterExpression by index. */
  readonly parameters: readonly Datum[];
  readonly sqlMode: SqlMode;
  /** Seconds east of UTC at a given UTC instant (microseconds since the epoch) in the session's time zone. */
  readonly timeZone: TimeZone;
  /** Another time zone by name or offset (CONVERT_TZ); undefined for unknown ones. */
  readonly findTimeZone?: ((name: string) => TimeZone | undefined) | undefined;
  /** The statement's start, fixed for its duration: microseconds since the Unix epoch (NOW, CURDATE …). */
  readonly statementMicros: number;
  /** The clock at this instant (SYSDATE). */
  currentMicros(): number;
  /** Uniform in [0, 1): RAND() without a seed. */
  random(): number;
  randomBytes(length: number): Uint8Array;
  /** md5, sha1, sha256 … of bytes; the host provides them (`node:crypto` is not for pure code). */
  digest(algorithm: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512', bytes: Uint8Array): Uint8Array;
  /** Session values: DATABASE(), USER(), CONNECTION_ID(), LAST_INSERT_ID() … and user and system variables. */
  readonly session: SessionFunctions;
  /** How data errors inside DML behave: strict mode raises, otherwise a warning and a best-effort value. */
  readonly statementKind: 'select' | 'insert' | 'update' | 'delete' | 'other';
  /** INSERT IGNORE, UPDATE IGNORE: data errors become warnings. */
  readonly ignoreErrors: boolean;
  warn(warning: SqlWarning): void;
  warnError(error: SqlError): void;
  readonly maxAllowedPacket: number;
  /** Throws when the statement was killed (1317) or ran out of time (3024); called once per batch. */
  checkInterrupted(): void;
  /** A promise when the statement has held the event loop for too long: operators wait for it between batches. */
  readonly yieldIfDue?: (() => Promise<void> | undefined) | undefined;
  /** Memory account of the statement; throws when over quota. */
  readonly memory: MemoryTracker;
}

export interface SessionFunctions {
  database(): string | null;
  /** 'user@host' as authenticated (CURRENT_USER()) and as given by the client (USER()). */
  currentUser(): string;
  user(): string;
  connectionId(): number;
  lastInsertId(): number | bigint;
  setLastInsertId(value: number | bigint): void;
  rowCount(): number;
  foundRows(): number;
  version(): string;
  userVariable(name: string): TypedValue;
  setUserVariable(name: string, value: TypedValue): void;
  systemVariable(scope: 'session' | 'global' | undefined, name: string): TypedValue;
  /**
   * SLEEP and the user-level locks. What has to wait throws StatementSuspended; the session waits and runs the statement
   * again, and the same call then answers.
   */
  sleep(seconds: number): number;
  getLock(name: string, timeoutSeconds: number): number | null;
  /** 1, or 0 for another session's lock, or null when nobody holds it. */
  releaseLock(name: string): number | null;
  releaseAllLocks(): number;
  /** The connection that holds the lock. */
  lockHolder(name: string): number | null;
}

export interface TypedValue {
  readonly value: Datum;
  readonly type: FieldType;
}

export interface TimeZone {
  readonly name: string;
  /** Offset in seconds that holds at the UTC instant. */
  offsetSecondsAt(utcMicros: number): number;
  /** UTC microseconds of a local wall-clock instant (given as if it were UTC); for gaps and overlaps MySQL's choice. */
  toUtcMicros(localMicros: number): number;
}

/** The modes that change how values are computed; parser-only modes are the parser's business. */
export interface SqlMode {
  readonly strict: boolean;
  readonly strictAllTables: boolean;
  readonly noZeroDate: boolean;
  readonly noZeroInDate: boolean;
  readonly allowInvalidDates: boolean;
  readonly errorForDivisionByZero: boolean;
  readonly noUnsignedSubtraction: boolean;
  readonly padCharToFullLength: boolean;
  readonly onlyFullGroupBy: boolean;
  readonly noAutoValueOnZero: boolean;
  readonly ansiQuotes: boolean;
  readonly pipesAsConcat: boolean;
  readonly noBackslashEscapes: boolean;
  readonly highNotPrecedence: boolean;
  readonly ignoreSpace: boolean;
  readonly realAsFloat: boolean;
  readonly timeTruncateFractional: boolean;
}

/** Hierarchical byte account; `consume` throws SqlError when a quota above it is exhausted. */
export interface MemoryTracker {
  consume(bytes: number): void;
  release(bytes: number): void;
}
