/**
 * Logical plans: what a query computes, not how.
 *
 * Columns have an identity of their own, the `uid`, unique in one statement; a ColumnExpression's `index` is a uid until
 * `resolve.ts` turns it into a position of the child's output. A uid that no child produces is a *free* column: it comes
 * from the enclosing Apply, which is what makes a plan correlated. Pass-through operators keep uids, so moving an
 * expression up or down never rewrites it.
 */

import type { AggregateDescriptor, Expression, FieldType, TableInfo, WindowDescriptor } from '../../engine/index.ts';
import type { VirtualTable } from '../catalog/virtual-schema.ts';

export interface PlanColumn {
  readonly uid: number;
  readonly type: FieldType;
  /** For EXPLAIN and messages. */
  readonly name: string;
}

export type LogicalPlan =
  | DataSource
  | VirtualSource
  | ValuesPlan
  | Selection
  | Projection
  | Join
  | Apply
  | Aggregation
  | WindowPlan
  | Sort
  | Limit
  | Distinct
  | SetOperation
  | CteReference
  | RecursiveCte
  | Expand
  | MaxOneRow;

/** A stored table. `columns[i]` stands for the table column at `offsets[i]`; -1 is the hidden row id. */
export interface DataSource {
  readonly kind: 'data-source';
  readonly columns: readonly PlanColumn[];
  readonly offsets: readonly number[];
  readonly database: string;
  readonly alias: string;
  readonly table: TableInfo;
  /** All must be true; pushed down here for access path selection. */
  readonly conditions: readonly Expression[];
  readonly estimatedRows: number;
  readonly indexHints: IndexHints;
  /** Rows it reads are locked: it is the target of a write or of FOR UPDATE / FOR SHARE. */
  readonly lock: RowLock | undefined;
}

export interface IndexHints {
  readonly use: readonly string[] | undefined;
  readonly force: readonly string[] | undefined;
  readonly ignore: readonly string[];
}

export const noIndexHints: IndexHints = { use: undefined, force: undefined, ignore: [] };

export interface RowLock {
  readonly kind: 'update' | 'share';
  readonly wait: 'wait' | 'nowait' | 'skip-locked';
}

export interface VirtualSource {
  readonly kind: 'virtual-source';
  readonly columns: readonly PlanColumn[];
  readonly offsets: readonly number[];
  readonly database: string;
  readonly alias: string;
  readonly table: VirtualTable;
}

/** Literal rows; one row without columns stands for a missing FROM. */
export interface ValuesPlan {
  readonly kind: 'values';
  readonly columns: readonly PlanColumn[];
  readonly rows: readonly (readonly Expression[])[];
}

export interface Selection {
  readonly kind: 'selection';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
  readonly conditions: readonly Expression[];
}

export interface Projection {
  readonly kind: 'projection';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
  readonly expressions: readonly Expression[];
}

export type JoinType = 'inner' | 'left' | 'semi' | 'anti' | 'null-aware-anti';

/**
 * Semi and anti joins output the left columns only. 'null-aware-anti' is NOT IN: no row passes where a comparison of the
 * *first* condition is NULL. STRAIGHT_JOIN keeps its order.
 */
export interface Join {
  readonly kind: 'join';
  readonly type: JoinType;
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  readonly columns: readonly PlanColumn[];
  readonly conditions: readonly Expression[];
  readonly straight: boolean;
}

export type ApplyMode =
  /** Appends the single value of `right`, NULL when it has no row; more rows are error 1242. */
  | { readonly kind: 'scalar' }
  /** Appends 1 or 0. */
  | { readonly kind: 'exists' }
  /** Appends TRUE, FALSE or NULL: whether `comparison` (over left and right columns) is true for any row of `right`. */
  | { readonly kind: 'quantified'; readonly comparison: Expression }
  /** A lateral derived table: each left row joined with the rows `right` has for it. */
  | { readonly kind: 'join'; readonly outer: boolean; readonly conditions: readonly Expression[] };

/** Evaluates `right` for each row of `left`. */
export interface Apply {
  readonly kind: 'apply';
  readonly mode: ApplyMode;
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  readonly columns: readonly PlanColumn[];
}

export interface AggregateCall {
  readonly uid: number;
  /** Its arguments are the call's. */
  readonly descriptor: AggregateDescriptor;
}

/** Outputs the group expressions' columns, then the aggregates'. Without groupBy it answers exactly one row. */
export interface Aggregation {
  readonly kind: 'aggregation';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
  readonly groupBy: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
}

/**
 * WITH ROLLUP: repeats each row once per prefix of `groups`, from all of them down to none. `columns` are the child's
 * columns, then one copy per group that is NULL where it is rolled up, then the number of groups rolled up.
 */
export interface Expand {
  readonly kind: 'expand';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
  readonly groups: readonly Expression[];
}

export interface SortItem {
  readonly expression: Expression;
  readonly descending: boolean;
}

export type FrameBound =
  | { readonly kind: 'current-row' }
  | { readonly kind: 'unbounded-preceding' }
  | { readonly kind: 'unbounded-following' }
  /** ROWS n PRECEDING (-1) or FOLLOWING (1). */
  | { readonly kind: 'rows'; readonly sign: 1 | -1; readonly count: Expression }
  /** RANGE: the order key's value at the bound, over the current row. */
  | { readonly kind: 'range'; readonly target: Expression };

export interface WindowFrame {
  readonly unit: 'rows' | 'range';
  readonly start: FrameBound;
  readonly end: FrameBound;
}

export interface WindowCall {
  readonly uid: number;
  /** Its arguments are the call's. */
  readonly descriptor: WindowDescriptor;
}

/** Appends one column per call; all calls share partition, order and frame. */
export interface WindowPlan {
  readonly kind: 'window';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly frame: WindowFrame | undefined;
  readonly calls: readonly WindowCall[];
}

export interface Sort {
  readonly kind: 'sort';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
  readonly items: readonly SortItem[];
}

/** Row counts are constants or parameters. */
export interface Limit {
  readonly kind: 'limit';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
  readonly offset: Expression | undefined;
  readonly count: Expression;
}

export interface Distinct {
  readonly kind: 'distinct';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
}

/** Children have the same number of columns with the types of `columns`; their uids differ. */
export interface SetOperation {
  readonly kind: 'set-operation';
  readonly operator: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly children: readonly LogicalPlan[];
  readonly columns: readonly PlanColumn[];
}

/** A common table expression that is computed once and read by every reference with its own uids. */
export interface CteDefinition {
  readonly name: string;
  plan: LogicalPlan | undefined;
  references: number;
}

export interface CteReference {
  readonly kind: 'cte-reference';
  readonly definition: CteDefinition;
  readonly alias: string;
  readonly columns: readonly PlanColumn[];
}

/** seed, then step over the rows found last until none are new. Inside `step` a `cte-reference` to `working` reads those. */
export interface RecursiveCte {
  readonly kind: 'recursive-cte';
  readonly seed: LogicalPlan;
  readonly step: LogicalPlan;
  readonly working: CteDefinition;
  readonly distinct: boolean;
  readonly columns: readonly PlanColumn[];
}

/** Throws 1242 when the child has more than one row. */
export interface MaxOneRow {
  readonly kind: 'max-one-row';
  readonly child: LogicalPlan;
  readonly columns: readonly PlanColumn[];
}

export function childrenOf(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case 'data-source':
    case 'virtual-source':
    case 'values':
    case 'cte-reference':
      return [];
    case 'join':
    case 'apply':
      return [plan.left, plan.right];
    case 'set-operation':
      return plan.children;
    case 'recursive-cte':
      return [plan.seed, plan.step];
    default:
      return [plan.child];
  }
}
