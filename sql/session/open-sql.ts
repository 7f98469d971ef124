/** The SQL layer over a storage, put together: catalogue, system tables, planner, accounts, sessions. */

import { Catalog } from '../catalog/catalog.ts';
import { SqlPlanner } from '../executor/sql-planner.ts';
import { createVirtualSchemas } from '../infoschema/virtual-schemas.ts';
import type { ServerContext } from './server-context.ts';
import { openServerContext, type SessionLayerOptions, SqlSessionFactory } from './session-factory.ts';

export interface SqlLayer {
  readonly catalog: Catalog;
  readonly context: ServerContext;
  readonly sessions: SqlSessionFactory;
  /** Gives reserved ids back; the storage stays open. */
  close(): Promise<void>;
}

/** Reads catalogue, accounts and persisted variables; a new store gets the account root@localhost. */
export async function openSql(options: SessionLayerOptions): Promise<SqlLayer> {
  const catalog = await Catalog.open(options.storage, options.env);
  const context = await openServerContext(options, () => new SqlPlanner(catalog));
  for (const schema of createVirtualSchemas(context, () => catalog.snapshot())) catalog.registerVirtualSchema(schema);
  return { catalog, context, sessions: new SqlSessionFactory(context), close: () => catalog.close() };
}
