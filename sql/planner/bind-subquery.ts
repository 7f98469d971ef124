/**
 * Subqueries as values. A subquery without free columns becomes an initial subquery (computed once per execution, its
 * value a parameter); a correlated one becomes a pending Apply whose output column takes its place in the expression.
 */

import { type Expression, fieldTypes, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExpressionBinder } from './bind-expression.ts';
import { type BoundQuery, newBlock } from './block.ts';
import { compareItems, rowItems } from './compare-rows.ts';
import { columnOf } from './expressions.ts';
import type { ApplyMode, LogicalPlan, PlanColumn } from './logical-plan.ts';
import { project } from './plan-builders.ts';

interface Subquery extends BoundQuery {
  readonly isCorrelated: boolean;
}

/** Binds below the binder's block and passes references to blocks further out on to it. */
function bindBelow(binder: ExpressionBinder, query: ast.QueryExpression): Subquery {
  const { context, block } = binder;
  const inner = newBlock(block, block.ctes);
  const bound = context.bindQuery(query, inner);
  return { ...bound, isCorrelated: inner.correlated.size > 0 };
}

function apply(binder: ExpressionBinder, mode: ApplyMode, query: Subquery, output: readonly PlanColumn[]): void {
  binder.applies.push({ mode, plan: query.plan, output });
}

function nullable(column: PlanColumn, uid: number): PlanColumn {
  return { uid, type: { ...column.type, nullable: true }, name: column.name };
}

export function bindScalarSubquery(binder: ExpressionBinder, node: ast.QueryExpression): Expression {
  const query = bindBelow(binder, node);
  if (query.output.length !== 1) throw sqlErrors.operandColumns(1);
  return scalarColumns(binder, query)[0] as Expression;
}

/** A subquery as a row operand of a comparison. */
function bindRowSubquery(binder: ExpressionBinder, node: ast.QueryExpression): Expression[] {
  return scalarColumns(binder, bindBelow(binder, node));
}

function scalarColumns(binder: ExpressionBinder, query: Subquery): Expression[] {
  const { context } = binder;
  const only = query.output[0]?.column;
  if (!query.isCorrelated && query.output.length === 1 && only !== undefined) {
    const slot = context.nextSlot();
    context.initialSubqueries.push({ slot, mode: 'scalar', plan: query.plan });
    return [{ kind: 'parameter', index: slot, type: { ...only.type, nullable: true } }];
  }
  const output = query.output.map(({ column }) => nullable(column, context.nextUid()));
  if (output.length === 1) {
    apply(binder, { kind: 'scalar' }, query, output);
    return output.map(columnOf);
  }
  const row = project(
    query.plan,
    output,
    query.output.map(({ column }) => columnOf(column)),
  );
  const plan: LogicalPlan = { kind: 'max-one-row', child: row, columns: row.columns };
  binder.applies.push({ mode: { kind: 'join', outer: true, conditions: [] }, plan, output });
  return output.map(columnOf);
}

export function bindExists(binder: ExpressionBinder, node: ast.QueryExpression): Expression {
  const { context } = binder;
  const query = bindBelow(binder, node);
  const type = fieldTypes.boolean();
  if (!query.isCorrelated) {
    const slot = context.nextSlot();
    context.initialSubqueries.push({ slot, mode: 'exists', plan: query.plan });
    return { kind: 'parameter', index: slot, type };
  }
  const output: PlanColumn = { uid: context.nextUid(), type, name: 'exists' };
  apply(binder, { kind: 'exists' }, query, [output]);
  return columnOf(output);
}

export function bindInSubquery(binder: ExpressionBinder, node: ast.InSubquery): Expression {
  return quantified(binder, node.operand, node.query, '=', 'any');
}

export function bindQuantified(binder: ExpressionBinder, node: ast.QuantifiedComparison): Expression {
  return quantified(binder, node.left, node.query, node.operator, node.quantifier);
}

const opposite: Readonly<Record<ast.ComparisonOperator, ast.ComparisonOperator>> = {
  '=': '<>',
  '<>': '=',
  '<=>': '<>',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

function quantified(
  binder: ExpressionBinder,
  operand: ast.Expression,
  queryNode: ast.QueryExpression,
  operator: ast.ComparisonOperator,
  quantifier: 'any' | 'all',
): Expression {
  const left = bindOperand(binder, operand);
  const query = bindBelow(binder, queryNode);
  if (query.output.length !== left.length) throw sqlErrors.operandColumns(left.length);
  const right = query.output.map(({ column }) => columnOf(column));
  // x < ALL (q) is NOT (x >= ANY (q)).
  const isAll = quantifier === 'all';
  const comparison = compareItems(binder, isAll ? opposite[operator] : operator, left, right);
  const output: PlanColumn = {
    uid: binder.context.nextUid(),
    type: { ...fieldTypes.boolean(), nullable: true },
    name: quantifier,
  };
  apply(binder, { kind: 'quantified', comparison }, query, [output]);
  return isAll ? binder.call('not', [columnOf(output)]) : columnOf(output);
}

/** The items of a row operand, bound: a row constructor, a row subquery, or one value. */
export function bindOperand(binder: ExpressionBinder, node: ast.Expression): Expression[] {
  const items = rowItems(node);
  if (items !== undefined) return items.map((item) => binder.bind(item));
  if (node.kind === 'subquery') return bindRowSubquery(binder, node.query);
  return [binder.bind(node)];
}
