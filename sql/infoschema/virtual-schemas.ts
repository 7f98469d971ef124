/** information_schema, performance_schema and mysql, put together: tables in MySQL's shape, rows from the providers. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { Datum, TableInfo } from '../../engine/index.ts';
import type { ServerContext } from '../session/server-context.ts';
import type { StatementContext } from '../session/session-context.ts';
import type { CatalogView } from './catalog-view.ts';
import { INFORMATION_SCHEMA_LINES } from './information-schema-lines.ts';
import { MYSQL_SCHEMA_LINES } from './mysql-schema-lines.ts';
import { performanceRows } from './performance-rows.ts';
import { PERFORMANCE_SCHEMA_LINES } from './performance-schema-lines.ts';
import { mysqlRows, privilegeRows } from './privilege-rows.ts';
import { regionRows } from './region-rows.ts';
import { schemaRows } from './schema-rows.ts';
import { serverRows } from './server-rows.ts';
import { parseTableLines } from './table-lines.ts';
import { orderedRows, type RowProvider, type RowProviders } from './virtual-rows.ts';

export interface ComputedTable {
  readonly info: TableInfo;
  rows(context: StatementContext): ValueOrPromise<Iterable<readonly Datum[]>>;
}

export interface ComputedSchema {
  readonly name: string;
  /** By lower-case table name. */
  readonly tables: ReadonlyMap<string, ComputedTable>;
}

const NO_ROWS: RowProvider = () => [];

const SCHEMAS: readonly (readonly [name: string, lines: string, providers: RowProviders])[] = [
  ['information_schema', INFORMATION_SCHEMA_LINES, { ...schemaRows, ...serverRows, ...privilegeRows, ...regionRows }],
  ['performance_schema', PERFORMANCE_SCHEMA_LINES, performanceRows],
  ['mysql', MYSQL_SCHEMA_LINES, mysqlRows],
];

/** `catalog` answers the newest schema each time it is asked. */
export function createVirtualSchemas(
  server: Omit<ServerContext, 'planner'>,
  catalog: () => CatalogView,
): readonly ComputedSchema[] {
  return SCHEMAS.map(([name, lines, providers], i) => ({
    name,
    tables: new Map(
      parseTableLines(lines, i).map((info): [string, ComputedTable] => {
        const key = info.name.toLowerCase();
        const provider = providers[key] ?? NO_ROWS;
        return [
          key,
          {
            info,
            rows: (statement) =>
              chain(provider({ server, catalog: catalog(), statement }), (records) => orderedRows(info, records)),
          },
        ];
      }),
    ),
  }));
}
