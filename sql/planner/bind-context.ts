/**
 * What the binder shares over one statement: the schema it binds to, uid and parameter slot counters, and the subqueries
 * that are evaluated once, before the statement's own plan.
 */

import {
  type Collation,
  type Expression,
  type FieldType,
  fieldTypes,
  type ResolveOptions,
  resolveFunction,
  type SqlMode,
  type SqlWarning,
  sqlErrors,
  type TableInfo,
  type TypedValue,
} from '../../engine/index.ts';
import type { CatalogSnapshot } from '../catalog/catalog-snapshot.ts';
import type { QueryExpression } from '../parser/ast.ts';
import type { Block, BoundQuery } from './block.ts';
import type { LogicalPlan } from './logical-plan.ts';

/** Everything a plan depends on besides the statement; the plan cache's key covers it. */
export interface PlanEnvironment {
  readonly catalog: CatalogSnapshot;
  readonly currentDatabase: string | null;
  readonly sqlMode: SqlMode;
  readonly collationConnection: Collation;
  /** System variables that types depend on, and `@@x` and `@x` while their types are inferred. */
  variable(scope: 'session' | 'global' | undefined, name: string): TypedValue;
  userVariable(name: string): TypedValue;
  /** Types of `?` markers or of literal slots; undefined where unknown (PREPARE). */
  readonly parameterTypes: readonly (FieldType | undefined)[];
  /** The client counts found rows instead of changed ones (CLIENT_FOUND_ROWS). */
  readonly countFoundRows: boolean;
  /** The statement is a query of its own, whose tables may be read AS OF a timestamp; the session sees to it. */
  readonly mayReadPast?: boolean | undefined;
  /** Filters, partial aggregates and limits run on the stores where they can. */
  readonly pushDown?: boolean | undefined;
  /** Approximate number of rows of a table, undefined when nothing is known. */
  estimatedRows(tableId: number): number | undefined;
}

/** A subquery without free columns: computed once per execution, its value put into parameter `slot`. */
export interface InitialSubquery {
  readonly slot: number;
  readonly mode: 'scalar' | 'exists';
  readonly plan: LogicalPlan;
}

/** The recursive steps of binding, passed in so that the files of the binder form no cycle. */
export interface BinderSteps {
  query(context: BindContext, node: QueryExpression, block: Block): BoundQuery;
  view(context: BindContext, view: TableInfo, database: string): BoundQuery;
}

const MAX_SUBQUERY_DEPTH = 63;
const MAX_VIEW_DEPTH = 32;

export class BindContext {
  #environment: PlanEnvironment;
  readonly resolveOptions: ResolveOptions;
  readonly initialSubqueries: InitialSubquery[] = [];
  /** Literal slots whose value shaped the plan: it holds for these values only. */
  readonly fixedSlots = new Set<number>();
  readonly rowIdType: FieldType = { ...fieldTypes.bigint(), nullable: false };
  /** Warnings that the statement gives each time it runs. */
  readonly warnings: SqlWarning[] = [];
  /** Literals and markers that were met while binding. */
  readonly usedSlots = new Set<number>();
  /** Something outside the cache key shaped the plan. */
  isBoundToSession = false;
  readonly #steps: BinderSteps;
  #uid = 0;
  #slot: number;
  #depth = 0;
  #viewDepth = 0;

  constructor(environment: PlanEnvironment, steps: BinderSteps) {
    this.#environment = environment;
    this.#steps = steps;
    this.#slot = environment.parameterTypes.length;
    this.resolveOptions = {
      collationConnection: environment.collationConnection,
      sqlMode: environment.sqlMode,
      divPrecisionIncrement: Number(environment.variable('session', 'div_precision_increment').value ?? 4),
      database: environment.currentDatabase,
    };
  }

  get environment(): PlanEnvironment {
    return this.#environment;
  }

  /** Binds with another current database: the text of a view, none of whose literals are the statement's. */
  inDatabase<T>(currentDatabase: string, bind: () => T): T {
    const outer = this.#environment;
    this.#environment = { ...outer, currentDatabase };
    try {
      return bind();
    } finally {
      this.#environment = outer;
    }
  }

  /** False where the plan does not account for every literal of its text, or depends on the session beyond the cache key. */
  get cacheable(): boolean {
    const { length } = this.#environment.parameterTypes;
    for (let slot = 0; slot < length; slot++) {
      if (!this.usedSlots.has(slot) && !this.fixedSlots.has(slot)) return false;
    }
    return !this.isBoundToSession;
  }

  nextUid(): number {
    return ++this.#uid;
  }

  /** A parameter beyond the statement's own: correlated columns and initial subqueries. */
  nextSlot(): number {
    return this.#slot++;
  }

  get slotCount(): number {
    return this.#slot;
  }

  call(name: string, args: readonly Expression[]): Expression {
    return resolveFunction(name, args, this.resolveOptions);
  }

  bindQuery(node: QueryExpression, block: Block): BoundQuery {
    return this.#steps.query(this, node, block);
  }

  bindView(view: TableInfo, database: string): BoundQuery {
    if (this.#viewDepth >= MAX_VIEW_DEPTH) throw sqlErrors.viewRecursive(database, view.name);
    this.#viewDepth++;
    try {
      return this.#steps.view(this, view, database);
    } finally {
      this.#viewDepth--;
    }
  }

  /** Counts nested queries; MySQL's limit is 63 as well. */
  nested<T>(bind: () => T, tooDeep: () => Error): T {
    if (this.#depth >= MAX_SUBQUERY_DEPTH) throw tooDeep();
    this.#depth++;
    try {
      return bind();
    } finally {
      this.#depth--;
    }
  }
}
