/**
 * Query expressions: WITH, set operations, VALUES, TABLE, and the ORDER BY and LIMIT that stand behind a whole query.
 * `bindStatementQuery` is the entrance; everything below it reaches subqueries through the context, which keeps the
 * binder's files free of import cycles.
 */

import { assertNever } from '../../base/index.ts';
import { aggregateTypes, castToAggregated, type Expression, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import { bindSortItem } from './bind-aggregate.ts';
import type { BindContext } from './bind-context.ts';
import { ExpressionBinder } from './bind-expression.ts';
import { bindLimit } from './bind-limit.ts';
import { bindSelect, type QueryTail } from './bind-select.ts';
import { bindStoredTableQuery } from './bind-table-query.ts';
import { type Block, type BoundQuery, type CteScope, newBlock, type OutputColumn } from './block.ts';
import { columnOf } from './expressions.ts';
import type { CteDefinition, LogicalPlan, PlanColumn, SetOperation, SortItem } from './logical-plan.ts';
import { limit, project, sort } from './plan-builders.ts';
import { FromScope, type ScopeColumn } from './scope.ts';

const noTail: QueryTail = { orderBy: [], limit: undefined, locking: [] };

/** Binds into `block`, whose `outer` and `ctes` say what the query may refer to. */
export function bindQuery(context: BindContext, node: ast.QueryExpression, block: Block): BoundQuery {
  return context.nested(
    () => {
      const ctes = node.with === undefined ? block.ctes : bindWith(context, node.with, block);
      const inner: Block = { ...block, ctes };
      return bindBody(context, node.body, inner, { orderBy: node.orderBy, limit: node.limit, locking: node.locking });
    },
    () => sqlErrors.tooHighLevelOfNestingForSelect(),
  );
}

function bindBody(context: BindContext, body: ast.QueryBody, block: Block, tail: QueryTail): BoundQuery {
  switch (body.kind) {
    case 'select':
      return bindSelect(context, block, body, tail);
    case 'set-operation':
      return withTail(context, block, bindSetOperation(context, body, block), tail);
    case 'values':
      return withTail(context, block, bindValues(context, body, block), tail);
    case 'table-query':
      return withTail(context, block, bindStoredTableQuery(context, block, body), tail);
    case 'query':
      return withTail(context, block, bindQuery(context, body, branchBlock(block)), tail);
    default:
      return assertNever(body);
  }
}

/** A block of its own for one branch, whose outer references count for the whole. */
function branchBlock(block: Block): Block {
  return { ...newBlock(block.outer, block.ctes), correlated: block.correlated };
}

/** ORDER BY and LIMIT over a result: only its output columns are in sight. */
function withTail(context: BindContext, block: Block, bound: BoundQuery, tail: QueryTail): BoundQuery {
  let plan = bound.plan;
  if (tail.orderBy.length > 0) plan = sort(plan, outputOrder(context, block, bound.output, tail.orderBy));
  if (tail.limit !== undefined) {
    const { count, offset } = bindLimit(context, tail.limit);
    plan = limit(plan, count, offset);
  }
  return { plan, output: bound.output };
}

function outputOrder(
  context: BindContext,
  block: Block,
  output: readonly OutputColumn[],
  orderBy: readonly ast.OrderItem[],
): readonly SortItem[] {
  const relation = { alias: '', database: '' };
  const columns = output.map(
    ({ column, name }): ScopeColumn => ({ ...column, name, relation, origin: undefined, hidden: false }),
  );
  const scoped: Block = { ...block, scope: FromScope.of(columns, relation) };
  const binder = new ExpressionBinder({
    context,
    block: scoped,
    clause: 'order clause',
    applies: [],
    fixLiterals: true,
  });
  return orderBy.map((node) => {
    if (node.expression.kind !== 'integer') return bindSortItem(binder, node);
    if (node.expression.slot >= 0) context.fixedSlots.add(node.expression.slot);
    const item = output[Number(node.expression.value) - 1];
    if (item === undefined) throw sqlErrors.badField(String(node.expression.value), 'order clause');
    return { expression: columnOf(item.column), descending: node.descending };
  });
}

/* ------------------------------------------------------------------ VALUES and set operations */

function bindValues(context: BindContext, node: ast.ValuesRows, block: Block): BoundQuery {
  const binder = new ExpressionBinder({ context, block, clause: 'field list', applies: [], fixLiterals: true });
  const rows = node.rows.map((row) => binder.bindAll(row));
  const width = rows[0]?.length ?? 0;
  rows.forEach((row, i) => {
    if (row.length !== width) throw sqlErrors.wrongValueCountOnRow(i + 1);
  });
  const columns = Array.from({ length: width }, (_, i): PlanColumn => {
    const type = aggregateTypes(
      rows.map((row) => row[i] as Expression),
      'VALUES',
      context.resolveOptions,
    ).type;
    return { uid: context.nextUid(), type, name: `column_${i}` };
  });
  const converted = rows.map((row) => row.map((value, i) => castToAggregated(value, (columns[i] as PlanColumn).type)));
  const plan: LogicalPlan = { kind: 'values', columns, rows: converted };
  return { plan, output: columns.map((column) => ({ column, name: column.name, table: '', origin: undefined })) };
}

/** Chains of the same operator are one node, so that long UNIONs stay shallow. */
function operandsOf(node: ast.SetOperation): ast.QueryBody[] {
  const operands: ast.QueryBody[] = [];
  let left: ast.QueryBody = node;
  while (
    left.kind === 'set-operation' &&
    left.operator === node.operator &&
    left.all === node.all &&
    (node.operator !== 'except' || left === node)
  ) {
    operands.unshift(left.right);
    left = left.left;
  }
  operands.unshift(left);
  return operands;
}

function bindSetOperation(context: BindContext, node: ast.SetOperation, block: Block): BoundQuery {
  const branches = operandsOf(node).map((body) => bindBody(context, body, branchBlock(block), noTail));
  return combine(context, node.operator, node.all, branches);
}

function combine(
  context: BindContext,
  operator: SetOperation['operator'],
  all: boolean,
  branches: readonly BoundQuery[],
): BoundQuery {
  const first = branches[0] as BoundQuery;
  const width = first.output.length;
  if (branches.some((branch) => branch.output.length !== width)) throw sqlErrors.wrongNumberOfColumnsInSelect();
  const output = first.output.map(({ name }, i): OutputColumn => {
    const type = aggregateTypes(
      branches.map((branch) => columnOf((branch.output[i] as OutputColumn).column)),
      operator.toUpperCase(),
      context.resolveOptions,
    ).type;
    return { column: { uid: context.nextUid(), type, name }, name, table: '', origin: undefined };
  });
  const columns = output.map((item) => item.column);
  const children = branches.map((branch) => convertBranch(context, branch, columns));
  return { plan: { kind: 'set-operation', operator, all, children, columns }, output };
}

function convertBranch(context: BindContext, branch: BoundQuery, columns: readonly PlanColumn[]): LogicalPlan {
  const expressions = branch.output.map(({ column }, i) => {
    const target = (columns[i] as PlanColumn).type;
    return castToAggregated(columnOf(column), target);
  });
  const outputs = columns.map((column): PlanColumn => ({ ...column, uid: context.nextUid() }));
  return project(branch.plan, outputs, expressions);
}

/* ------------------------------------------------------------------ WITH */

export function bindWith(context: BindContext, clause: ast.WithClause, block: Block): CteScope {
  let scope: CteScope | undefined = block.ctes;
  const level: CteScope = { parent: block.ctes, tables: new Map() };
  scope = level;
  for (const table of clause.tables) {
    const key = table.name.name.toLowerCase();
    if (level.tables.has(key)) throw sqlErrors.nonUniqTable(table.name.name);
    const recursive = clause.recursive && mentions(table.query, key);
    const bound = recursive
      ? bindRecursive(context, table, block, scope)
      : context.bindQuery(table.query, cteBlock(block, scope));
    const output = renamed(bound.output, table);
    const definition: CteDefinition = { name: table.name.name, plan: bound.plan, references: 0 };
    level.tables.set(key, { definition, output });
  }
  return level;
}

function cteBlock(block: Block, ctes: CteScope): Block {
  return { ...newBlock(block.outer, ctes), correlated: block.correlated };
}

function renamed(output: readonly OutputColumn[], table: ast.CommonTableExpression): readonly OutputColumn[] {
  if (table.columns.length === 0) return output;
  if (table.columns.length !== output.length) throw sqlErrors.viewWrongList();
  return output.map((item, i) => ({ ...item, name: (table.columns[i] as ast.Identifier).name }));
}

function mentions(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((item) => mentions(item, name));
  if (node === null || typeof node !== 'object' || node instanceof Uint8Array) return false;
  if ('kind' in node && node.kind === 'table' && 'table' in node) {
    const { table } = node as ast.BaseTable;
    if (table.schema === undefined && table.name.name.toLowerCase() === name) return true;
  }
  return Object.values(node).some((item) => mentions(item, name));
}

/** seed UNION [ALL] step; the column types are the seed's, made nullable. */
function bindRecursive(
  context: BindContext,
  table: ast.CommonTableExpression,
  block: Block,
  scope: CteScope,
): BoundQuery {
  const name = table.name.name;
  const body = table.query.body;
  if (body.kind !== 'set-operation' || body.operator !== 'union') throw sqlErrors.cteRecursiveRequiresUnion(name);
  const operands = operandsOf(body);
  const stepAt = operands.findIndex((operand) => mentions(operand, name.toLowerCase()));
  if (stepAt <= 0) throw sqlErrors.cteRecursiveRequiresNonrecursiveFirst(name);
  const bindAll = (bodies: readonly ast.QueryBody[], ctes: CteScope): BoundQuery => {
    const bound = bodies.map((operand) => bindBody(context, operand, cteBlock(block, ctes), noTail));
    return bound.length === 1 ? (bound[0] as BoundQuery) : combine(context, 'union', true, bound);
  };
  const seed = bindAll(operands.slice(0, stepAt), scope);
  const output = renamed(seed.output, table).map((item): OutputColumn => {
    const type = { ...item.column.type, nullable: true };
    return { ...item, column: { uid: context.nextUid(), type, name: item.name } };
  });
  const columns = output.map((item) => item.column);
  const working: CteDefinition = { name, plan: undefined, references: 0 };
  const inner: CteScope = { parent: scope, tables: new Map([[name.toLowerCase(), { definition: working, output }]]) };
  const step = bindAll(operands.slice(stepAt), inner);
  if (step.output.length !== columns.length) throw sqlErrors.wrongNumberOfColumnsInSelect();
  const plan: LogicalPlan = {
    kind: 'recursive-cte',
    seed: convertBranch(context, seed, columns),
    step: convertBranch(context, step, columns),
    working,
    distinct: !body.all,
    columns,
  };
  return withTail(
    context,
    block,
    { plan, output },
    {
      orderBy: table.query.orderBy,
      limit: table.query.limit,
      locking: [],
    },
  );
}
