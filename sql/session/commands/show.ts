/**
 * SHOW and DESCRIBE. What information_schema holds is asked from there, as MySQL 8 does: the statement becomes a SELECT
 * with MySQL's column titles, filtered by LIKE on its first column or by the WHERE as written.
 */

import type { ValueOrPromise } from '../../../base/index.ts';
import { sqlErrors } from '../../../engine/index.ts';
import type { TableName } from '../../parser/ast.ts';
import type { DescribeTable, ShowFilter, ShowStatement, ShowTarget } from '../../parser/ast-utility.ts';
import type { Answer, Session } from '../session.ts';
import { showCreate } from './show-create.ts';
import { SHOW_QUERIES } from './show-queries.ts';
import { showTableRegions } from './show-regions.ts';

/** A string literal that reads the same under every sql_mode. */
export function quoteText(session: Session, text: string): string {
  const doubled = text.replaceAll("'", "''");
  return `'${session.state.sqlMode.noBackslashEscapes ? doubled : doubled.replaceAll('\\', '\\\\')}'`;
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Text behind FROM (…): LIKE speaks of the first column. */
function condition(session: Session, filter: ShowFilter | undefined, firstColumn: string, source: Buffer): string {
  if (filter === undefined) return '';
  if (filter.kind === 'like') return ` WHERE ${quoteName(firstColumn)} LIKE ${quoteText(session, filter.pattern)}`;
  return ` WHERE ${source.toString('utf8', filter.condition.start, filter.condition.end)}`;
}

export function runShow(
  session: Session,
  statement: ShowStatement,
  source: Buffer,
  answer: Answer,
): ValueOrPromise<void> {
  if (statement.what.kind === 'table regions') {
    const where = condition(session, statement.filter, 'REGION_ID', source);
    return showTableRegions(session, statement.what, where, answer);
  }
  const query = queryOf(session, statement.what, statement.filter);
  if (query === undefined) return showCreate(session, statement.what, answer);
  const where = condition(session, statement.filter, query.firstColumn, source);
  const text = where === '' ? query.text : `SELECT * FROM (${query.text}) AS shown${where}`;
  return session.runText(text, answer);
}

interface ShowQuery {
  readonly text: string;
  /** Title of the first column, which LIKE filters. */
  readonly firstColumn: string;
}

function queryOf(session: Session, what: ShowTarget, filter: ShowFilter | undefined): ShowQuery | undefined {
  switch (what.kind) {
    case 'databases': {
      const title = titled('Database', filter);
      return { firstColumn: title, text: `SELECT SCHEMA_NAME AS ${quoteName(title)} FROM information_schema.SCHEMATA` };
    }
    case 'tables':
      return tablesQuery(session, what, filter);
    case 'columns':
      return columnsQuery(session, what.table, what.full);
    case 'index':
      return inTable(session, what.table, 'index', 'Table');
    case 'table status':
    case 'triggers':
    case 'events':
      return inDatabase(session, what.database?.name, what.kind);
    case 'variables':
    case 'status': {
      const scope = what.scope === 'global' ? 'global' : 'session';
      return {
        firstColumn: 'Variable_name',
        text: `SELECT VARIABLE_NAME AS Variable_name, VARIABLE_VALUE AS Value FROM performance_schema.${scope}_${what.kind}`,
      };
    }
    case 'processlist':
      return processListQuery(what.full);
    case 'character set':
    case 'collation':
    case 'engines':
    case 'plugins':
    case 'procedure status':
    case 'function status':
      return SHOW_QUERIES[what.kind];
    default:
      return undefined;
  }
}

/** With LIKE the pattern is part of the title. */
function titled(title: string, filter: ShowFilter | undefined): string {
  return filter?.kind === 'like' ? `${title} (${filter.pattern})` : title;
}

function requireDatabase(session: Session, given: string | undefined): string {
  const name = given ?? session.state.database;
  if (name === null) throw sqlErrors.noDb();
  if (!session.server.planner.hasDatabase(name)) throw sqlErrors.badDb(name);
  return name;
}

function tablesQuery(
  session: Session,
  what: ShowTarget & { readonly kind: 'tables' },
  filter: ShowFilter | undefined,
): ShowQuery {
  const database = requireDatabase(session, what.database?.name);
  const title = titled(`Tables_in_${database}`, filter);
  const type = what.full ? ', TABLE_TYPE AS Table_type' : '';
  return {
    firstColumn: title,
    text:
      `SELECT TABLE_NAME AS ${quoteName(title)}${type} FROM information_schema.TABLES ` +
      `WHERE TABLE_SCHEMA = ${quoteText(session, database)}`,
  };
}

function inDatabase(
  session: Session,
  given: string | undefined,
  kind: 'table status' | 'triggers' | 'events',
): ShowQuery {
  const database = requireDatabase(session, given);
  const { text, firstColumn, schemaColumn } = SHOW_QUERIES[kind];
  return { firstColumn, text: `${text} WHERE ${schemaColumn} = ${quoteText(session, database)}` };
}

/** Throws 1146 for a table that does not exist. */
function inTable(session: Session, table: TableName, kind: 'index', firstColumn: string): ShowQuery {
  const database = requireDatabase(session, table.schema?.name);
  session.server.planner.fieldList(database, table.name.name);
  const where = `TABLE_SCHEMA = ${quoteText(session, database)} AND TABLE_NAME = ${quoteText(session, table.name.name)}`;
  return { firstColumn, text: `${SHOW_QUERIES[kind].text} WHERE ${where}` };
}

function columnsQuery(session: Session, table: TableName, full: boolean): ShowQuery {
  const database = requireDatabase(session, table.schema?.name);
  session.server.planner.fieldList(database, table.name.name);
  const collation = full ? 'COLLATION_NAME AS `Collation`, ' : '';
  const rest = full ? ', PRIVILEGES AS `Privileges`, COLUMN_COMMENT AS `Comment`' : '';
  return {
    firstColumn: 'Field',
    text:
      `SELECT COLUMN_NAME AS \`Field\`, COLUMN_TYPE AS \`Type\`, ${collation}IS_NULLABLE AS \`Null\`, ` +
      `COLUMN_KEY AS \`Key\`, COLUMN_DEFAULT AS \`Default\`, EXTRA AS \`Extra\`${rest} ` +
      `FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${quoteText(session, database)} ` +
      `AND TABLE_NAME = ${quoteText(session, table.name.name)}`,
  };
}

function processListQuery(full: boolean): ShowQuery {
  const info = full ? 'INFO' : 'LEFT(INFO, 100)';
  return {
    firstColumn: 'Id',
    text:
      'SELECT ID AS `Id`, USER AS `User`, HOST AS `Host`, DB AS `db`, COMMAND AS `Command`, TIME AS `Time`, ' +
      `STATE AS \`State\`, ${info} AS \`Info\` FROM information_schema.PROCESSLIST`,
  };
}

export function runDescribe(session: Session, statement: DescribeTable, answer: Answer): ValueOrPromise<void> {
  const { text } = columnsQuery(session, statement.table, false);
  const { column } = statement;
  const like = column === undefined ? '' : ` AND COLUMN_NAME LIKE ${quoteText(session, column)}`;
  return session.runText(`${text}${like}`, answer);
}
