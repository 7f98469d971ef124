/**
 * XA statements inside one session: START … END … PREPARE … COMMIT. A prepared branch lives in its session and ends with
 * it; branches that survive a disconnect are not offered, so RECOVER shows the session's own only.
 */

import { type Datum, fieldTypes, sqlErrors } from '../../../engine/index.ts';
import type { XaStatement } from '../../parser/ast-utility.ts';
import type { Answer, Session } from '../session.ts';
import { answerRows, resultColumn, textColumn } from './rows.ts';

type Phase = 'active' | 'idle' | 'prepared';

interface Branch {
  readonly id: string;
  readonly xid: NonNullable<XaStatement['xid']>;
  phase: Phase;
}

const branches = new WeakMap<Session, Branch>();

const RECOVER_COLUMNS = [
  resultColumn('formatID', fieldTypes.bigint()),
  resultColumn('gtrid_length', fieldTypes.bigint()),
  resultColumn('bqual_length', fieldTypes.bigint()),
  textColumn('data', 128),
];

export async function runXa(session: Session, statement: XaStatement, answer: Answer): Promise<void> {
  const branch = branches.get(session);
  if (statement.action === 'recover') {
    answerRows(session, RECOVER_COLUMNS, branch?.phase === 'prepared' ? [recoverRow(branch)] : [], answer);
    return;
  }
  const { xid } = statement;
  if (xid === undefined) throw sqlErrors.xaerInval();
  const id = `${xid.formatId}:${xid.gtrid}:${xid.bqual}`;
  if (statement.action === 'start') await start(session, { id, xid, phase: 'active' });
  else await advance(session, statement, requireBranch(branch, id));
  session.ok(answer);
}

async function start(session: Session, branch: Branch): Promise<void> {
  if (branches.has(session)) throw sqlErrors.xaerRmfail('ACTIVE');
  if (session.transaction.inTransaction) throw sqlErrors.xaerOutside();
  await session.transaction.start({ snapshot: false });
  branches.set(session, branch);
}

function requireBranch(branch: Branch | undefined, id: string): Branch {
  if (branch === undefined || branch.id !== id) throw sqlErrors.xaerNota();
  return branch;
}

async function advance(session: Session, statement: XaStatement, branch: Branch): Promise<void> {
  const { action } = statement;
  const onePhase = statement.option === 'one phase';
  const needed: Phase | undefined =
    action === 'end'
      ? 'active'
      : action === 'prepare' || onePhase
        ? 'idle'
        : action === 'commit'
          ? 'prepared'
          : undefined;
  if (needed !== undefined && branch.phase !== needed) throw sqlErrors.xaerRmfail(branch.phase.toUpperCase());
  if (action === 'end') branch.phase = 'idle';
  else if (action === 'prepare') branch.phase = 'prepared';
  else {
    branches.delete(session);
    if (action === 'commit') await session.transaction.commit();
    else await session.transaction.rollback();
  }
}

function recoverRow({ xid }: Branch): Datum[] {
  return [xid.formatId, xid.gtrid.length, xid.bqual.length, xid.gtrid + xid.bqual];
}
