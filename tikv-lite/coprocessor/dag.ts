/**
 * What a store is asked to compute over its part of a table: a scan, and a pipeline of executors over its rows (TiDB's
 * DAG request). The same objects describe a request in this process and in the simulator; `wire/` turns them into tipb.
 *
 * Columns of an expression are positions in the output of the executor before. A DAG is immutable and shared by all
 * executions of a plan; what differs between them travels beside it as parameters.
 */

import type { AggregateDescriptor, Expression, FieldType, IndexInfo, TableInfo } from '../../engine/index.ts';

export interface DagRequest {
  readonly scan: DagScan;
  readonly executors: readonly DagExecutor[];
}

/** Rows of the records or of an index that holds all wanted columns, in key order or from the end down. */
export interface DagScan {
  readonly table: TableInfo;
  /** Undefined: the records themselves. */
  readonly index: IndexInfo | undefined;
  /** Table column offsets of the output; −1 is the hidden row id. */
  readonly offsets: readonly number[];
  readonly types: readonly FieldType[];
  readonly reverse: boolean;
}

export type DagExecutor = DagSelection | DagProjection | DagAggregation | DagTopN | DagLimit;

/** Rows for which all conditions are true. */
export interface DagSelection {
  readonly kind: 'selection';
  readonly conditions: readonly Expression[];
}

export interface DagProjection {
  readonly kind: 'projection';
  readonly expressions: readonly Expression[];
}

/**
 * Partial results of the rows that one reply covers: the group expressions, then the aggregates, groups by first
 * appearance. Several replies may hold the same group; no rows answer nothing, without `groupBy` too.
 */
export interface DagAggregation {
  readonly kind: 'aggregation';
  readonly groupBy: readonly Expression[];
  /** Partial halves only (`splitAggregate`). */
  readonly aggregates: readonly AggregateDescriptor[];
}

export interface DagSortItem {
  readonly expression: Expression;
  readonly descending: boolean;
}

/** The first `count` + `offset` rows of each reply in that order; rows that compare equal keep theirs. */
export interface DagTopN {
  readonly kind: 'top-n';
  readonly items: readonly DagSortItem[];
  readonly count: Expression;
  readonly offset: Expression | undefined;
}

/** At most `count` + `offset` rows of each reply. */
export interface DagLimit {
  readonly kind: 'limit';
  readonly count: Expression;
  readonly offset: Expression | undefined;
}

/** True when a reply holds fewer rows than it reads, so that long pages pay. */
export function reducesRows(dag: DagRequest): boolean {
  return dag.executors.some(({ kind }) => kind !== 'projection');
}
