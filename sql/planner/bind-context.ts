/**
 * What the binder shares over one statement: the schema it binds to, uid and parameter slot counters, and the subqueries
 * that are evaluated once, before the statement's own plan.
 */

import type { Collation, Datum, FieldType, SqlMode, TypedValue } from '../../engine/index.ts';
import type { CatalogSnapshot } from '../catalog/catalog-snapshot.ts';
import type { LogicalPlan } from './logical-plan.ts';

/** Everything a plan depends on besides the statement; the plan cache's key covers it. */
export interface PlanEnvironment {
  readonly catalog: CatalogSnapshot;
  readonly currentDatabase: string | null;
  readonly sqlMode: SqlMode;
  readonly collationConnection: Collation;
  /** `default_week_format`, `div_precision_increment` and the like, read while types are inferred. */
  variable(name: string): TypedValue;
  /** Types of `?` markers or of literal slots; undefined where unknown (PREPARE). */
  readonly parameterTypes: readonly (FieldType | undefined)[];
  /** The literals of this text by slot: for literals that become part of the plan. */
  readonly literalValues: readonly Datum[];
  /** Approximate number of rows of a table, undefined when nothing is known. */
  estimatedRows(tableId: number): number | undefined;
  warn(errno: number, message: string, level: 'Note' | 'Warning'): void;
}

/** A subquery without free columns: computed once per execution, its value put into parameter `slot`. */
export interface InitialSubquery {
  readonly slot: number;
  readonly mode: 'scalar' | 'exists';
  readonly plan: LogicalPlan;
}

const MAX_SUBQUERY_DEPTH = 63;

export class BindContext {
  readonly environment: PlanEnvironment;
  readonly initialSubqueries: InitialSubquery[] = [];
  /** Literal slots whose value shaped the plan: it holds for these values only. */
  readonly fixedSlots = new Set<number>();
  /** Databases of views being expanded, outermost first; bounds recursion. */
  viewDepth = 0;
  #uid = 0;
  #slot: number;
  #depth = 0;
  cacheable = true;

  constructor(environment: PlanEnvironment, firstSlot: number) {
    this.environment = environment;
    this.#slot = firstSlot;
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

  /** Counts nested blocks; MySQL's limit is 63 as well (its table bitmap). */
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
