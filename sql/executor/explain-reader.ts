/** EXPLAIN of a reader: its own line at the root, and the steps that the stores compute below it, the scan last. */

import { type Expression, printExpression } from '../../engine/index.ts';
import type { DagExecutor, DagRequest } from '../../tikv-lite/index.ts';
import type { PhysicalReader } from '../planner/physical-plan.ts';

export interface ReaderStep {
  readonly name: string;
  readonly task: 'root' | 'cop[tikv]';
  readonly rows: number;
  readonly object: string;
  readonly info: string;
}

/** A reader: its own line, and below it one list of steps, or two where an index leads to records. */
export interface ReaderLines {
  readonly root: ReaderStep;
  /** Each step is below the one before. */
  readonly branches: readonly (readonly ReaderStep[])[];
}

/** `object` names the table, and its index, as other lines do; `table` the table alone. */
export function readerLines(plan: PhysicalReader, object: string, table: string): ReaderLines {
  const { scan, dag, lookup, estimatedRows } = plan;
  const kind = scan.index === undefined ? 'Table' : 'Index';
  const name = lookup === undefined ? `${kind}Reader` : 'IndexLookUp';
  const root: ReaderStep = { name, task: 'root', rows: estimatedRows, object: '', info: '' };
  const { points, low, high } = scan.ranges;
  const isPart = points.length > 0 || low !== undefined || high !== undefined;
  const scanStep: ReaderStep = {
    name: `${kind}${isPart ? 'RangeScan' : 'FullScan'}`,
    task: 'cop[tikv]',
    rows: scan.estimatedRows,
    object,
    info: rangeInfo(plan),
  };
  const steps = ({ executors }: DagRequest): ReaderStep[] =>
    executors.toReversed().map((executor) => ({
      name: nameOf(executor),
      task: 'cop[tikv]',
      rows: estimatedRows,
      object: '',
      info: infoOf(executor),
    }));
  if (lookup === undefined) return { root, branches: [[...steps(dag), scanStep]] };
  const rowScan: ReaderStep = { ...scanStep, name: 'TableRowIDScan', object: table, info: 'keep order:false' };
  return {
    root,
    branches: [
      [...steps(lookup.dag), scanStep],
      [...steps(dag), rowScan],
    ],
  };
}

function nameOf(executor: DagExecutor): string {
  switch (executor.kind) {
    case 'selection':
      return 'Selection';
    case 'projection':
      return 'Projection';
    case 'aggregation':
      return 'HashAgg';
    case 'top-n':
      return 'TopN';
    case 'limit':
      return 'Limit';
  }
}

function list(expressions: readonly Expression[]): string {
  return expressions.map((expression) => printExpression(expression)).join(', ');
}

function infoOf(executor: DagExecutor): string {
  switch (executor.kind) {
    case 'selection':
      return list(executor.conditions);
    case 'projection':
      return list(executor.expressions);
    case 'aggregation': {
      const calls = executor.aggregates.map(({ name, args }) => `${name}(${args.length === 0 ? '1' : list(args)})`);
      const groups = executor.groupBy.length === 0 ? [] : [`group by: ${list(executor.groupBy)}`];
      return [...groups, ...calls].join(', ');
    }
    case 'top-n':
      return executor.items
        .map(({ expression, descending }) => `${printExpression(expression)}${descending ? ' desc' : ''}`)
        .join(', ');
    case 'limit':
      return `offset:${executor.offset === undefined ? 0 : printExpression(executor.offset)}, count:${printExpression(executor.count)}`;
  }
}

function rangeInfo({ scan }: PhysicalReader): string {
  const { points, low, high } = scan.ranges;
  const parts = points.map((point) => `[${list(point.values)}]`);
  if (low !== undefined) parts.push(`from ${printExpression(low.value)}`);
  if (high !== undefined) parts.push(`to ${printExpression(high.value)}`);
  return `${parts.length === 0 ? '' : `range:${parts.join(' ')}, `}keep order:true${scan.reverse ? ', desc' : ''}`;
}
