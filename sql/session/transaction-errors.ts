/** What a TransactionError means to a MySQL client, and how much of the transaction it ends. */

import { type SqlError, sqlErrors } from '../../engine/index.ts';
import type { TransactionError } from '../../tikv-lite/index.ts';

export interface TransactionFailure {
  readonly error: SqlError;
  /** The whole transaction is rolled back, not only the statement (as InnoDB does for deadlocks). */
  readonly endsTransaction: boolean;
}

export function transactionFailure(error: TransactionError, atCommit: boolean): TransactionFailure {
  switch (error.kind) {
    case 'write-conflict':
    case 'deadlock':
    case 'aborted':
      return { error: sqlErrors.lockDeadlock(), endsTransaction: true };
    case 'lock-wait-timeout':
      return { error: sqlErrors.lockWaitTimeout(), endsTransaction: atCommit };
    case 'lock-not-available':
      return { error: sqlErrors.lockNowait(), endsTransaction: false };
    case 'key-exists':
      return { error: sqlErrors.dupEntry('', 'PRIMARY'), endsTransaction: atCommit };
    case 'too-large':
      return {
        error:
          error.key === undefined
            ? sqlErrors.transactionTooLarge(error.message)
            : sqlErrors.entryTooLarge(error.message),
        endsTransaction: true,
      };
    case 'snapshot-too-old':
      return { error: sqlErrors.gcTooEarly(error.message), endsTransaction: false };
    case 'schema-changed':
      return { error: sqlErrors.informationSchemaChanged(), endsTransaction: true };
    case 'disk-full':
      return { error: sqlErrors.diskFull('data'), endsTransaction: true };
    case 'undetermined':
      return { error: sqlErrors.errorDuringCommit(149, 'the outcome is undetermined'), endsTransaction: true };
    case 'unavailable':
      return { error: sqlErrors.getErrno(168, error.message), endsTransaction: true };
  }
}
