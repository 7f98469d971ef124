/**
 * The schema at one version: immutable, shared by all statements bound to it. Database and table names are compared
 * byte by byte (lower_case_table_names = 0), except those of virtual schemas, which MySQL compares case-insensitively.
 */

import type { Ts } from '../../base/index.ts';
import type { DatabaseInfo, ForeignKeyInfo, TableInfo } from '../../engine/index.ts';
import type { VirtualSchema, VirtualTable } from './virtual-schema.ts';

export interface CatalogDatabase {
  readonly info: DatabaseInfo;
  readonly tables: ReadonlyMap<string, TableInfo>;
}

/** A foreign key seen from the table it refers to. */
export interface ReferencingKey {
  readonly database: string;
  readonly table: TableInfo;
  readonly foreignKey: ForeignKeyInfo;
}

export class CatalogSnapshot {
  readonly version: number;
  /** The commit of this version, or a time after it at which it was seen: data at and above it may be in its form. */
  readonly since: Ts;
  readonly databases: ReadonlyMap<string, CatalogDatabase>;
  readonly virtualSchemas: ReadonlyMap<string, VirtualSchema>;
  #referencing: Map<string, ReferencingKey[]> | undefined;
  #byId: Map<number, TableInfo> | undefined;

  /** `virtualSchemas` by lower-case name. */
  constructor(
    version: number,
    since: Ts,
    databases: ReadonlyMap<string, CatalogDatabase>,
    virtualSchemas: ReadonlyMap<string, VirtualSchema>,
  ) {
    this.version = version;
    this.since = since;
    this.databases = databases;
    this.virtualSchemas = virtualSchemas;
  }

  database(name: string): CatalogDatabase | undefined {
    return this.databases.get(name);
  }

  hasDatabase(name: string): boolean {
    return this.databases.has(name) || this.virtualSchemas.has(name.toLowerCase());
  }

  /** A stored table or view. */
  table(database: string, name: string): TableInfo | undefined {
    return this.databases.get(database)?.tables.get(name);
  }

  virtualTable(database: string, name: string): VirtualTable | undefined {
    return this.virtualSchemas.get(database.toLowerCase())?.tables.get(name.toLowerCase());
  }

  tableById(id: number): TableInfo | undefined {
    if (this.#byId === undefined) {
      this.#byId = new Map();
      for (const { tables } of this.databases.values())
        for (const table of tables.values()) this.#byId.set(table.id, table);
    }
    return this.#byId.get(id);
  }

  databaseOf(table: TableInfo): CatalogDatabase | undefined {
    for (const database of this.databases.values()) if (database.info.id === table.databaseId) return database;
    return undefined;
  }

  /** Foreign keys of other tables (and of itself) that refer to `database`.`table`. */
  referencing(database: string, table: string): readonly ReferencingKey[] {
    this.#referencing ??= this.#collectReferences();
    return this.#referencing.get(`${database}\0${table}`) ?? [];
  }

  #collectReferences(): Map<string, ReferencingKey[]> {
    const byTarget = new Map<string, ReferencingKey[]>();
    for (const database of this.databases.values()) {
      for (const table of database.tables.values()) {
        for (const foreignKey of table.foreignKeys) {
          const target = `${foreignKey.referencedDatabase}\0${foreignKey.referencedTable}`;
          const list = byTarget.get(target) ?? [];
          list.push({ database: database.info.name, table, foreignKey });
          byTarget.set(target, list);
        }
      }
    }
    return byTarget;
  }
}
