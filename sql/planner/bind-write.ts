/**
 * UPDATE and DELETE as queries: the rows to change come from an ordinary plan whose columns begin with all columns of each
 * target table (and its hidden row id), followed by whatever else the assignments need. The targets' rows are locked as
 * they are read.
 */

import { type Expression, sqlErrors, type TableInfo } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import { bindSortItem } from './bind-aggregate.ts';
import type { BindContext, PlanEnvironment } from './bind-context.ts';
import { ExpressionBinder, type ExpressionBinderOptions } from './bind-expression.ts';
import { bindFrom } from './bind-from.ts';
import { columnOffset, defaultsOf } from './bind-insert.ts';
import { bindLimit } from './bind-limit.ts';
import { bindWith } from './bind-query.ts';
import { type Block, newBlock, type PendingApply } from './block.ts';
import { conjuncts, forEachColumn } from './expressions.ts';
import type { DataSource, LogicalPlan, PlanColumn, SortItem } from './logical-plan.ts';
import { childrenOf } from './logical-plan.ts';
import { applyPending, keep, limit, select, sort } from './plan-builders.ts';
import { newBindContext, type PreparedPlan, planLogical } from './prepare-query.ts';
import { Resolver } from './resolve.ts';
import { lockSources } from './row-locks.ts';
import type { ScopeColumn } from './scope.ts';
import { checkTargetNotRead } from './target-in-subquery.ts';

/** Where a target table's columns stand in the rows of the plan. */
export interface BoundTarget {
  readonly database: string;
  readonly table: TableInfo;
  readonly alias: string;
  /** Position of each table column, by offset. */
  readonly positions: readonly number[];
  /** Position of the hidden row id; -1 for tables with a key of their own. */
  readonly rowIdPosition: number;
}

export interface BoundUpdateAssignment {
  readonly target: number;
  readonly offset: number;
  /** Over the plan's row; undefined is the column's default. */
  readonly value: Expression | undefined;
}

export interface BoundWrite {
  readonly targets: readonly BoundTarget[];
  readonly plan: PreparedPlan;
  readonly ignore: boolean;
  readonly context: BindContext;
}

export interface BoundUpdate extends BoundWrite {
  readonly assignments: readonly BoundUpdateAssignment[];
}

interface Source {
  readonly context: BindContext;
  readonly block: Block;
  readonly plan: LogicalPlan;
  readonly binder: ExpressionBinder;
  readonly applies: PendingApply[];
}

interface WriteNode {
  readonly with: ast.WithClause | undefined;
  readonly where: ast.Expression | undefined;
  readonly orderBy: readonly ast.OrderItem[];
  readonly limit: ast.Limit | undefined;
}

function bindSource(environment: PlanEnvironment, node: WriteNode, tables: readonly ast.TableReference[]): Source {
  const context = newBindContext(environment);
  const outer = newBlock(undefined, undefined);
  const ctes = node.with === undefined ? undefined : bindWith(context, node.with, outer);
  const block = newBlock(undefined, ctes);
  const from = bindFrom(context, block, tables);
  block.scope = from.scope;
  const applies: PendingApply[] = [];
  const options: ExpressionBinderOptions = { context, block, clause: 'where clause', applies };
  let { plan } = from;
  if (node.where !== undefined) {
    const conditions = conjuncts(new ExpressionBinder(options).bind(node.where));
    plan = select(applyPending(plan, applies), conditions);
  }
  const later: PendingApply[] = [];
  const binder = new ExpressionBinder({ ...options, clause: 'field list', applies: later });
  return { context, block, plan, binder, applies: later };
}

function sourcesOf(plan: LogicalPlan): DataSource[] {
  if (plan.kind === 'data-source') return [plan];
  return childrenOf(plan).flatMap(sourcesOf);
}

function withOrder(source: Source, node: WriteNode, plan: LogicalPlan): LogicalPlan {
  const applies: PendingApply[] = [];
  const binder = source.binder.with({ clause: 'order clause', applies });
  const items: SortItem[] = node.orderBy.map((item) => bindSortItem(binder, item));
  let ordered = sort(applyPending(plan, applies), items);
  if (node.limit !== undefined) {
    const { count, offset } = bindLimit(source.context, node.limit);
    ordered = limit(ordered, count, offset);
  }
  return ordered;
}

/** The columns that targets and assignments need, without repetition. */
function finish(
  source: Source,
  plan: LogicalPlan,
  targets: readonly DataSource[],
  expressions: readonly (Expression | undefined)[],
): { readonly prepared: PreparedPlan; readonly columns: readonly PlanColumn[] } {
  const available = new Map(plan.columns.map((column) => [column.uid, column]));
  const wanted = new Map<number, PlanColumn>();
  const want = (uid: number): void => {
    const column = available.get(uid);
    if (column !== undefined) wanted.set(uid, column);
  };
  for (const target of targets) for (const column of target.columns) want(column.uid);
  for (const expression of expressions) {
    if (expression !== undefined) forEachColumn(expression, (column) => want(column.index));
  }
  const aliases = new Set(targets.map((target) => target.alias));
  const locked = lockSources(plan, aliases, { kind: 'update', wait: 'wait' });
  const prepared = planLogical(keep(locked, [...wanted.values()]), source.context);
  return { prepared, columns: prepared.plan.columns };
}

function targetOf(target: DataSource, columns: readonly PlanColumn[]): BoundTarget {
  const at = (uid: number | undefined): number => columns.findIndex((column) => column.uid === uid);
  const uidOf = new Map(target.offsets.map((offset, i) => [offset, target.columns[i]?.uid]));
  return {
    database: target.database,
    table: target.table,
    alias: target.alias,
    positions: target.table.columns.map((column) => at(uidOf.get(column.offset))),
    rowIdPosition: at(uidOf.get(-1)),
  };
}

/* ------------------------------------------------------------------ UPDATE */

export function bindUpdateStatement(node: ast.Update, environment: PlanEnvironment): BoundUpdate {
  const isSingle = node.tables.length === 1 && node.tables[0]?.kind === 'table';
  if (!isSingle && node.limit !== undefined) throw sqlErrors.wrongUsage('UPDATE', 'LIMIT');
  if (!isSingle && node.orderBy.length > 0) throw sqlErrors.wrongUsage('UPDATE', 'ORDER BY');
  const source = bindSource(environment, node, node.tables);
  const sources = sourcesOf(source.plan);
  const targets: DataSource[] = [];
  const assignments = node.assignments.map((assignment) => {
    const column = source.block.scope.find(assignment.column, 'field list');
    if (column === undefined) throw sqlErrors.badField(assignment.column.name.name, 'field list');
    const target = ownerOf(sources, column, isSingle, node);
    if (!targets.includes(target)) targets.push(target);
    const offset = columnOffset(target.table, assignment.column);
    const info = target.table.columns[offset];
    const isDefault = assignment.value.kind === 'default' && assignment.value.column === undefined;
    if (info?.generated !== undefined && !isDefault) {
      throw sqlErrors.nonDefaultValueForGeneratedColumn(info.name, target.table.name);
    }
    const binder = source.binder.with({ special: defaultsOf(source.context, target.table) });
    return { target, offset, value: isDefault ? undefined : binder.bind(assignment.value) };
  });
  const written = targets.map(({ database, table }) => ({ database, name: table.name }));
  const read = [node.where, node.assignments, node.orderBy];
  checkTargetNotRead(read, written, environment.currentDatabase);
  const plan = withOrder(source, node, applyPending(source.plan, source.applies));
  const { prepared, columns } = finish(
    source,
    plan,
    targets,
    assignments.map((assignment) => assignment.value),
  );
  const resolver = new Resolver(columns, new Map());
  return {
    targets: targets.map((target) => targetOf(target, columns)),
    plan: prepared,
    ignore: node.ignore,
    context: source.context,
    assignments: assignments.map(({ target, offset, value }) => ({
      target: targets.indexOf(target),
      offset,
      value: value === undefined ? undefined : resolver.expression(value),
    })),
  };
}

function ownerOf(sources: readonly DataSource[], column: ScopeColumn, isSingle: boolean, node: ast.Update): DataSource {
  const owner = sources.find(
    (source) =>
      source.alias === column.relation.alias && source.columns.some((candidate) => candidate.uid === column.uid),
  );
  const [reference] = node.tables;
  const name = isSingle && reference?.kind === 'table' ? reference.table.name.name : column.relation.alias;
  if (owner === undefined) throw sqlErrors.nonUpdatableTable(name, 'UPDATE');
  return owner;
}

/* ------------------------------------------------------------------ DELETE */

export function bindDeleteStatement(node: ast.Delete, environment: PlanEnvironment): BoundWrite {
  const source = bindSource(environment, node, node.from);
  const sources = sourcesOf(source.plan);
  const targets =
    node.targets === undefined ? [onlyTarget(sources, node)] : node.targets.map((name) => named(sources, name, source));
  const written = targets.map(({ database, table }) => ({ database, name: table.name }));
  checkTargetNotRead([node.where, node.orderBy], written, environment.currentDatabase);
  const plan = withOrder(source, node, source.plan);
  const { prepared, columns } = finish(source, plan, targets, []);
  return {
    targets: targets.map((target) => targetOf(target, columns)),
    plan: prepared,
    ignore: node.ignore,
    context: source.context,
  };
}

function onlyTarget(sources: readonly DataSource[], node: ast.Delete): DataSource {
  const [reference] = node.from;
  const alias = reference?.kind === 'table' ? (reference.alias?.name ?? reference.table.name.name) : '';
  const target = sources.find((source) => source.alias === alias);
  if (target === undefined) throw sqlErrors.nonUpdatableTable(alias, 'DELETE');
  return target;
}

function named(sources: readonly DataSource[], name: ast.TableName, source: Source): DataSource {
  const alias = name.name.name;
  const schema = name.schema?.name;
  const found = sources.find(
    (candidate) => candidate.alias === alias && (schema === undefined || candidate.database === schema),
  );
  if (found !== undefined) return found;
  if (source.block.scope.relations.some((relation) => relation.alias === alias)) {
    throw sqlErrors.nonUpdatableTable(alias, 'DELETE');
  }
  throw sqlErrors.unknownTable(alias, 'MULTI DELETE');
}
