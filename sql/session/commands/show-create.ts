/** SHOW CREATE …, SHOW GRANTS. */

import { isPromise, type ValueOrPromise } from '../../../base/index.ts';
import { sqlErrors } from '../../../engine/index.ts';
import type { TableName } from '../../parser/ast.ts';
import type { AccountName } from '../../parser/ast-ddl.ts';
import type { ShowTarget } from '../../parser/ast-utility.ts';
import type { Account } from '../accounts/account-store.ts';
import { createUserText, grantTexts } from '../accounts/grants.ts';
import type { Answer, Session } from '../session.ts';
import type { CreateText } from '../statement-planner.ts';
import { resolveAccount } from './account-statements.ts';
import { answerRows, textColumn } from './rows.ts';
import { showFixed } from './show-fixed.ts';

const MAX_TEXT = 16_777_215;

/** What is neither goes on to `showFixed`. */
export function showCreate(session: Session, what: ShowTarget, answer: Answer): ValueOrPromise<void> {
  switch (what.kind) {
    case 'create table':
    case 'create view':
      return createTable(session, what.table, what.kind, answer);
    case 'create database':
      return createDatabase(session, what.database.name, what.ifNotExists, answer);
    case 'create user': {
      const account = requireAccount(session, what.account, (user, host) => {
        throw sqlErrors.cannotUser('SHOW CREATE USER', `'${user}'@'${host}'`);
      });
      const title = `CREATE USER for ${account.user}@${account.host}`;
      return answerRows(session, [textColumn(title, 1024)], [[createUserText(account)]], answer);
    }
    case 'grants': {
      const account = requireAccount(session, what.account, (user, host) => {
        throw sqlErrors.nonexistingGrant(user, host);
      });
      const title = `Grants for ${account.user}@${account.host}`;
      return answerRows(
        session,
        [textColumn(title, 1024)],
        grantTexts(account).map((text) => [text]),
        answer,
      );
    }
    case 'create procedure':
    case 'create function':
      throw sqlErrors.spDoesNotExist(what.kind.slice(7).toUpperCase(), what.name.name.name);
    case 'create trigger':
      throw sqlErrors.trgDoesNotExist();
    case 'create event':
      throw sqlErrors.eventDoesNotExist(what.name.name.name);
    default:
      return showFixed(session, what, answer);
  }
}

function requireAccount(
  session: Session,
  name: AccountName | undefined,
  missing: (user: string, host: string) => never,
): Account {
  const { user, host } = resolveAccount(session, name ?? { kind: 'current-user' });
  return session.server.accounts.get(user, host) ?? missing(user, host);
}

function createTable(
  session: Session,
  table: TableName,
  wanted: 'create table' | 'create view',
  answer: Answer,
): ValueOrPromise<void> {
  const database = table.schema?.name ?? session.state.database;
  if (database === null) throw sqlErrors.noDb();
  const text = session.server.planner.showCreateTable(database, table.name.name);
  const send = (create: CreateText): void => {
    if (create.kind === 'view') {
      sendView(session, table.name.name, create.text, answer);
      return;
    }
    if (wanted === 'create view') throw sqlErrors.wrongObject(database, table.name.name, 'VIEW');
    const columns = [textColumn('Table', 64), textColumn('Create Table', MAX_TEXT)];
    answerRows(session, columns, [[table.name.name, create.text]], answer);
  };
  return isPromise(text) ? text.then(send) : send(text);
}

function sendView(session: Session, name: string, text: string, answer: Answer): void {
  const columns = [
    textColumn('View', 64),
    textColumn('Create View', MAX_TEXT),
    textColumn('character_set_client', 32),
    textColumn('collation_connection', 64),
  ];
  answerRows(session, columns, [[name, text, 'utf8mb4', session.state.collationConnection.name]], answer);
}

function createDatabase(session: Session, name: string, ifNotExists: boolean, answer: Answer): void {
  const text = session.server.planner.showCreateDatabase(name, ifNotExists);
  const columns = [textColumn('Database', 64), textColumn('Create Database', 1024)];
  answerRows(session, columns, [[name, text]], answer);
}
