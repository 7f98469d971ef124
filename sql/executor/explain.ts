/** EXPLAIN: the physical plan as rows, one per operator, in a tree drawn with lines; FORMAT=TREE as one text. */

import { fieldTypes, printExpression, sqlErrors, Values } from '../../engine/index.ts';
import type { ExplainStatement } from '../parser/statement.ts';
import { type PhysicalPlan, type PhysicalReader, physicalChildren } from '../planner/physical-plan.ts';
import type { ResultColumn } from '../server/session-port.ts';
import type { ExecutablePlan, StatementOutcome } from '../session/session-context.ts';
import { type ReaderStep, readerLines } from './explain-reader.ts';
import { PointSelectPlan } from './point-select.ts';
import { SelectPlan } from './select-plan.ts';

export function explainPlan(node: ExplainStatement, target: ExecutablePlan | undefined): ExecutablePlan {
  if (target === undefined) throw sqlErrors.notSupportedYet('EXPLAIN of this statement');
  const isTree = node.format === 'tree';
  const names = isTree ? ['EXPLAIN'] : ['id', 'estRows', 'task', 'access object', 'operator info'];
  const plans =
    target instanceof SelectPlan || target instanceof PointSelectPlan
      ? [target.physical.plan, ...target.physical.initial.map((s) => s.plan)]
      : [];
  const rows = plans.flatMap((plan) => describe(plan, '', ''));
  const type = fieldTypes.varchar(4096);
  const columns = names.map(
    (name): ResultColumn => ({
      database: '',
      table: '',
      originalTable: '',
      name,
      originalName: '',
      type,
      flags: 0,
    }),
  );
  const table = isTree ? [[rows.map(treeLine).join('')]] : rows.map((row) => row.cells);
  return {
    columns,
    cacheable: false,
    fixedSlots: [],
    isWrite: false,
    execute: (): StatementOutcome => ({
      kind: 'rows',
      columns,
      source: new Values(
        columns.map((column) => column.type),
        table,
      ),
    }),
  };
}

interface Line {
  readonly depth: number;
  readonly cells: readonly string[];
}

function treeLine({ depth, cells }: Line): string {
  const [id = '', rows = '', , object = '', info = ''] = cells;
  const name = id.replace(/[^A-Za-z]/g, '');
  const detail = [object, info].filter((part) => part !== '').join(' ');
  return `${'    '.repeat(depth)}-> ${name}${detail === '' ? '' : `: ${detail}`}  (rows=${rows})\n`;
}

function describe(plan: PhysicalPlan, first: string, rest: string, depth = 0): Line[] {
  if (plan.kind === 'reader') return describeReader(plan, first, rest, depth);
  const cells = [first + nameOf(plan), plan.estimatedRows.toFixed(2), 'root', objectOf(plan), infoOf(plan)];
  const children = physicalChildren(plan);
  const below = children.flatMap((child, i) => {
    const isLast = i === children.length - 1;
    return describe(child, `${rest}${isLast ? '└─' : '├─'}`, `${rest}${isLast ? '  ' : '│ '}`, depth + 1);
  });
  return [{ depth, cells }, ...below];
}

function describeReader(plan: PhysicalReader, first: string, rest: string, depth: number): Line[] {
  const { root, branches } = readerLines(plan, objectOf(plan.scan), objectOf({ ...plan.scan, index: undefined }));
  const line = (branch: string, at: number, { name, rows, task, object, info }: ReaderStep): Line => ({
    depth: at,
    cells: [branch + name, rows.toFixed(2), task, object, info],
  });
  const below = branches.flatMap((steps, b) => {
    const isLast = b === branches.length - 1;
    return steps.map((step, i) => {
      const start =
        i === 0 ? `${rest}${isLast ? '└─' : '├─'}` : `${rest}${isLast ? '  ' : '│ '}${'  '.repeat(i - 1)}└─`;
      return line(start, depth + 1 + i, step);
    });
  });
  return [line(first, depth, root), ...below];
}

const names: Readonly<Record<Exclude<PhysicalPlan['kind'], 'reader'>, string>> = {
  'point-get': 'Point_Get',
  scan: 'TableScan',
  'virtual-scan': 'MemTableScan',
  values: 'TableDual',
  filter: 'Selection',
  project: 'Projection',
  'hash-join': 'HashJoin',
  'loop-join': 'NestedLoopJoin',
  apply: 'Apply',
  aggregate: 'HashAgg',
  expand: 'Expand',
  window: 'Window',
  sort: 'Sort',
  'top-n': 'TopN',
  limit: 'Limit',
  distinct: 'Distinct',
  'set-operation': 'SetOperation',
  'cte-scan': 'CTEScan',
  'recursive-cte': 'RecursiveCTE',
  'max-one-row': 'MaxOneRow',
};

function nameOf(plan: Exclude<PhysicalPlan, PhysicalReader>): string {
  if (plan.kind === 'scan' && plan.index !== undefined) return plan.covering ? 'IndexScan' : 'IndexLookUp';
  if (plan.kind === 'scan' && (plan.ranges.points.length > 0 || plan.ranges.low || plan.ranges.high)) {
    return 'TableRangeScan';
  }
  if (plan.kind === 'apply' && plan.mode.kind === 'join') return 'IndexJoin';
  return names[plan.kind];
}

function objectOf(plan: PhysicalPlan): string {
  if (plan.kind === 'point-get' || plan.kind === 'scan') {
    const index = plan.index === undefined ? '' : `, index:${plan.index.name}`;
    return `table:${plan.alias}${index}`;
  }
  return plan.kind === 'virtual-scan' || plan.kind === 'cte-scan' ? `table:${plan.alias}` : '';
}

function infoOf(plan: PhysicalPlan): string {
  const list = (expressions: readonly Parameters<typeof printExpression>[0][]): string =>
    expressions.map((expression) => printExpression(expression)).join(', ');
  switch (plan.kind) {
    case 'scan': {
      const points = plan.ranges.points.map((point) => `[${list(point.values)}]`).join(' ');
      const low = plan.ranges.low === undefined ? '' : `from ${printExpression(plan.ranges.low.value)}`;
      const high = plan.ranges.high === undefined ? '' : `to ${printExpression(plan.ranges.high.value)}`;
      const filter = plan.conditions.length === 0 ? '' : `filter: ${list(plan.conditions)}`;
      const order = plan.reverse ? 'descending' : '';
      return [points, low, high, order, filter].filter((part) => part !== '').join(' ');
    }
    case 'point-get':
      return list(plan.key);
    case 'filter':
      return list(plan.conditions);
    case 'project':
      return list(plan.expressions);
    case 'hash-join':
      return `${plan.type} join, equal: ${list(plan.leftKeys)} = ${list(plan.rightKeys)}`;
    case 'loop-join':
      return `${plan.type} join`;
    case 'apply':
      return plan.mode.kind;
    case 'aggregate':
      return `group by: ${list(plan.groupBy)}, ${plan.aggregates.map(({ descriptor }) => descriptor.name).join(', ')}`;
    case 'sort':
    case 'top-n':
      return plan.items
        .map((item) => `${printExpression(item.expression)}${item.descending ? ' desc' : ''}`)
        .join(', ');
    default:
      return '';
  }
}
