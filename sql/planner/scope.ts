/**
 * Name resolution. A scope is what one SELECT block sees of its FROM clause; scopes of enclosing blocks hang behind it.
 * Column names compare without regard to case, table aliases and database names with it.
 */

import type { FieldType } from '../../engine/index.ts';
import { sqlErrors } from '../../engine/index.ts';
import type { ColumnReference } from '../parser/ast.ts';

/** Where a result column comes from, for the protocol's metadata. */
export interface ColumnOrigin {
  readonly database: string;
  readonly table: string;
  readonly column: string;
  readonly flags: number;
}

export interface ScopeColumn {
  readonly uid: number;
  readonly type: FieldType;
  readonly name: string;
  readonly relation: Relation;
  readonly origin: ColumnOrigin | undefined;
  /** Not part of `*` (invisible columns, the hidden row id). */
  readonly hidden: boolean;
}

/** One table, view or derived table of a FROM clause. */
export interface Relation {
  readonly alias: string;
  /** Empty for derived tables and common table expressions. */
  readonly database: string;
}

/** MySQL's words for the part of a statement in its messages. */
export type ClauseName =
  | 'field list'
  | 'where clause'
  | 'on clause'
  | 'from clause'
  | 'group statement'
  | 'having clause'
  | 'order clause'
  | 'window partition by'
  | 'window order by';

/** The columns of a FROM clause (or of one side of a join). */
export class FromScope {
  readonly columns: readonly ScopeColumn[];
  /** What an unqualified name and `*` see, in order: NATURAL and USING joins show their common columns once, first. */
  readonly visible: readonly ScopeColumn[];
  readonly relations: readonly Relation[];

  constructor(columns: readonly ScopeColumn[], visible: readonly ScopeColumn[], relations: readonly Relation[]) {
    this.columns = columns;
    this.visible = visible;
    this.relations = relations;
  }

  static readonly empty = new FromScope([], [], []);

  static of(columns: readonly ScopeColumn[], relation: Relation): FromScope {
    return new FromScope(columns, columns, [relation]);
  }

  join(other: FromScope): FromScope {
    return new FromScope(
      [...this.columns, ...other.columns],
      [...this.visible, ...other.visible],
      [...this.relations, ...other.relations],
    );
  }

  /** The column a reference means; undefined when there is none, 1052 when there are several. */
  find(reference: ColumnReference, clause: ClauseName): ScopeColumn | undefined {
    const name = reference.name.name.toLowerCase();
    const table = reference.table?.name;
    const schema = reference.schema?.name;
    const candidates = table === undefined ? this.visible : this.columns;
    let found: ScopeColumn | undefined;
    for (const column of candidates) {
      if (column.name.toLowerCase() !== name) continue;
      if (table !== undefined && !matchesTable(column.relation, schema, table)) continue;
      if (found !== undefined && found.uid !== column.uid) throw sqlErrors.nonUniq(displayName(reference), clause);
      found ??= column;
    }
    return found;
  }

  /** The columns that `*` or `t.*` stands for; undefined for an unknown table. */
  expand(schema: string | undefined, table: string | undefined): readonly ScopeColumn[] | undefined {
    if (table === undefined) return this.visible.filter((column) => !column.hidden);
    if (!this.relations.some((relation) => matchesTable(relation, schema, table))) return undefined;
    return this.columns.filter((column) => !column.hidden && matchesTable(column.relation, schema, table));
  }
}

function matchesTable(relation: Relation, schema: string | undefined, table: string): boolean {
  return relation.alias === table && (schema === undefined || relation.database === schema);
}

export function displayName(reference: ColumnReference): string {
  const parts = [reference.schema?.name, reference.table?.name, reference.name.name];
  return parts.filter((part) => part !== undefined).join('.');
}
