/** Chooses how each logical node is computed. Children first; orders that an index gives make a Sort disappear. */

import type { Expression } from '../../engine/index.ts';
import { choosePath, providesOrder } from './access-path.ts';
import { estimateRows } from './cardinality.ts';
import type {
  Apply,
  CteDefinition,
  DataSource,
  Limit,
  LogicalPlan,
  PlanColumn,
  Sort,
  SortItem,
  WindowPlan,
} from './logical-plan.ts';
import { type BuildContext, buildInner } from './physical-inner.ts';
import { buildJoin } from './physical-join.ts';
import type { PhysicalApply, PhysicalApplyMode, PhysicalPlan } from './physical-plan.ts';
import { Resolver } from './resolve.ts';
import { optimize } from './rules/optimize.ts';

export function buildPhysical(plan: LogicalPlan, context: BuildContext): PhysicalPlan {
  const estimatedRows = Math.round(estimateRows(plan));
  const { columns } = plan;
  switch (plan.kind) {
    case 'data-source':
      return buildSource(plan, context, undefined);
    case 'virtual-source':
      return {
        kind: 'virtual-scan',
        columns,
        estimatedRows,
        table: plan.table,
        alias: plan.alias,
        offsets: plan.offsets,
      };
    case 'values': {
      const resolver = new Resolver([], context.outer);
      return { kind: 'values', columns, estimatedRows, rows: plan.rows.map(resolver.all) };
    }
    case 'selection': {
      const child = buildPhysical(plan.child, context);
      const conditions = new Resolver(child.columns, context.outer).all(plan.conditions);
      return { kind: 'filter', columns: child.columns, estimatedRows, child, conditions };
    }
    case 'projection':
      return project(plan, buildPhysical(plan.child, context), context);
    case 'join':
      return buildJoin(plan, context, buildPhysical);
    case 'apply':
      return buildApply(plan, context);
    case 'aggregation': {
      const child = buildPhysical(plan.child, context);
      const resolver = new Resolver(child.columns, context.outer);
      const aggregates = plan.aggregates.map(({ uid, descriptor }) => ({
        uid,
        descriptor: {
          ...descriptor,
          args: resolver.all(descriptor.args),
          orderBy: resolver.order(descriptor.orderBy),
        },
      }));
      return { kind: 'aggregate', columns, estimatedRows, child, groupBy: resolver.all(plan.groupBy), aggregates };
    }
    case 'expand': {
      const child = buildPhysical(plan.child, context);
      const groups = new Resolver(child.columns, context.outer).all(plan.groups);
      return { kind: 'expand', columns: appended(plan, plan.child, child), estimatedRows, child, groups };
    }
    case 'window': {
      const child = buildWindowInput(plan, context);
      const resolver = new Resolver(child.columns, context.outer);
      return {
        kind: 'window',
        columns: appended(plan, plan.child, child),
        estimatedRows,
        child,
        partitionBy: resolver.all(plan.partitionBy),
        orderBy: resolver.order(plan.orderBy),
        frame: resolver.frame(plan.frame),
        calls: plan.calls.map(({ uid, descriptor }) => ({ uid, descriptor: resolver.windowCall(descriptor) })),
      };
    }
    case 'sort':
      return buildSort(plan, context);
    case 'limit':
      return buildLimit(plan, context);
    case 'distinct': {
      const child = buildPhysical(plan.child, context);
      return { kind: 'distinct', columns: child.columns, estimatedRows, child };
    }
    case 'max-one-row': {
      const child = buildPhysical(plan.child, context);
      return { kind: 'max-one-row', columns: child.columns, estimatedRows, child };
    }
    case 'set-operation': {
      const { operator, all } = plan;
      const children = plan.children.map((child) => buildPhysical(child, context));
      return { kind: 'set-operation', columns, estimatedRows, operator, all, children };
    }
    case 'cte-reference':
      return {
        kind: 'cte-scan',
        columns,
        estimatedRows,
        definition: plan.definition,
        alias: plan.alias,
        plan: ctePlan(plan.definition, context),
      };
    case 'recursive-cte': {
      const { working, distinct } = plan;
      const seed = buildPhysical(plan.seed, context);
      const step = buildPhysical(plan.step, context);
      return { kind: 'recursive-cte', columns, estimatedRows, seed, step, working, distinct };
    }
  }
}

/** The built input's columns (a join may have turned its sides round), then what the node adds to them. */
function appended(plan: LogicalPlan, input: LogicalPlan, built: PhysicalPlan): readonly PlanColumn[] {
  return [...built.columns, ...plan.columns.slice(input.columns.length)];
}

/** Window functions read their input sorted by partition, then by the window's order. */
function buildWindowInput(plan: WindowPlan, context: BuildContext): PhysicalPlan {
  const child = buildPhysical(plan.child, context);
  const wanted = [...plan.partitionBy.map((expression) => ({ expression, descending: false })), ...plan.orderBy];
  if (wanted.length === 0) return child;
  const items = new Resolver(child.columns, context.outer).order(wanted);
  return { kind: 'sort', columns: child.columns, estimatedRows: child.estimatedRows, child, items };
}

function ctePlan(definition: CteDefinition, context: BuildContext): PhysicalPlan | undefined {
  if (definition.plan === undefined) return undefined;
  const known = context.ctes.get(definition);
  if (known !== undefined) return known;
  const built = buildPhysical(optimize(definition.plan), context);
  context.ctes.set(definition, built);
  return built;
}

function project(
  plan: Extract<LogicalPlan, { kind: 'projection' }>,
  child: PhysicalPlan,
  context: BuildContext,
): PhysicalPlan {
  const expressions = new Resolver(child.columns, context.outer).all(plan.expressions);
  const isIdentity =
    expressions.length === child.columns.length &&
    expressions.every((expression, i) => expression.kind === 'column' && expression.index === i);
  if (isIdentity) return { ...child, columns: plan.columns };
  return { kind: 'project', columns: plan.columns, estimatedRows: child.estimatedRows, child, expressions };
}

/* ------------------------------------------------------------------ tables */

/** `order`: wanted by a Sort above, used as a preference. */
function buildSource(plan: DataSource, context: BuildContext, order: readonly SortItem[] | undefined): PhysicalPlan {
  const path = choosePath(plan, order);
  const { columns, database, alias, table, offsets, lock } = plan;
  const values = new Resolver([], context.outer);
  const rows = new Resolver(columns, context.outer);
  const access = { columns, database, alias, table, offsets, lock, estimatedRows: Math.round(path.estimatedRows) };
  if (path.isPoint) {
    const key = path.ranges.points.map((point) => values.expression(point.values[0] as Expression));
    const index =
      path.index ?? (table.isCommonHandle ? table.indexes.find((candidate) => candidate.primary) : undefined);
    return { kind: 'point-get', ...access, index, key, conditions: rows.all(path.residual) };
  }
  const bound = (side: typeof path.ranges.low): typeof path.ranges.low =>
    side === undefined ? undefined : { value: values.expression(side.value), open: side.open };
  return {
    kind: 'scan',
    ...access,
    index: path.index,
    covering: path.covering,
    ranges: {
      points: path.ranges.points.map((point) => ({ values: values.all(point.values), nullSafe: point.nullSafe })),
      low: bound(path.ranges.low),
      high: bound(path.ranges.high),
    },
    reverse: order !== undefined && providesOrder(plan, path, order) === 'reverse',
    conditions: rows.all(path.residual),
  };
}

/* ------------------------------------------------------------------ order */

/** The plan in the wanted order without a Sort, where an index gives it; else undefined. */
function buildOrdered(plan: LogicalPlan, order: readonly SortItem[], context: BuildContext): PhysicalPlan | undefined {
  switch (plan.kind) {
    case 'data-source':
      return providesOrder(plan, choosePath(plan, order), order) === undefined
        ? undefined
        : buildSource(plan, context, order);
    case 'selection': {
      const child = buildOrdered(plan.child, order, context);
      if (child === undefined) return undefined;
      const conditions = new Resolver(child.columns, context.outer).all(plan.conditions);
      const estimatedRows = Math.round(estimateRows(plan));
      return { kind: 'filter', columns: child.columns, estimatedRows, child, conditions };
    }
    case 'projection': {
      const isPassedThrough = order.every(
        ({ expression }) =>
          expression.kind === 'column' &&
          plan.expressions.some((source) => source.kind === 'column' && source.index === expression.index),
      );
      const child = isPassedThrough ? buildOrdered(plan.child, order, context) : undefined;
      return child === undefined ? undefined : project(plan, child, context);
    }
    default:
      return undefined;
  }
}

/** Without a limit an index that costs more than a scan and a sort is not worth its order. */
function buildSort(plan: Sort, context: BuildContext): PhysicalPlan {
  const ordered = buildOrdered(plan.child, plan.items, context);
  if (ordered !== undefined && !isLookup(ordered)) return ordered;
  const child = buildPhysical(plan.child, context);
  const items = new Resolver(child.columns, context.outer).order(plan.items);
  return { kind: 'sort', columns: child.columns, estimatedRows: child.estimatedRows, child, items };
}

function isLookup(plan: PhysicalPlan): boolean {
  if (plan.kind === 'scan') {
    return plan.index !== undefined && !plan.covering && plan.ranges.points.length === 0;
  }
  return (plan.kind === 'filter' || plan.kind === 'project') && isLookup(plan.child);
}

function buildLimit(plan: Limit, context: BuildContext): PhysicalPlan {
  const resolver = new Resolver([], context.outer);
  const count = resolver.expression(plan.count);
  const offset = plan.offset === undefined ? undefined : resolver.expression(plan.offset);
  const estimatedRows = Math.round(estimateRows(plan));
  const { child } = plan;
  if (child.kind === 'sort') {
    const ordered = buildOrdered(child.child, child.items, context);
    if (ordered !== undefined) {
      return { kind: 'limit', columns: ordered.columns, estimatedRows, child: ordered, count, offset };
    }
    const input = buildPhysical(child.child, context);
    const items = new Resolver(input.columns, context.outer).order(child.items);
    return { kind: 'top-n', columns: input.columns, estimatedRows, child: input, items, count, offset };
  }
  const input = buildPhysical(child, context);
  return { kind: 'limit', columns: input.columns, estimatedRows, child: input, count, offset };
}

/* ------------------------------------------------------------------ apply */

function buildApply(plan: Apply, context: BuildContext): PhysicalApply {
  const left = buildPhysical(plan.left, context);
  const { right, bindings } = buildInner(plan.right, left, context, buildPhysical);
  const pairs = new Resolver([...left.columns, ...right.columns], context.outer);
  return {
    kind: 'apply',
    columns: appended(plan, plan.left, left),
    estimatedRows: Math.round(estimateRows(plan)),
    mode: applyMode(plan, pairs),
    left,
    right,
    bindings,
  };
}

function applyMode(plan: Apply, pairs: Resolver): PhysicalApplyMode {
  const { mode } = plan;
  switch (mode.kind) {
    case 'quantified':
      return { ...mode, comparison: pairs.expression(mode.comparison) };
    case 'join':
      return { ...mode, conditions: pairs.all(mode.conditions) };
    default:
      return mode;
  }
}
