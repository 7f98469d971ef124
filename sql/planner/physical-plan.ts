/**
 * Physical plans: how a query is computed. Expressions refer to positions of the child's output (joins: left columns,
 * then right); free columns have become parameters. A plan is immutable and shared by all executions.
 */

import type { Expression, IndexInfo, TableInfo } from '../../engine/index.ts';
import type { DagLimit, DagRequest } from '../../tikv-lite/index.ts';
import type { VirtualTable } from '../catalog/virtual-schema.ts';
import type {
  AggregateCall,
  CteDefinition,
  PlanColumn,
  RowLock,
  SortItem,
  WindowCall,
  WindowFrame,
} from './logical-plan.ts';

export type PhysicalPlan =
  | PhysicalPointGet
  | PhysicalScan
  | PhysicalReader
  | PhysicalVirtualScan
  | PhysicalValues
  | PhysicalFilter
  | PhysicalProject
  | PhysicalHashJoin
  | PhysicalLoopJoin
  | PhysicalApply
  | PhysicalAggregate
  | PhysicalExpand
  | PhysicalWindow
  | PhysicalSort
  | PhysicalTopN
  | PhysicalLimit
  | PhysicalDistinct
  | PhysicalSetOperation
  | PhysicalCteScan
  | PhysicalRecursiveCte
  | PhysicalMaxOneRow;

interface PhysicalBase {
  readonly columns: readonly PlanColumn[];
  readonly estimatedRows: number;
}

export interface TableAccess {
  readonly database: string;
  readonly alias: string;
  readonly table: TableInfo;
  /** Table column offsets of the output; -1 is the hidden row id. */
  readonly offsets: readonly number[];
  readonly lock: RowLock | undefined;
}

/** One bound of a key part, inclusive unless `open`. */
export interface RangeBound {
  readonly value: Expression;
  readonly open: boolean;
}

/** Values of leading key parts: alternatives per part, then at most one part with bounds. NULL matches only `nullSafe`. */
export interface KeyRanges {
  readonly points: readonly KeyPoint[];
  readonly low: RangeBound | undefined;
  readonly high: RangeBound | undefined;
}

export interface KeyPoint {
  readonly values: readonly Expression[];
  /** IS NULL and <=>: NULL is a value to look for. */
  readonly nullSafe: boolean;
}

/** At most one row by all parts of a unique key. */
export interface PhysicalPointGet extends PhysicalBase, TableAccess {
  readonly kind: 'point-get';
  /** Undefined: the integer primary key is the handle. */
  readonly index: IndexInfo | undefined;
  readonly key: readonly Expression[];
  /** Over the output columns. */
  readonly conditions: readonly Expression[];
}

/** Rows of ranges of the records or of an index, in key order. */
export interface PhysicalScan extends PhysicalBase, TableAccess {
  readonly kind: 'scan';
  /** Undefined: the records themselves. */
  readonly index: IndexInfo | undefined;
  /** The index holds all output columns. */
  readonly covering: boolean;
  readonly ranges: KeyRanges;
  readonly reverse: boolean;
  readonly conditions: readonly Expression[];
}

/** A scan whose first steps run where the data lies; batches come in the order of the scan. */
export interface PhysicalReader extends PhysicalBase {
  readonly kind: 'reader';
  /** What the stores read; its conditions are part of the DAG. */
  readonly scan: PhysicalScan;
  readonly dag: DagRequest;
  /** Present when the scan's index leads to records: then `dag` is over those records, with their handle as last column. */
  readonly lookup?: PhysicalLookup | undefined;
  /** Parameters of the DAG that hold what only this side can compute; filled before each execution. */
  readonly computed: readonly { readonly slot: number; readonly expression: Expression }[];
}

/** The index half of a reader: what the stores compute over its entries, the handle being the last column. */
export interface PhysicalLookup {
  /** Over the scan's columns, all of which the index holds. */
  readonly conditions: readonly Expression[];
  readonly limit: DagLimit | undefined;
  readonly dag: DagRequest;
}

export interface PhysicalVirtualScan extends PhysicalBase {
  readonly kind: 'virtual-scan';
  readonly table: VirtualTable;
  readonly alias: string;
  readonly offsets: readonly number[];
}

export interface PhysicalValues extends PhysicalBase {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expression[])[];
}

export interface PhysicalFilter extends PhysicalBase {
  readonly kind: 'filter';
  readonly child: PhysicalPlan;
  readonly conditions: readonly Expression[];
}

export interface PhysicalProject extends PhysicalBase {
  readonly kind: 'project';
  readonly child: PhysicalPlan;
  readonly expressions: readonly Expression[];
}

export type PhysicalJoinType = 'inner' | 'left' | 'semi' | 'anti' | 'null-aware-anti';

export interface PhysicalHashJoin extends PhysicalBase {
  readonly kind: 'hash-join';
  readonly type: PhysicalJoinType;
  readonly left: PhysicalPlan;
  /** Built into the hash table. */
  readonly right: PhysicalPlan;
  readonly leftKeys: readonly Expression[];
  readonly rightKeys: readonly Expression[];
  readonly nullSafe: readonly boolean[];
  /** Over left and right columns. */
  readonly conditions: readonly Expression[];
}

/** Every pair of rows; the right side is kept in memory. */
export interface PhysicalLoopJoin extends PhysicalBase {
  readonly kind: 'loop-join';
  readonly type: PhysicalJoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly conditions: readonly Expression[];
}

export type PhysicalApplyMode =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'quantified'; readonly comparison: Expression }
  /** Also the index join: `right` looks the left row's key up. */
  | { readonly kind: 'join'; readonly outer: boolean; readonly conditions: readonly Expression[] };

export interface PhysicalApply extends PhysicalBase {
  readonly kind: 'apply';
  readonly mode: PhysicalApplyMode;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  /** Left columns that `right` refers to, and the parameter each is put into. Empty: `right` is computed once. */
  readonly bindings: readonly { readonly column: number; readonly slot: number }[];
}

export interface PhysicalAggregate extends PhysicalBase {
  readonly kind: 'aggregate';
  readonly child: PhysicalPlan;
  readonly groupBy: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
}

export interface PhysicalExpand extends PhysicalBase {
  readonly kind: 'expand';
  readonly child: PhysicalPlan;
  readonly groups: readonly Expression[];
}

export interface PhysicalWindow extends PhysicalBase {
  readonly kind: 'window';
  readonly child: PhysicalPlan;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly frame: WindowFrame | undefined;
  readonly calls: readonly WindowCall[];
}

export interface PhysicalSort extends PhysicalBase {
  readonly kind: 'sort';
  readonly child: PhysicalPlan;
  readonly items: readonly SortItem[];
}

export interface PhysicalTopN extends PhysicalBase {
  readonly kind: 'top-n';
  readonly child: PhysicalPlan;
  readonly items: readonly SortItem[];
  readonly count: Expression;
  readonly offset: Expression | undefined;
}

export interface PhysicalLimit extends PhysicalBase {
  readonly kind: 'limit';
  readonly child: PhysicalPlan;
  readonly count: Expression;
  readonly offset: Expression | undefined;
}

export interface PhysicalDistinct extends PhysicalBase {
  readonly kind: 'distinct';
  readonly child: PhysicalPlan;
}

export interface PhysicalSetOperation extends PhysicalBase {
  readonly kind: 'set-operation';
  readonly operator: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly children: readonly PhysicalPlan[];
}

export interface PhysicalCteScan extends PhysicalBase {
  readonly kind: 'cte-scan';
  readonly definition: CteDefinition;
  readonly alias: string;
  /** Undefined inside the recursive step: the rows found last. */
  readonly plan: PhysicalPlan | undefined;
}

export interface PhysicalRecursiveCte extends PhysicalBase {
  readonly kind: 'recursive-cte';
  readonly seed: PhysicalPlan;
  readonly step: PhysicalPlan;
  readonly working: CteDefinition;
  readonly distinct: boolean;
}

export interface PhysicalMaxOneRow extends PhysicalBase {
  readonly kind: 'max-one-row';
  readonly child: PhysicalPlan;
}

export function physicalChildren(plan: PhysicalPlan): readonly PhysicalPlan[] {
  switch (plan.kind) {
    case 'point-get':
    case 'scan':
    case 'reader':
    case 'virtual-scan':
    case 'values':
      return [];
    case 'cte-scan':
      return plan.plan === undefined ? [] : [plan.plan];
    case 'hash-join':
    case 'loop-join':
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
