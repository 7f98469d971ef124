/**
 * GROUP BY: builds the Aggregation of a block and rewrites the block's later expressions over its output. A column that
 * is not grouped but used afterwards becomes ANY_VALUE of the group; whether that is allowed is ONLY_FULL_GROUP_BY's
 * question (`functional-dependency.ts`).
 */

import { type Expression, fieldTypes, resolveAggregate, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { BindContext } from './bind-context.ts';
import type { BlockExpressions } from './bind-select.ts';
import { columnOf, forEachColumn, rewrite, sameExpression, uidsOf } from './expressions.ts';
import { determinedColumns } from './functional-dependency.ts';
import type { AggregateCall, Expand, LogicalPlan, PlanColumn } from './logical-plan.ts';
import { sort } from './plan-builders.ts';
import { freeUids } from './plan-walk.ts';
import type { FromScope } from './scope.ts';

export interface Grouping {
  readonly plan: LogicalPlan;
  /** The expression over the aggregation's output. */
  readonly rewrite: (expression: Expression) => Expression;
}

export interface GroupRequest {
  readonly context: BindContext;
  readonly node: ast.Select;
  readonly child: LogicalPlan;
  readonly groupBy: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
  readonly scope: FromScope;
  readonly stage: BlockExpressions;
}

interface Group {
  readonly expression: Expression;
  /** What later expressions refer to. */
  readonly output: PlanColumn;
}

export function groupBlock(request: GroupRequest): Grouping {
  const rollup = request.node.groupBy?.rollup === true;
  return rollup ? groupWithRollup(request) : groupPlainly(request);
}

function groupPlainly(request: GroupRequest): Grouping {
  const { context, child } = request;
  const groups: Group[] = [];
  const own = uidsOf(child.columns);
  for (const expression of request.groupBy) {
    if (groups.some((group) => sameExpression(group.expression, expression))) continue;
    groups.push({ expression, output: groupColumn(context, own, expression) });
  }
  const rewriteOver = rewriter(context, groups, undefined);
  const loose = looseColumns(request, groups, rewriteOver);
  checkFullGroupBy(request, loose, rewriteOver);
  const aggregates = [...request.aggregates, ...anyValues(request, loose)];
  const plan: LogicalPlan = {
    kind: 'aggregation',
    child,
    columns: [...groups.map((group) => group.output), ...aggregates.map(outputOf)],
    groupBy: groups.map((group) => group.expression),
    aggregates,
  };
  return { plan, rewrite: rewriteOver };
}

/** A grouped column keeps its uid, so that what is true of it below is true above. */
function groupColumn(context: BindContext, own: ReadonlySet<number>, expression: Expression): PlanColumn {
  if (expression.kind === 'column' && own.has(expression.index))
    return { uid: expression.index, type: expression.type, name: expression.name };
  return { uid: context.nextUid(), type: expression.type, name: 'group' };
}

function outputOf(call: AggregateCall): PlanColumn {
  return { uid: call.uid, type: call.descriptor.type, name: call.descriptor.name };
}

function rewriter(
  context: BindContext,
  groups: readonly Group[],
  rolledUp: PlanColumn | undefined,
): (expression: Expression) => Expression {
  const replace = (node: Expression): Expression | undefined => {
    if (node.kind === 'call' && node.name === 'any_value') return node.args[0] && rewrite(node.args[0], replace);
    if (node.kind === 'call' && node.name === 'grouping') return groupingCall(context, groups, rolledUp, node.args);
    if (node.kind === 'constant' || node.kind === 'parameter') return node;
    const group = groups.find((candidate) => sameExpression(candidate.expression, node));
    return group === undefined ? undefined : columnOf(group.output);
  };
  return (expression) => rewrite(expression, replace);
}

/** GROUPING(a, b): one bit per argument, 1 where the row is a super-aggregate over it. */
function groupingCall(
  context: BindContext,
  groups: readonly Group[],
  rolledUp: PlanColumn | undefined,
  args: readonly Expression[],
): Expression {
  const int = (value: number): Expression => ({ kind: 'constant', value, type: fieldTypes.bigint() });
  let bits: Expression = int(0);
  args.forEach((arg, i) => {
    const index = groups.findIndex((group) => sameExpression(group.expression, arg));
    if (index < 0 || rolledUp === undefined) throw sqlErrors.fieldInGroupingNotGroupBy(i);
    const bit = context.call('>', [columnOf(rolledUp), int(groups.length - 1 - index)]);
    bits = i === 0 ? bit : context.call('+', [context.call('*', [bits, int(2)]), bit]);
  });
  return bits;
}

/** Columns used after grouping that are neither grouped nor aggregate results. */
function looseColumns(
  request: GroupRequest,
  groups: readonly Group[],
  rewriteOver: (expression: Expression) => Expression,
): PlanColumn[] {
  const known = new Set<number>([
    ...groups.map((group) => group.output.uid),
    ...request.aggregates.map((call) => call.uid),
    ...request.stage.applies.flatMap((apply) => apply.output.map((column) => column.uid)),
    ...request.stage.windows.windows.flatMap((window) => window.calls.map((call) => call.uid)),
  ]);
  const available = new Map(request.child.columns.map((column) => [column.uid, column]));
  const loose = new Map<number, PlanColumn>();
  const use = (uid: number): void => {
    const column = available.get(uid);
    if (!known.has(uid) && column !== undefined) loose.set(uid, column);
  };
  for (const expression of stageExpressions(request.stage)) {
    forEachColumn(rewriteOver(expression), (column) => use(column.index));
  }
  for (const apply of request.stage.applies) {
    for (const uid of freeUids(apply.plan)) use(uid);
    if (apply.mode.kind === 'quantified') forEachColumn(apply.mode.comparison, (column) => use(column.index));
  }
  return [...loose.values()];
}

function stageExpressions(stage: BlockExpressions): readonly Expression[] {
  return [
    ...stage.items.map((item) => item.expression),
    ...stage.having,
    ...stage.sorts.map(({ item }) => item.expression),
    ...stage.windows.windows.flatMap((window) => [
      ...window.partitionBy,
      ...window.orderBy.map((item) => item.expression),
      ...window.calls.flatMap((call) => call.descriptor.args),
    ]),
  ];
}

function anyValues(request: GroupRequest, loose: readonly PlanColumn[]): AggregateCall[] {
  return loose.map((column) => {
    const args = [columnOf(column)];
    return { uid: column.uid, descriptor: resolveAggregate('any_value', args, {}, request.context.resolveOptions) };
  });
}

/* ------------------------------------------------------------------ ONLY_FULL_GROUP_BY */

function checkFullGroupBy(
  request: GroupRequest,
  loose: readonly PlanColumn[],
  rewriteOver: (expression: Expression) => Expression,
): void {
  if (loose.length === 0 || !request.context.environment.sqlMode.onlyFullGroupBy) return;
  const determined = determinedColumns(request.child, request.groupBy);
  const check = (expression: Expression, position: number, where: string): void => {
    forEachColumn(rewriteOutsideAnyValue(expression, rewriteOver), (column) => {
      const isLoose = loose.some((candidate) => candidate.uid === column.index);
      if (!isLoose || determined.has(column.index)) return;
      const name = qualifiedName(request.scope, column.index);
      if (request.node.groupBy === undefined) throw sqlErrors.mixOfGroupFuncAndFieldsV2(position, where, name);
      throw sqlErrors.wrongFieldWithGroupV2(position, where, name);
    });
  };
  request.stage.items.forEach((item, i) => {
    check(item.expression, i + 1, 'SELECT list');
  });
  request.stage.having.forEach((expression, i) => {
    check(expression, i + 1, 'HAVING clause');
  });
  request.stage.sorts.forEach(({ item }, i) => {
    check(item.expression, i + 1, 'ORDER BY');
  });
}

function rewriteOutsideAnyValue(
  expression: Expression,
  rewriteOver: (expression: Expression) => Expression,
): Expression {
  const nothing: Expression = { kind: 'constant', value: null, type: fieldTypes.null() };
  const stripped = rewrite(expression, (node) =>
    node.kind === 'call' && node.name === 'any_value' ? nothing : undefined,
  );
  return rewriteOver(stripped);
}

export function qualifiedName(scope: FromScope, uid: number): string {
  const column = scope.columns.find((candidate) => candidate.uid === uid);
  if (column === undefined) return '';
  const parts = [column.relation.database, column.relation.alias, column.name];
  return parts.filter((part) => part !== '').join('.');
}

/* ------------------------------------------------------------------ WITH ROLLUP */

/**
 * Every row is repeated once per prefix of the groups (Expand), grouped by the copies and the level, and sorted so that
 * each super-aggregate row follows its group, as MySQL answers them.
 */
function groupWithRollup(request: GroupRequest): Grouping {
  const { context, child } = request;
  const groups = request.groupBy.map(
    (expression): Group => ({
      expression,
      output: { uid: context.nextUid(), type: { ...expression.type, nullable: true }, name: 'group' },
    }),
  );
  const level: PlanColumn = { uid: context.nextUid(), type: fieldTypes.bigint(), name: 'level' };
  const outputs = groups.map((group) => group.output);
  const expand: Expand = {
    kind: 'expand',
    child,
    columns: [...child.columns, ...outputs, level],
    groups: groups.map((group) => group.expression),
  };
  const rewriteOver = rewriter(context, groups, level);
  const loose = looseColumns(request, groups, rewriteOver);
  checkFullGroupBy(request, loose, rewriteOver);
  const aggregates = [...request.aggregates, ...anyValues(request, loose)];
  const keys = [...outputs, level];
  const aggregation: LogicalPlan = {
    kind: 'aggregation',
    child: expand,
    columns: [...keys, ...aggregates.map(outputOf)],
    groupBy: keys.map(columnOf),
    aggregates,
  };
  const items = outputs.flatMap((output, i) => [
    {
      expression: context.call('>', [
        columnOf(level),
        { kind: 'constant', value: outputs.length - 1 - i, type: fieldTypes.bigint() },
      ]),
      descending: false,
    },
    { expression: columnOf(output), descending: false },
  ]);
  return { plan: sort(aggregation, items), rewrite: rewriteOver };
}
