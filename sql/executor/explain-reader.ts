/** EXPLAIN of a reader: its own line at the root, and the steps that the stores compute below it, the scan last. */

import { type Expression, printExpression } from '../../engine/index.ts';
import type { DagExecutor } from '../../tikv-lite/index.ts';
import type { PhysicalReader } from '../planner/physical-plan.ts';

export interface ReaderStep {
  readonly name: string;
  readonly task: 'root' | 'cop[tikv]';
  readonly rows: number;
  readonly object: string;
  readonly info: string;
}

/** From the reader itself down, each step below the one before. `object` names the table as other lines do. */
export function readerSteps(plan: PhysicalReader, object: string): readonly ReaderStep[] {
  const { scan, dag } = plan;
  const kind = scan.index === undefined ? 'Table' : 'Index';
  const { points, low, high } = scan.ranges;
  const isPart = points.length > 0 || low !== undefined || high !== undefined;
  const executors = dag.executors.toReversed().map(
    (executor): ReaderStep => ({
      name: nameOf(executor),
      task: 'cop[tikv]',
      rows: plan.estimatedRows,
      object: '',
      info: infoOf(executor),
    }),
  );
  return [
    { name: `${kind}Reader`, task: 'root', rows: plan.estimatedRows, object: '', info: '' },
    ...executors,
    {
      name: `${kind}${isPart ? 'RangeScan' : 'FullScan'}`,
      task: 'cop[tikv]',
      rows: scan.estimatedRows,
      object,
      info: rangeInfo(plan),
    },
  ];
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
