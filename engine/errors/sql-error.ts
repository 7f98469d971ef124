/**
 * A SQL error as MySQL reports it. Made only by the named constructors of `sql-errors.ts`; thrown inside a session and
 * turned into an ERR packet in one place.
 */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  /** MySQL's error number, e.g. 1062. */
  readonly errno: number;
  /** Five characters, e.g. '23000'. */
  readonly sqlState: string;
  constructor(errno: number, sqlState: string, message: string) {
    super(message);
    this.errno = errno;
    this.sqlState = sqlState;
  }
}

/**
 * Thrown by an evaluation that must wait (SLEEP, GET_LOCK). Not an error: whoever runs the statement waits for `ready` and
 * runs it again from its start; the call that suspended then has its answer.
 */
export class StatementSuspended extends Error {
  override readonly name = 'StatementSuspended';
  readonly ready: Promise<void>;
  constructor(ready: Promise<void>) {
    super('the statement waits');
    this.ready = ready;
  }
}

export type WarningLevel = 'Note' | 'Warning' | 'Error';

/** One row of SHOW WARNINGS. */
export interface SqlWarning {
  readonly level: WarningLevel;
  readonly errno: number;
  readonly message: string;
}
