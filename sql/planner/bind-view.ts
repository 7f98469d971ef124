/** Views: their SELECT is parsed and bound where the view stands, with the view's own database as the current one. */

import { sqlErrors, type TableInfo } from '../../engine/index.ts';
import { parse } from '../parser/parse.ts';
import type { BindContext } from './bind-context.ts';
import { type BoundQuery, newBlock } from './block.ts';

/** Option of a view's TableInfo: the database that unqualified names in its text belong to. */
export const VIEW_DATABASE_OPTION = 'view_database';

export function bindView(context: BindContext, view: TableInfo, database: string): BoundQuery {
  const statement = parse(view.view?.select ?? '', {});
  if (statement.kind !== 'query') throw sqlErrors.viewInvalid(database, view.name);
  const currentDatabase = view.options[VIEW_DATABASE_OPTION] ?? database;
  try {
    return context.inDatabase(currentDatabase, () => context.bindQuery(statement, newBlock(undefined, undefined)));
  } catch (error) {
    if (isMissingName(error)) throw sqlErrors.viewInvalid(database, view.name);
    throw error;
  }
}

const MISSING: ReadonlySet<number> = new Set([1049, 1054, 1146]);

function isMissingName(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && MISSING.has(error.errno as number);
}
