/** Statements that need no plan, each by its own file. */

import type { ValueOrPromise } from '../../../base/index.ts';
import { sqlErrors } from '../../../engine/index.ts';
import type { Statement } from '../../parser/statement.ts';
import type { Answer, Session } from '../session.ts';
import { runAccountStatement } from './account-statements.ts';
import { runDo, runExecute, runPrepare } from './dynamic-statements.ts';
import { runLoadData } from './load-data.ts';
import { runFlush, runKill, runMaintenance, runReset } from './maintenance.ts';
import { runSet } from './set.ts';
import { runDescribe, runShow } from './show.ts';
import { runSplit } from './split.ts';
import { endTransaction, runSavepoint, setTransaction, startTransaction } from './transactions.ts';
import { runXa } from './xa.ts';

/** Throws SqlError; answers through `answer` otherwise. */
export function runCommand(
  session: Session,
  statement: Statement,
  source: Buffer,
  answer: Answer,
): ValueOrPromise<void> {
  switch (statement.kind) {
    case 'start-transaction':
      return startTransaction(session, statement, source, answer);
    case 'commit':
    case 'rollback':
      return endTransaction(session, statement, answer);
    case 'savepoint':
    case 'rollback-to-savepoint':
    case 'release-savepoint':
      return runSavepoint(session, statement, answer);
    case 'set-transaction':
      return setTransaction(session, statement, source, answer);
    case 'set':
      return runSet(session, statement, source, answer);
    case 'show':
      return runShow(session, statement, source, answer);
    case 'describe-table':
      return runDescribe(session, statement, answer);
    case 'use':
      session.useDatabase(statement.database.name);
      return session.ok(answer);
    case 'do':
      return runDo(session, statement, source, answer);
    case 'prepare':
      return runPrepare(session, statement, answer);
    case 'execute':
      return runExecute(session, statement, answer);
    case 'deallocate':
      session.prepared.deleteNamed(statement.name.name);
      return session.ok(answer);
    case 'split':
      return runSplit(session, statement, source, answer);
    case 'kill':
      return runKill(session, statement, source, answer);
    default:
      return runRareCommand(session, statement, answer);
  }
}

function runRareCommand(session: Session, statement: Statement, answer: Answer): ValueOrPromise<void> {
  switch (statement.kind) {
    case 'load-data':
      return runLoadData(session, statement, answer);
    case 'xa':
      return runXa(session, statement, answer);
    case 'lock-tables':
      session.hasLockedTables = true;
      return commitAndAnswer(session, answer);
    case 'unlock-tables':
      return unlockTables(session, answer);
    case 'lock-instance':
    case 'unlock-instance':
      return session.ok(answer);
    case 'flush':
      return runFlush(session, statement, answer);
    case 'reset':
      return runReset(session, statement, answer);
    case 'table-maintenance':
    case 'analyze-table':
      return runMaintenance(session, statement, answer);
    case 'help':
      return session.runText("SELECT '' AS name, '' AS description, '' AS example LIMIT 0", answer);
    case 'set-resource-group':
    case 'purge-binary-logs':
      return session.ok(answer);
    case 'call':
      throw sqlErrors.spDoesNotExist('PROCEDURE', programName(session, statement.procedure));
    case 'drop-program':
      return dropProgram(session, statement, answer);
    case 'create-user':
    case 'alter-user':
    case 'drop-user':
    case 'rename-user':
    case 'create-role':
    case 'drop-role':
    case 'grant':
    case 'revoke':
    case 'grant-roles':
    case 'revoke-roles':
    case 'grant-proxy':
    case 'revoke-proxy':
    case 'set-password':
    case 'set-role':
    case 'set-default-role':
      return runAccountStatement(session, statement, answer);
    case 'other':
      throw sqlErrors.notSupportedYet(statement.command);
    default:
      throw sqlErrors.notSupportedYet(statement.kind.replaceAll('-', ' ').toUpperCase());
  }
}

/** Commits only what LOCK TABLES began: dump tools send it inside their snapshot. */
function unlockTables(session: Session, answer: Answer): ValueOrPromise<void> {
  if (!session.hasLockedTables) return session.ok(answer);
  session.hasLockedTables = false;
  return commitAndAnswer(session, answer);
}

async function commitAndAnswer(session: Session, answer: Answer): Promise<void> {
  await session.transaction.commit();
  session.ok(answer);
}

function programName(
  session: Session,
  name: { readonly schema: { readonly name: string } | undefined; readonly name: { readonly name: string } },
): string {
  return `${name.schema?.name ?? session.state.database ?? ''}.${name.name.name}`;
}

/** There are no stored programs to drop. */
function dropProgram(session: Session, statement: Statement & { readonly kind: 'drop-program' }, answer: Answer): void {
  const name = programName(session, statement.name);
  const error = sqlErrors.spDoesNotExist(statement.type.toUpperCase(), name);
  if (!statement.ifExists) throw error;
  session.state.warn({ level: 'Note', errno: error.errno, message: error.message });
  session.ok(answer);
}
