/** Queries and data manipulation back to text; see `print-expression.ts` for what the text promises. */

import { assertNever } from '../../base/index.ts';
import type {
  Assignment,
  Delete,
  Expression,
  Hint,
  Identifier,
  Insert,
  IntoClause,
  JsonTableColumn,
  Limit,
  LockingClause,
  QueryBody,
  QueryExpression,
  Select,
  SelectItem,
  TableReference,
  Update,
  WithClause,
} from './ast.ts';
import {
  ExpressionPrinter,
  printDataType,
  printIdentifier,
  printTableName,
  quoteIdentifier,
  quoteString,
} from './print-expression.ts';

const expressions = new ExpressionPrinter(printQuery);

export function printExpression(expression: Expression): string {
  return expressions.print(expression);
}

export function printStatement(statement: QueryExpression | Insert | Update | Delete): string {
  switch (statement.kind) {
    case 'query':
      return printQuery(statement);
    case 'insert':
      return printInsert(statement);
    case 'update':
      return printUpdate(statement);
    case 'delete':
      return printDelete(statement);
    default:
      return assertNever(statement);
  }
}

/* ------------------------------------------------------------------ queries */

/** Select items without alias get their result name as alias, so that names survive. */
export function printQuery(query: QueryExpression): string {
  const withClause = printWith(query.with);
  const order = query.orderBy.length === 0 ? '' : ` order by ${expressions.order(query.orderBy)}`;
  const into = query.into === undefined ? '' : ` ${printInto(query.into)}`;
  const locking = query.locking.map(printLocking).join('');
  return `${withClause}${printBody(query.body)}${order}${printLimit(query.limit)}${locking}${into}`;
}

function printWith(clause: WithClause | undefined): string {
  if (clause === undefined) return '';
  const tables = clause.tables.map(
    (table) => `${printIdentifier(table.name)}${columnList(table.columns)} as (${printQuery(table.query)})`,
  );
  return `with ${clause.recursive ? 'recursive ' : ''}${tables.join(', ')} `;
}

function columnList(columns: readonly Identifier[]): string {
  return columns.length === 0 ? '' : ` (${columns.map(printIdentifier).join(', ')})`;
}

function printBody(body: QueryBody): string {
  switch (body.kind) {
    case 'select':
      return printSelect(body);
    case 'values':
      return `values ${body.rows.map((row) => `row(${expressions.list(row)})`).join(', ')}`;
    case 'table-query':
      return `table ${printTableName(body.table)}`;
    case 'query':
      return `(${printQuery(body)})`;
    case 'set-operation': {
      const operator = `${body.operator}${body.all ? ' all' : ''}`;
      return `${printOperand(body.left)} ${operator} ${printOperand(body.right)}`;
    }
    default:
      return assertNever(body);
  }
}

function printOperand(body: QueryBody): string {
  return body.kind === 'set-operation' ? `(${printBody(body)})` : printBody(body);
}

function printSelect(select: Select): string {
  const parts = ['select'];
  if (select.hints.length > 0) parts.push(printHints(select.hints));
  if (select.distinct) parts.push('distinct');
  if (select.straightJoin) parts.push('straight_join');
  if (select.calcFoundRows) parts.push('sql_calc_found_rows');
  parts.push(...select.options, select.items.map(printItem).join(', '));
  if (select.from.length > 0) parts.push(`from ${select.from.map(printReference).join(', ')}`);
  if (select.where !== undefined) parts.push(`where ${expressions.print(select.where)}`);
  if (select.groupBy !== undefined) {
    parts.push(`group by ${expressions.order(select.groupBy.items)}${select.groupBy.rollup ? ' with rollup' : ''}`);
  }
  if (select.having !== undefined) parts.push(`having ${expressions.print(select.having)}`);
  if (select.windows.length > 0) {
    const windows = select.windows.map(
      (window) => `${printIdentifier(window.name)} as ${expressions.windowSpecification(window.specification)}`,
    );
    parts.push(`window ${windows.join(', ')}`);
  }
  return parts.join(' ');
}

function printHints(hints: readonly Hint[]): string {
  return `/*+ ${hints.map((hint) => (hint.argument === '' ? hint.name : `${hint.name}(${hint.argument})`)).join(' ')} */`;
}

function printItem(item: SelectItem): string {
  if (item.kind === 'expression') return `${expressions.print(item.expression)} AS ${quoteIdentifier(item.name)}`;
  const prefix = [item.schema, item.table].filter((part) => part !== undefined).map(printIdentifier);
  return [...prefix, '*'].join('.');
}

/** Keeps the order of the two, which numbers `?` markers. */
function printLimit(limit: Limit | undefined): string {
  if (limit === undefined) return '';
  const count = expressions.print(limit.count);
  if (limit.offset === undefined) return ` limit ${count}`;
  const offset = expressions.print(limit.offset);
  return limit.offset.start < limit.count.start ? ` limit ${offset}, ${count}` : ` limit ${count} offset ${offset}`;
}

function printLocking(clause: LockingClause): string {
  if (clause.legacy) return ' lock in share mode';
  const tables = clause.tables.length === 0 ? '' : ` of ${clause.tables.map(printTableName).join(', ')}`;
  const wait = clause.wait === 'wait' ? '' : ` ${clause.wait}`;
  const seconds = clause.waitSeconds === undefined ? '' : ` wait ${clause.waitSeconds}`;
  return ` for ${clause.strength}${tables}${wait}${seconds}`;
}

function printInto(into: IntoClause): string {
  switch (into.kind) {
    case 'dumpfile':
      return `into dumpfile ${quoteString(into.file)}`;
    case 'variables':
      return `into ${into.targets
        .map((target) =>
          target.kind === 'user-variable' ? `@${quoteIdentifier(target.name)}` : printIdentifier(target.name),
        )
        .join(', ')}`;
    case 'outfile':
      return printOutfile(into);
    default:
      return assertNever(into);
  }
}

function printOutfile(into: Extract<IntoClause, { readonly kind: 'outfile' }>): string {
  const { format } = into;
  const parts = [`into outfile ${quoteString(into.file)}`];
  if (into.charset !== undefined) parts.push(`character set ${into.charset}`);
  const fields: string[] = [];
  if (format.fieldsTerminatedBy !== undefined) fields.push(`terminated by ${quoteString(format.fieldsTerminatedBy)}`);
  if (format.fieldsEnclosedBy !== undefined) {
    fields.push(
      `${format.fieldsOptionallyEnclosed ? 'optionally ' : ''}enclosed by ${quoteString(format.fieldsEnclosedBy)}`,
    );
  }
  if (format.fieldsEscapedBy !== undefined) fields.push(`escaped by ${quoteString(format.fieldsEscapedBy)}`);
  if (fields.length > 0) parts.push('fields', ...fields);
  const lines: string[] = [];
  if (format.linesStartingBy !== undefined) lines.push(`starting by ${quoteString(format.linesStartingBy)}`);
  if (format.linesTerminatedBy !== undefined) lines.push(`terminated by ${quoteString(format.linesTerminatedBy)}`);
  if (lines.length > 0) parts.push('lines', ...lines);
  return parts.join(' ');
}

/* ------------------------------------------------------------------ tables */

function printReference(reference: TableReference): string {
  switch (reference.kind) {
    case 'table': {
      const parts = [printTableName(reference.table)];
      if (reference.partitions.length > 0) parts.push(`partition${columnList(reference.partitions)}`);
      if (reference.asOf !== undefined) parts.push(`as of timestamp ${expressions.operand(reference.asOf)}`);
      if (reference.sample !== undefined) {
        const { method, percentage } = reference.sample;
        const value = percentage === undefined ? '' : expressions.print(percentage);
        parts.push(`tablesample ${method ?? ''}(${value})`);
      }
      if (reference.alias !== undefined) parts.push(printIdentifier(reference.alias));
      for (const hint of reference.indexHints) {
        const scope = hint.scope === undefined ? '' : ` for ${hint.scope}`;
        parts.push(`${hint.action} index${scope} (${hint.indexes.map(printIdentifier).join(', ')})`);
      }
      return parts.join(' ');
    }
    case 'derived-table': {
      const lateral = reference.lateral ? 'lateral ' : '';
      return `${lateral}(${printQuery(reference.query)}) ${printIdentifier(reference.alias)}${columnList(reference.columns)}`;
    }
    case 'json-table': {
      const columns = reference.columns.map(printJsonColumn).join(', ');
      const document = expressions.print(reference.document);
      return `json_table(${document}, ${quoteString(reference.path)} columns (${columns})) ${printIdentifier(reference.alias)}`;
    }
    case 'join':
      return printJoin(reference);
    default:
      return assertNever(reference);
  }
}

function printJoin(join: Extract<TableReference, { readonly kind: 'join' }>): string {
  const words = {
    inner: 'join',
    cross: 'cross join',
    left: 'left join',
    right: 'right join',
    straight: 'straight_join',
  };
  const operator = `${join.natural ? 'natural ' : ''}${words[join.type]}`;
  const on = join.on === undefined ? '' : ` on ${expressions.operand(join.on)}`;
  const using = join.using.length === 0 ? '' : ` using${columnList(join.using)}`;
  return `(${printReference(join.left)} ${operator} ${printReference(join.right)}${on}${using})`;
}

function printJsonColumn(column: JsonTableColumn): string {
  switch (column.kind) {
    case 'ordinality':
      return `${printIdentifier(column.name)} for ordinality`;
    case 'nested':
      return `nested path ${quoteString(column.path)} columns (${column.columns.map(printJsonColumn).join(', ')})`;
    case 'value':
    case 'exists': {
      const exists = column.kind === 'exists' ? ' exists' : '';
      const responses = expressions.responses(column.onEmpty, column.onError);
      return `${printIdentifier(column.name)} ${printDataType(column.type)}${exists} path ${quoteString(column.path)}${responses}`;
    }
    default:
      return assertNever(column);
  }
}

/* ------------------------------------------------------------------ data manipulation */

function printAssignments(assignments: readonly Assignment[]): string {
  return assignments
    .map((assignment) => `${expressions.column(assignment.column)} = ${expressions.print(assignment.value)}`)
    .join(', ');
}

function printInsert(insert: Insert): string {
  const parts: string[] = [insert.replace ? 'replace' : 'insert'];
  if (insert.hints.length > 0) parts.push(printHints(insert.hints));
  if (insert.priority !== undefined)
    parts.push(insert.priority === 'delayed' ? 'delayed' : `${insert.priority}_priority`);
  if (insert.ignore) parts.push('ignore');
  parts.push('into', printTableName(insert.table));
  if (insert.partitions.length > 0) parts.push(`partition${columnList(insert.partitions)}`);
  if (insert.columns !== undefined)
    parts.push(`(${insert.columns.map((column) => expressions.column(column)).join(', ')})`);
  if (insert.source.kind === 'query') parts.push(printQuery(insert.source.query));
  else parts.push(`values ${insert.source.rows.map((row) => `(${expressions.list(row)})`).join(', ')}`);
  if (insert.rowAlias !== undefined) {
    parts.push(`as ${printIdentifier(insert.rowAlias.name)}${columnList(insert.rowAlias.columns)}`);
  }
  if (insert.onDuplicateKeyUpdate.length > 0) {
    parts.push(`on duplicate key update ${printAssignments(insert.onDuplicateKeyUpdate)}`);
  }
  return parts.join(' ');
}

function printTail(statement: Update | Delete): string {
  const where = statement.where === undefined ? '' : ` where ${expressions.print(statement.where)}`;
  const order = statement.orderBy.length === 0 ? '' : ` order by ${expressions.order(statement.orderBy)}`;
  return `${where}${order}${printLimit(statement.limit)}`;
}

function printUpdate(update: Update): string {
  const parts = [`${printWith(update.with)}update`];
  if (update.hints.length > 0) parts.push(printHints(update.hints));
  if (update.lowPriority) parts.push('low_priority');
  if (update.ignore) parts.push('ignore');
  parts.push(update.tables.map(printReference).join(', '), 'set', printAssignments(update.assignments));
  return `${parts.join(' ')}${printTail(update)}`;
}

function printDelete(statement: Delete): string {
  const parts = [`${printWith(statement.with)}delete`];
  if (statement.hints.length > 0) parts.push(printHints(statement.hints));
  if (statement.lowPriority) parts.push('low_priority');
  if (statement.quick) parts.push('quick');
  if (statement.ignore) parts.push('ignore');
  if (statement.targets !== undefined) parts.push(statement.targets.map(printTableName).join(', '));
  parts.push('from', statement.from.map(printReference).join(', '));
  return `${parts.join(' ')}${printTail(statement)}`;
}
