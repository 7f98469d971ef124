/** The SQL layer over a storage, put together: catalogue, system tables, planner, accounts, sessions. */

import { Catalog } from '../catalog/catalog.ts';
import { SchemaSync } from '../catalog/schema-sync.ts';
import { SqlPlanner } from '../executor/sql-planner.ts';
import { createVirtualSchemas } from '../infoschema/virtual-schemas.ts';
import type { ServerContext } from './server-context.ts';
import { addressOf, openServerContext, type SessionLayerOptions, SqlSessionFactory } from './session-factory.ts';

export interface SqlLayer {
  readonly catalog: Catalog;
  readonly context: ServerContext;
  readonly sessions: SqlSessionFactory;
  /** Gives reserved ids back; the storage stays open. */
  close(): Promise<void>;
}

/** Reads catalogue, accounts and persisted variables; a new store gets the account root@localhost. */
export async function openSql(options: SessionLayerOptions): Promise<SqlLayer> {
  const { env, storage } = options;
  const sync = options.isShared === true ? new SchemaSync(env, storage, addressOf(options)) : undefined;
  const catalog = await Catalog.open(storage, { clock: env.clock, timers: env.timers, sync });
  const shared = { ...options, storage: catalog.storage };
  const context = await openServerContext(shared, () => new SqlPlanner(catalog), sync);
  for (const schema of createVirtualSchemas(context, () => catalog.snapshot())) catalog.registerVirtualSchema(schema);
  return { catalog, context, sessions: new SqlSessionFactory(context), close: () => catalog.close() };
}
