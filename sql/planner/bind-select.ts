/**
 * One SELECT block. The order of the stages is MySQL's: FROM, WHERE, grouping, HAVING, windows, select list, DISTINCT,
 * ORDER BY, LIMIT. All expressions are bound before grouping is built, because the aggregates they contain decide its
 * output.
 */

import { type Expression, sqlErrors, type WindowDescriptor } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import { containsAggregate } from './ast-walk.ts';
import { bindSortItem } from './bind-aggregate.ts';
import type { BindContext } from './bind-context.ts';
import { ExpressionBinder, type ExpressionBinderOptions } from './bind-expression.ts';
import { bindFrom } from './bind-from.ts';
import { bindLimit } from './bind-limit.ts';
import type { AggregateCollector, Block, BoundQuery, OutputColumn, PendingApply, WindowCollector } from './block.ts';
import { columnOf, conjuncts, sameExpression, uidsOf } from './expressions.ts';
import { type Grouping, groupBlock, qualifiedName } from './grouping.ts';
import type { FrameBound, LogicalPlan, PlanColumn, SortItem, WindowFrame } from './logical-plan.ts';
import { applyPending, keep, limit, project, select, sort } from './plan-builders.ts';
import { withRowLocks } from './row-locks.ts';
import type { ColumnOrigin, FromScope } from './scope.ts';

/** ORDER BY, LIMIT and locking of the query expression around the block. */
export interface QueryTail {
  readonly orderBy: readonly ast.OrderItem[];
  readonly limit: ast.Limit | undefined;
  readonly locking: readonly ast.LockingClause[];
}

interface SelectItem {
  readonly expression: Expression;
  readonly name: string;
  readonly table: string;
  readonly origin: ColumnOrigin | undefined;
}

interface SortRequest {
  readonly item: SortItem;
  /** Position in the select list that the item names. */
  readonly position: number | undefined;
}

/** What the expressions of a block bring along, by the stage at which it must be computed. */
interface Stages {
  readonly where: PendingApply[];
  readonly group: PendingApply[];
  readonly select: PendingApply[];
  readonly having: PendingApply[];
  readonly aggregates: AggregateCollector;
  readonly windows: WindowCollector;
}

export function bindSelect(context: BindContext, block: Block, node: ast.Select, tail: QueryTail): BoundQuery {
  const from = bindFrom(context, block, node.from);
  block.scope = from.scope;
  const stages = newStages(node);
  const base: ExpressionBinderOptions = { context, block, clause: 'field list', applies: stages.select };
  let plan = withRowLocks(from.plan, from.scope, tail.locking);

  if (node.where !== undefined) {
    const binder = new ExpressionBinder({ ...base, clause: 'where clause', applies: stages.where });
    const conditions = conjuncts(binder.bind(node.where));
    plan = select(applyPending(plan, stages.where), conditions);
  }

  const isAggregated = isAggregateQuery(node, tail);
  const collectors = { aggregates: isAggregated ? stages.aggregates : undefined, windows: stages.windows };
  const items = bindSelectList(block, node, new ExpressionBinder({ ...base, ...collectors, fixLiterals: true }));
  const groupBy = bindGroupBy(context, node, items, { ...base, applies: stages.group });
  const having = bindHaving(node, { ...base, ...collectors, clause: 'having clause', applies: stages.having });
  const requests = bindOrderBy(tail.orderBy, items, { ...base, ...collectors, clause: 'order clause' });

  let stage: BlockExpressions = {
    items,
    having,
    sorts: requests,
    windows: stages.windows,
    applies: [...stages.having, ...stages.select],
  };
  if (isAggregated) {
    const grouping = groupBlock({
      context,
      node,
      child: applyPending(plan, [...stages.group, ...stages.aggregates.applies]),
      groupBy,
      aggregates: stages.aggregates.calls,
      scope: from.scope,
      stage,
    });
    plan = grouping.plan;
    stage = rewriteStage(stage, grouping);
  }
  plan = select(applyPending(plan, stage.having.length > 0 ? stages.having : []), stage.having);
  plan = applyPending(plan, stage.having.length > 0 ? stages.select : [...stages.having, ...stages.select]);
  plan = addWindows(plan, stage.windows);
  return finishSelect(context, from.scope, { node, tail }, plan, stage);
}

function newStages(node: ast.Select): Stages {
  const named = new Map(node.windows.map((window) => [window.name.name.toLowerCase(), window.specification]));
  return {
    where: [],
    group: [],
    select: [],
    having: [],
    aggregates: { calls: [], applies: [] },
    windows: { windows: [], named },
  };
}

export interface BlockExpressions {
  readonly items: readonly SelectItem[];
  readonly having: readonly Expression[];
  readonly sorts: readonly SortRequest[];
  readonly windows: WindowCollector;
  /** Subqueries evaluated after grouping. */
  readonly applies: readonly PendingApply[];
}

function isAggregateQuery(node: ast.Select, tail: QueryTail): boolean {
  if (node.groupBy !== undefined) return true;
  const inItems = node.items.some((item) => item.kind === 'expression' && containsAggregate(item.expression));
  return (
    inItems ||
    (node.having !== undefined && containsAggregate(node.having)) ||
    tail.orderBy.some((item) => containsAggregate(item.expression))
  );
}

/* ------------------------------------------------------------------ select list */

function bindSelectList(block: Block, node: ast.Select, binder: ExpressionBinder): readonly SelectItem[] {
  const items: SelectItem[] = [];
  for (const item of node.items) {
    if (item.kind === 'wildcard') items.push(...expandWildcard(block, node, item));
    else items.push(bindSelectItem(block, item, binder));
  }
  if (items.length > 4096) throw sqlErrors.tooManyFields();
  for (const item of items) {
    const key = item.name.toLowerCase();
    if (!block.aliases.has(key)) block.aliases.set(key, item.expression);
  }
  return items;
}

function expandWildcard(block: Block, node: ast.Select, item: ast.SelectWildcard): SelectItem[] {
  if (node.from.length === 0) throw sqlErrors.noTablesUsed();
  const columns = block.scope.expand(item.schema?.name, item.table?.name);
  if (columns === undefined) throw sqlErrors.badTable(item.table?.name ?? '');
  return columns.map((column) => ({
    expression: columnOf(column),
    name: column.name,
    table: column.relation.alias,
    origin: column.origin,
  }));
}

function bindSelectItem(block: Block, item: ast.SelectExpression, binder: ExpressionBinder): SelectItem {
  const expression = binder.bind(item.expression);
  if (item.expression.kind !== 'column') return { expression, name: item.name, table: '', origin: undefined };
  const source = block.scope.find(item.expression, 'field list');
  // The views of information_schema name their columns themselves, however the query writes them.
  const namesItself = item.alias === undefined && source?.relation.database.toLowerCase() === 'information_schema';
  return {
    expression,
    name: namesItself ? source.name : item.name,
    table: source?.relation.alias ?? '',
    origin: source?.origin,
  };
}

/* ------------------------------------------------------------------ GROUP BY, HAVING, ORDER BY */

function ordinalOf(expression: ast.Expression): number | undefined {
  return expression.kind === 'integer' ? Number(expression.value) : undefined;
}

function fixSlot(context: BindContext, expression: ast.Expression): void {
  if ('slot' in expression && expression.slot >= 0) context.fixedSlots.add(expression.slot);
}

function bindGroupBy(
  context: BindContext,
  node: ast.Select,
  items: readonly SelectItem[],
  options: ExpressionBinderOptions,
): readonly Expression[] {
  const clause = 'group statement';
  const binder = new ExpressionBinder({ ...options, clause, aliases: 'fallback', fixLiterals: true });
  return (node.groupBy?.items ?? []).map(({ expression }) => {
    const ordinal = ordinalOf(expression);
    if (ordinal === undefined) return binder.bind(expression);
    fixSlot(context, expression);
    const item = items[ordinal - 1];
    if (item === undefined) throw sqlErrors.badField(String(ordinal), clause);
    if (containsAggregateColumn(node, ordinal)) throw sqlErrors.wrongGroupField(item.name);
    return item.expression;
  });
}

function containsAggregateColumn(node: ast.Select, ordinal: number): boolean {
  if (node.items.some((item) => item.kind === 'wildcard')) return false;
  const item = node.items[ordinal - 1];
  return item?.kind === 'expression' && containsAggregate(item.expression);
}

function bindHaving(node: ast.Select, options: ExpressionBinderOptions): readonly Expression[] {
  if (node.having === undefined) return [];
  return conjuncts(new ExpressionBinder({ ...options, aliases: 'first' }).bind(node.having));
}

function bindOrderBy(
  orderBy: readonly ast.OrderItem[],
  items: readonly SelectItem[],
  options: ExpressionBinderOptions,
): readonly SortRequest[] {
  const binder = new ExpressionBinder({ ...options, aliases: 'fallback', fixLiterals: true });
  const aliasBinder = new ExpressionBinder({ ...options, aliases: 'first', fixLiterals: true });
  return orderBy.map((node) => {
    const ordinal = ordinalOf(node.expression);
    if (ordinal !== undefined) {
      fixSlot(options.context, node.expression);
      const item = items[ordinal - 1];
      if (item === undefined) throw sqlErrors.badField(String(ordinal), 'order clause');
      return { item: { expression: item.expression, descending: node.descending }, position: ordinal - 1 };
    }
    const isName = node.expression.kind === 'column';
    const item = bindSortItem(isName ? aliasBinder : binder, node);
    const position = items.findIndex((candidate) => sameExpression(candidate.expression, item.expression));
    return { item, position: position < 0 ? undefined : position };
  });
}

/* ------------------------------------------------------------------ after grouping */

function rewriteStage(stage: BlockExpressions, grouping: Grouping): BlockExpressions {
  const over = grouping.rewrite;
  const sortItem = ({ expression, descending }: SortItem): SortItem => ({ expression: over(expression), descending });
  return {
    items: stage.items.map((item) => ({ ...item, expression: over(item.expression) })),
    having: stage.having.map(over),
    sorts: stage.sorts.map(({ item, position }) => ({ item: sortItem(item), position })),
    windows: {
      named: stage.windows.named,
      windows: stage.windows.windows.map((window) => ({
        ...window,
        partitionBy: window.partitionBy.map(over),
        orderBy: window.orderBy.map(sortItem),
        frame: rewriteFrame(window.frame, over),
        calls: window.calls.map(({ uid, descriptor }) => ({ uid, descriptor: rewriteWindowCall(descriptor, over) })),
      })),
    },
    applies: stage.applies,
  };
}

function rewriteWindowCall(
  descriptor: WindowDescriptor,
  over: (expression: Expression) => Expression,
): WindowDescriptor {
  const args = descriptor.args.map(over);
  const { aggregate } = descriptor;
  return { ...descriptor, args, aggregate: aggregate === undefined ? undefined : { ...aggregate, args } };
}

function rewriteFrame(
  frame: WindowFrame | undefined,
  over: (expression: Expression) => Expression,
): WindowFrame | undefined {
  if (frame === undefined) return undefined;
  const bound = (side: FrameBound): FrameBound =>
    side.kind === 'range' ? { kind: 'range', target: over(side.target) } : side;
  return { unit: frame.unit, start: bound(frame.start), end: bound(frame.end) };
}

function addWindows(plan: LogicalPlan, collector: WindowCollector): LogicalPlan {
  return collector.windows.reduce<LogicalPlan>((child, window) => {
    const output = window.calls.map(
      ({ uid, descriptor }): PlanColumn => ({ uid, type: descriptor.type, name: descriptor.name }),
    );
    return { kind: 'window', child, columns: [...child.columns, ...output], ...window };
  }, plan);
}

function finishSelect(
  context: BindContext,
  scope: FromScope,
  { node, tail }: { readonly node: ast.Select; readonly tail: QueryTail },
  child: LogicalPlan,
  stage: BlockExpressions,
): BoundQuery {
  const own = uidsOf(child.columns);
  const visible = stage.items.map((item): PlanColumn => outputColumn(context, own, item.expression, item.name));
  const hidden: PlanColumn[] = [];
  const hiddenExpressions: Expression[] = [];
  const sortItems = stage.sorts.map(({ item, position }): SortItem => {
    const known = position === undefined ? undefined : visible[position];
    if (known !== undefined) return { expression: columnOf(known), descending: item.descending };
    const column = outputColumn(context, own, item.expression, 'order');
    hidden.push(column);
    hiddenExpressions.push(item.expression);
    return { expression: columnOf(column), descending: item.descending };
  });
  if (node.distinct && hidden.length > 0 && context.environment.sqlMode.onlyFullGroupBy) {
    const name = nameOf(scope, hiddenExpressions[0]);
    throw sqlErrors.fieldInOrderNotSelect(firstHidden(stage) + 1, name, 'DISTINCT');
  }
  const expressions = [...stage.items.map((item) => item.expression), ...hiddenExpressions];
  let plan: LogicalPlan = project(child, [...visible, ...hidden], expressions);
  if (node.distinct) plan = { kind: 'distinct', child: plan, columns: plan.columns };
  plan = sort(plan, sortItems);
  if (tail.limit !== undefined) {
    const { count, offset } = bindLimit(context, tail.limit);
    plan = limit(plan, count, offset);
  }
  if (hidden.length > 0) plan = keep(plan, visible);
  const output = stage.items.map(
    (item, i): OutputColumn => ({
      column: visible[i] as PlanColumn,
      name: item.name,
      table: item.table,
      origin: item.origin,
    }),
  );
  return { plan, output };
}

function nameOf(scope: FromScope, expression: Expression | undefined): string {
  return expression?.kind === 'column' ? qualifiedName(scope, expression.index) : '';
}

function firstHidden(stage: BlockExpressions): number {
  return stage.sorts.findIndex((request) => request.position === undefined);
}

/** A bare column of the block passes through under its own uid; one of an outer block becomes a value of this one. */
function outputColumn(
  context: BindContext,
  own: ReadonlySet<number>,
  expression: Expression,
  name: string,
): PlanColumn {
  if (expression.kind === 'column' && own.has(expression.index))
    return { uid: expression.index, type: expression.type, name: expression.name };
  return { uid: context.nextUid(), type: expression.type, name };
}
