/** Which tables a definition statement must have to itself, and running it while it has them. */

import type { Catalog } from '../catalog/catalog.ts';
import type { TableName } from '../parser/ast.ts';
import type { StatementContext } from '../session/session-context.ts';
import type { SchemaChange } from './schema-changes.ts';

function namesOf(statement: SchemaChange): readonly TableName[] {
  switch (statement.kind) {
    case 'alter-table':
    case 'truncate-table':
    case 'create-index':
    case 'drop-index':
      return [statement.table];
    case 'drop-table':
      return statement.tables;
    case 'rename-table':
      return statement.renames.map(({ from }) => from);
    default:
      return [];
  }
}

function tableIds(statement: SchemaChange, catalog: Catalog, context: StatementContext): number[] {
  const snapshot = catalog.snapshot();
  if (statement.kind === 'drop-database') {
    return [...(snapshot.database(statement.name.name)?.tables.values() ?? [])].map(({ id }) => id);
  }
  return namesOf(statement).flatMap(({ schema, name }) => {
    const database = schema?.name ?? context.currentDatabase();
    const table = database === null ? undefined : snapshot.table(database, name.name);
    return table === undefined ? [] : [table.id];
  });
}

/**
 * Runs `change` once no transaction that wrote the statement's tables is left and keeps new ones waiting meanwhile.
 * Throws 1205 after lock_wait_timeout.
 */
export function withDefinitionLocks<T>(
  statement: SchemaChange,
  catalog: Catalog,
  context: StatementContext,
  change: () => Promise<T>,
): Promise<T> {
  const timeoutMs = Number(context.variable('lock_wait_timeout').value ?? 31_536_000) * 1000;
  return catalog.withTables(tableIds(statement, catalog, context), timeoutMs, change);
}
