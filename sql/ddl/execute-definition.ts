/** Runs definition statements. Each is one schema change; data that a change makes unreachable is destroyed behind it. */

import { sqlErrors } from '../../engine/index.ts';
import type { StatementOutcome } from '../session/session-context.ts';
import { alterTable } from './alter-table.ts';
import { createTableAsSelect, type RowCopier } from './create-table-select.ts';
import { alterDatabase, createDatabase, dropDatabase } from './database-statements.ts';
import type { DefinitionContext } from './definition-context.ts';
import { createIndex, dropIndex } from './index-statements.ts';
import type { SchemaChange } from './schema-changes.ts';
import { createTable, createTableLike, dropTables, renameTables, truncateTable } from './table-statements.ts';
import { createView } from './view-statements.ts';

/** Statements whose answer counts the rows they copied. */
const COUNTING: ReadonlySet<string> = new Set(['alter-table', 'create-index', 'drop-index']);

/** Answers the affected rows of the OK packet. */
export async function executeDefinition(
  statement: SchemaChange,
  context: DefinitionContext,
  copier: RowCopier,
): Promise<StatementOutcome> {
  const affectedRows = await run(statement, context, copier);
  const counts = COUNTING.has(statement.kind) || (statement.kind === 'create-table' && statement.as !== undefined);
  const info = counts ? `Records: ${affectedRows}  Duplicates: 0  Warnings: 0` : '';
  return { kind: 'ok', result: { affectedRows, lastInsertId: 0, warnings: 0, info } };
}

async function run(statement: SchemaChange, context: DefinitionContext, copier: RowCopier): Promise<number> {
  switch (statement.kind) {
    case 'create-database':
      return createDatabase(context, statement);
    case 'alter-database':
      return alterDatabase(context, statement);
    case 'drop-database':
      return dropDatabase(context, statement);
    case 'create-table':
      if (statement.temporary) throw sqlErrors.notSupportedYet('CREATE TEMPORARY TABLE');
      if (statement.as !== undefined) return createTableAsSelect(context, statement, statement.as, copier);
      await createTable(context, statement);
      return 0;
    case 'create-table-like':
      await createTableLike(context, statement);
      return 0;
    case 'alter-table':
      return alterTable(context, statement);
    case 'drop-table':
      if (statement.temporary && statement.ifExists) return 0;
      await dropTables(context, statement);
      return 0;
    case 'drop-view':
      await dropTables(context, statement);
      return 0;
    case 'rename-table':
      await renameTables(context, statement.renames);
      return 0;
    case 'truncate-table':
      await truncateTable(context, statement);
      return 0;
    case 'create-index':
      return createIndex(context, statement);
    case 'drop-index':
      return dropIndex(context, statement);
    case 'create-view':
      await createView(context, statement);
      return 0;
  }
}
