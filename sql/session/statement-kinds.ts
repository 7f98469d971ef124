/** What the session needs to know of a statement before anybody runs it. */

import { isSchemaChange } from '../ddl/schema-changes.ts';
import type { Statement } from '../parser/statement.ts';
import type { StatementKind } from './statement-run.ts';

/** Statements that planner and executor run. */
export function isPlanned(statement: Statement): boolean {
  switch (statement.kind) {
    case 'query':
    case 'insert':
    case 'update':
    case 'delete':
    case 'explain':
      return true;
    default:
      return isSchemaChange(statement);
  }
}

export function statementKindOf(statement: Statement): StatementKind {
  switch (statement.kind) {
    case 'query':
      return 'select';
    case 'insert':
    case 'update':
    case 'delete':
      return statement.kind;
    default:
      return 'other';
  }
}

/** INSERT IGNORE and its like. */
export function isIgnore(statement: Statement): boolean {
  return 'ignore' in statement && statement.ignore === true;
}

/** Statements that speak about the statement before them and therefore keep its warnings. */
export function isDiagnostics(statement: Statement): boolean {
  if (statement.kind === 'get-diagnostics') return true;
  if (statement.kind !== 'show') return false;
  const { kind } = statement.what;
  return kind === 'warnings' || kind === 'errors' || kind === 'warning count' || kind === 'error count';
}

/** Whether a query, or a subquery of it, locks rows (FOR UPDATE, FOR SHARE): then all of it reads the newest data. */
export function locksRows(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(locksRows);
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return false;
  if ('locking' in node && Array.isArray(node.locking) && node.locking.length > 0) return true;
  return Object.values(node).some(locksRows);
}
