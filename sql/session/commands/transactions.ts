/** BEGIN, COMMIT, ROLLBACK, savepoints, SET TRANSACTION. */

import { chain, isPromise, type ValueOrPromise } from '../../../base/index.ts';
import { TransactionError } from '../../../tikv-lite/index.ts';
import type { Expression } from '../../parser/ast.ts';
import type { EndTransaction, SavepointStatement, SetTransaction, StartTransaction } from '../../parser/ast-utility.ts';
import { timestampOf } from '../past-reads.ts';
import type { Answer, Session } from '../session.ts';
import type { IsolationLevel, TransactionCharacteristics } from '../transaction-control.ts';
import { transactionFailure } from '../transaction-errors.ts';
import { assignSystemVariable } from './set-variable.ts';

/** What MySQL's storage engine calls something it cannot do. */
const HA_ERR_UNSUPPORTED = 138;

export function startTransaction(
  session: Session,
  statement: StartTransaction,
  source: Buffer,
  answer: Answer,
): ValueOrPromise<void> {
  if (statement.asOf !== undefined) return startInPast(session, statement.asOf, source, answer);
  return chain(commit(session), () => {
    const started = session.transaction.start({
      readOnly: statement.access === undefined ? undefined : statement.access === 'read only',
      snapshot: statement.consistentSnapshot,
    });
    return chain(started, () => {
      if (statement.consistentSnapshot) warnOfIgnoredSnapshot(session);
      session.ok(answer);
    });
  });
}

function warnOfIgnoredSnapshot(session: Session): void {
  if (session.transaction.characteristics().isolation === 'REPEATABLE-READ') return;
  session.state.warn({
    level: 'Warning',
    errno: HA_ERR_UNSUPPORTED,
    message:
      'InnoDB: WITH CONSISTENT SNAPSHOT was ignored because this phrase can only be used with REPEATABLE READ isolation level.',
  });
}

/** START TRANSACTION READ ONLY AS OF TIMESTAMP: everything in it reads as of that time. */
async function startInPast(session: Session, time: Expression, source: Buffer, answer: Answer): Promise<void> {
  const asOf = await timestampOf(session, time, source);
  await commit(session);
  await session.transaction.start({ readOnly: true, snapshot: false, asOf });
  session.ok(answer);
}

/** Commits what is open; a failure comes as MySQL reports it. */
function commit(session: Session): ValueOrPromise<void> {
  const rethrow = (error: unknown): never => {
    throw error instanceof TransactionError ? transactionFailure(error, true).error : error;
  };
  try {
    const done = session.transaction.commit();
    return isPromise(done) ? done.catch(rethrow) : done;
  } catch (error) {
    return rethrow(error);
  }
}

export function endTransaction(session: Session, statement: EndTransaction, answer: Answer): ValueOrPromise<void> {
  const { transaction } = session;
  const completion = session.state.variables.getByName('completion_type');
  const isChained = statement.chain ?? completion === 'CHAIN';
  const release = statement.release ?? completion === 'RELEASE';
  const previous = isChained ? transaction.characteristics() : undefined;
  const done = statement.kind === 'commit' ? commit(session) : transaction.rollback();
  transaction.forgetNext();
  const finish = (): void => afterEnd(session, previous, release && !isChained, answer);
  return isPromise(done) ? done.then(finish) : finish();
}

function afterEnd(
  session: Session,
  previous: TransactionCharacteristics | undefined,
  release: boolean,
  answer: Answer,
): void {
  if (previous !== undefined) session.transaction.startLike(previous);
  session.ok(answer);
  if (release) session.control.disconnect();
}

export function runSavepoint(session: Session, statement: SavepointStatement, answer: Answer): void {
  const { transaction } = session;
  const { name } = statement.name;
  if (statement.kind === 'savepoint') transaction.savepoint(name);
  else if (statement.kind === 'rollback-to-savepoint') transaction.rollbackToSavepoint(name);
  else transaction.releaseSavepoint(name);
  session.ok(answer);
}

/** SET TRANSACTION: without a scope for the next transaction, else through the variables. */
export async function setTransaction(
  session: Session,
  statement: SetTransaction,
  source: Buffer,
  answer: Answer,
): Promise<void> {
  const asOf = statement.asOf === undefined ? undefined : await timestampOf(session, statement.asOf, source);
  const isolation = statement.isolation?.replace(' ', '-').toUpperCase() as IsolationLevel | undefined;
  const readOnly = statement.access === undefined ? undefined : statement.access === 'read only';
  if (statement.scope === undefined) {
    const characteristics = {
      ...(isolation === undefined ? {} : { isolation }),
      ...(readOnly === undefined ? {} : { readOnly }),
    };
    session.transaction.setNext(characteristics, asOf);
    session.ok(answer);
    return;
  }
  if (isolation !== undefined) {
    await assignSystemVariable(session, statement.scope, 'transaction_isolation', isolation);
  }
  if (readOnly !== undefined) {
    await assignSystemVariable(session, statement.scope, 'transaction_read_only', readOnly ? 1 : 0);
  }
  session.ok(answer);
}
