/** The SQL layer of one process over a storage: catalog, planner, virtual schemas, sessions. */

import type { Env } from '../base/index.ts';
import type { Datum } from '../engine/index.ts';
import type { Storage } from '../tikv-lite/index.ts';
import { Catalog } from './catalog/catalog.ts';
import { SqlPlanner } from './executor/sql-planner.ts';
import { createVirtualSchemas } from './infoschema/virtual-schemas.ts';
import { openServerContext, SqlSessionFactory } from './session/session-factory.ts';

export interface SqlLayerOptions {
  readonly env: Env;
  readonly storage: Storage;
  /** Follows `8.0.44-Shoal-` in VERSION(). */
  readonly version: string;
  /** IANA name of the zone that SYSTEM stands for. */
  readonly systemTimeZone: string;
  /** Values of this server that only its composer knows: port, datadir, max_connections … */
  readonly variables: Readonly<Record<string, Datum>>;
}

export interface SqlLayer {
  readonly sessions: SqlSessionFactory;
  readonly catalog: Catalog;
  /** Gives reserved ids back; the storage belongs to the caller. */
  close(): Promise<void>;
}

export async function openSqlLayer(options: SqlLayerOptions): Promise<SqlLayer> {
  const catalog = await Catalog.open(options.storage);
  const context = await openServerContext(options, (shared) => {
    for (const schema of createVirtualSchemas(shared, () => catalog.snapshot())) catalog.registerVirtualSchema(schema);
    return new SqlPlanner(catalog);
  });
  return { sessions: new SqlSessionFactory(context), catalog, close: () => catalog.close() };
}
