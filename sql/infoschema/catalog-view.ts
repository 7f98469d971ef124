/** The part of the catalogue that the virtual schemas describe; `sql/catalog` provides it. */

import type { DatabaseInfo, TableInfo } from '../../engine/index.ts';

export interface CatalogView {
  readonly databases: ReadonlyMap<
    string,
    { readonly info: DatabaseInfo; readonly tables: ReadonlyMap<string, TableInfo> }
  >;
  readonly virtualSchemas: ReadonlyMap<
    string,
    { readonly name: string; readonly tables: ReadonlyMap<string, { readonly info: TableInfo }> }
  >;
}
