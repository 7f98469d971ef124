/** FLUSH, RESET, KILL, and the table maintenance that a store without files has nothing to do for. */

import { type Datum, fieldTypes, sqlErrors } from '../../../engine/index.ts';
import type { TableName } from '../../parser/ast.ts';
import type {
  AnalyzeTable,
  FlushStatement,
  KillStatement,
  ResetStatement,
  TableMaintenance,
} from '../../parser/ast-utility.ts';
import type { ResultColumn } from '../../server/session-port.ts';
import type { Answer, Session } from '../session.ts';
import { integerOf } from './dynamic-statements.ts';
import { literalValue } from './literal-value.ts';
import { answerRows, textColumn } from './rows.ts';

export async function runKill(
  session: Session,
  statement: KillStatement,
  source: Buffer,
  answer: Answer,
): Promise<void> {
  const { id } = statement;
  const value = literalValue(session, id) ?? (await session.evaluate(source.toString('utf8', id.start, id.end)));
  const connectionId = integerOf(value) ?? 0;
  const { processes, gateways } = session.server;
  const target = processes.find(connectionId);
  if (target !== undefined) target.kill(statement.target);
  else if (gateways !== undefined) await gateways.kill(connectionId, statement.target);
  else throw sqlErrors.noSuchThread(connectionId);
  if (target === session && statement.target === 'query') session.checkKilled();
  session.ok(answer);
}

export async function runFlush(session: Session, statement: FlushStatement, answer: Answer): Promise<void> {
  await session.transaction.commit();
  if (statement.targets.includes('privileges')) await session.server.accounts.reload();
  session.ok(answer);
}

export async function runReset(session: Session, statement: ResetStatement, answer: Answer): Promise<void> {
  const [what, name] = statement.target.split(/\s+/);
  if (what !== 'persist') throw sqlErrors.notSupportedYet(`RESET ${statement.target.toUpperCase()}`);
  await session.server.persisted.reset(name === '' ? undefined : name);
  session.ok(answer);
}

const MAINTENANCE_COLUMNS: readonly ResultColumn[] = ['Table', 'Op', 'Msg_type', 'Msg_text'].map((name) =>
  textColumn(name, 128),
);

const CHECKSUM_COLUMNS: readonly ResultColumn[] = [
  textColumn('Table', 128),
  { ...textColumn('Checksum', 0), type: fieldTypes.bigint() },
];

function maintenanceText(operation: string): readonly (readonly [type: string, text: string])[] {
  if (operation === 'optimize') {
    return [
      ['note', 'Table does not support optimize, doing recreate + analyze instead'],
      ['status', 'OK'],
    ];
  }
  if (operation === 'repair') return [['note', "The storage engine for the table doesn't support repair"]];
  return [['status', 'OK']];
}

export async function runMaintenance(
  session: Session,
  statement: TableMaintenance | AnalyzeTable,
  answer: Answer,
): Promise<void> {
  await session.transaction.commit();
  const operation = statement.kind === 'analyze-table' ? 'analyze' : statement.operation;
  const rows: Datum[][] = [];
  for (const table of statement.tables) {
    const name = qualifiedName(session, table);
    const missing = !(await exists(session, table));
    if (operation === 'checksum') rows.push([name, null]);
    else if (missing)
      rows.push(
        [name, operation, 'Error', `Table '${name}' doesn't exist`],
        [name, operation, 'status', 'Operation failed'],
      );
    else for (const [type, text] of maintenanceText(operation)) rows.push([name, operation, type, text]);
  }
  answerRows(session, operation === 'checksum' ? CHECKSUM_COLUMNS : MAINTENANCE_COLUMNS, rows, answer);
}

function qualifiedName(session: Session, table: TableName): string {
  const schema = table.schema?.name ?? session.state.database;
  if (schema === null) throw sqlErrors.noDb();
  return `${schema}.${table.name.name}`;
}

async function exists(session: Session, table: TableName): Promise<boolean> {
  try {
    session.server.planner.fieldList(table.schema?.name ?? session.state.database, table.name.name);
    return true;
  } catch {
    return false;
  }
}
