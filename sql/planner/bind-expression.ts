/**
 * AST expressions to typed engine expressions. One binder serves one clause of one SELECT block: the clause decides which
 * names are visible and whether aggregates and window functions are allowed. Subqueries become pending Applies of the
 * block, or initial subqueries where they refer to nothing outside.
 */

import type { ResolveOptions } from '../../engine/index.ts';
import { type Expression, resolveFunction, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import { bindAggregate } from './bind-aggregate.ts';
import type { BindContext } from './bind-context.ts';
import { bindSpecialForm } from './bind-functions.ts';
import { bindLiteral } from './bind-literal.ts';
import { bindComparison, bindInList } from './bind-rows.ts';
import { bindExists, bindInSubquery, bindQuantified, bindScalarSubquery } from './bind-subquery.ts';
import { bindWindowCall } from './bind-window.ts';
import type { AggregateCollector, Block, PendingApply, WindowCollector } from './block.ts';
import { rowItems } from './compare-rows.ts';
import { type ClauseName, displayName } from './scope.ts';

export interface ExpressionBinderOptions {
  readonly context: BindContext;
  readonly block: Block;
  readonly clause: ClauseName;
  /** Where subqueries of this clause are applied. */
  readonly applies: PendingApply[];
  /** Absent: aggregates are error 1111 here. */
  readonly aggregates?: AggregateCollector | undefined;
  /** Absent: window functions are error 3593 here. */
  readonly windows?: WindowCollector | undefined;
  /** Select list aliases: tried before or after the columns of FROM. */
  readonly aliases?: 'first' | 'fallback' | 'none' | undefined;
  /** DEFAULT, DEFAULT(c) and VALUES(c), where a statement has them. */
  readonly special?: SpecialReferences | undefined;
  /** Literals become part of the plan instead of parameters. */
  readonly fixLiterals?: boolean | undefined;
}

export interface SpecialReferences {
  defaultOf(column: ast.ColumnReference | undefined): Expression;
  insertedValue(column: ast.ColumnReference): Expression;
}

export class ExpressionBinder {
  readonly context: BindContext;
  readonly block: Block;
  readonly clause: ClauseName;
  readonly applies: PendingApply[];
  readonly aggregates: AggregateCollector | undefined;
  readonly windows: WindowCollector | undefined;
  readonly fixLiterals: boolean;
  readonly #options: ExpressionBinderOptions;

  constructor(options: ExpressionBinderOptions) {
    this.context = options.context;
    this.block = options.block;
    this.clause = options.clause;
    this.applies = options.applies;
    this.aggregates = options.aggregates;
    this.windows = options.windows;
    this.fixLiterals = options.fixLiterals ?? false;
    this.#options = options;
  }

  /** The same clause with other permissions: arguments of aggregates and windows. */
  with(changes: Partial<ExpressionBinderOptions>): ExpressionBinder {
    return new ExpressionBinder({ ...this.#options, ...changes });
  }

  get resolveOptions(): ResolveOptions {
    return this.context.resolveOptions;
  }

  call(name: string, args: readonly Expression[]): Expression {
    return resolveFunction(name, args, this.context.resolveOptions);
  }

  /** A single value; rows are error 1241. */
  bind(node: ast.Expression): Expression {
    switch (node.kind) {
      case 'string':
      case 'integer':
      case 'decimal':
      case 'float':
      case 'bytes':
      case 'null':
      case 'boolean':
      case 'temporal':
      case 'parameter':
        return bindLiteral(node, this.context, this.fixLiterals);
      case 'column':
        return this.#bindColumn(node);
      case 'default':
        if (this.#options.special === undefined) throw sqlErrors.badField('DEFAULT', this.clause);
        return this.#options.special.defaultOf(node.column);
      case 'inserted-value':
        if (this.#options.special === undefined) return this.call('values', [this.#bindColumn(node.column)]);
        return this.#options.special.insertedValue(node.column);
      case 'logical':
        return this.#bindLogical(node);
      case 'unary':
        return this.#bindUnary(node);
      case 'binary':
        return this.#bindBinary(node);
      case 'quantified':
        return bindQuantified(this, node);
      case 'in-list':
        return this.#negate(bindInList(this, node), node.negated);
      case 'in-subquery':
        return this.#negate(bindInSubquery(this, node), node.negated);
      case 'between':
        return this.#bindBetween(node);
      case 'row':
        throw sqlErrors.operandColumns(1);
      case 'exists':
        return bindExists(this, node.query);
      case 'subquery':
        return bindScalarSubquery(this, node.query);
      case 'aggregate':
        return node.over === undefined ? bindAggregate(this, node) : bindWindowCall(this, node);
      case 'window-function':
        return bindWindowCall(this, node);
      default:
        return bindSpecialForm(this, node);
    }
  }

  bindAll(nodes: readonly ast.Expression[]): Expression[] {
    return nodes.map((node) => this.bind(node));
  }

  #negate(expression: Expression, negated: boolean): Expression {
    return negated ? this.call('not', [expression]) : expression;
  }

  /** Folds the flat operand list into a balanced tree, so that long chains stay shallow. */
  #bindLogical(node: ast.LogicalExpression): Expression {
    const operands = this.bindAll(node.operands);
    const fold = (from: number, to: number): Expression => {
      if (to - from === 1) return operands[from] as Expression;
      const middle = (from + to) >> 1;
      return this.call(node.operator, [fold(from, middle), fold(middle, to)]);
    };
    return fold(0, operands.length);
  }

  #bindUnary(node: ast.UnaryExpression): Expression {
    const { operator, operand } = node;
    if (operator === '-' && (operand.kind === 'integer' || operand.kind === 'decimal' || operand.kind === 'float')) {
      return bindLiteral(operand, this.context, this.fixLiterals, true);
    }
    const bound = this.bind(operand);
    return this.call(operator === '-' ? 'unary -' : operator, [bound]);
  }

  #bindBinary(node: ast.BinaryExpression): Expression {
    switch (node.operator) {
      case '=':
      case '<=>':
      case '<>':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return bindComparison(this, node.operator, node.left, node.right);
      case '||':
        return this.call('concat', [this.bind(node.left), this.bind(node.right)]);
      case 'sounds like':
        return this.call('=', [
          this.call('soundex', [this.bind(node.left)]),
          this.call('soundex', [this.bind(node.right)]),
        ]);
      default:
        return this.call(node.operator, [this.bind(node.left), this.bind(node.right)]);
    }
  }

  #bindBetween(node: ast.BetweenExpression): Expression {
    if (rowItems(node.operand) !== undefined) throw sqlErrors.operandColumns(1);
    const operand = this.bind(node.operand);
    const bound = this.call('between', [operand, this.bind(node.low), this.bind(node.high)]);
    return this.#negate(bound, node.negated);
  }

  #bindColumn(reference: ast.ColumnReference): Expression {
    const aliases = this.#options.aliases ?? 'none';
    const plainName = reference.table === undefined ? reference.name.name.toLowerCase() : undefined;
    if (aliases === 'first' && plainName !== undefined) {
      const aliased = this.block.aliases.get(plainName);
      if (aliased !== undefined) return aliased;
    }
    const found = this.block.scope.find(reference, this.clause);
    if (found !== undefined) return { kind: 'column', index: found.uid, type: found.type, name: found.name };
    if (aliases === 'fallback' && plainName !== undefined) {
      const aliased = this.block.aliases.get(plainName);
      if (aliased !== undefined) return aliased;
    }
    return this.#bindOuterColumn(reference);
  }

  #bindOuterColumn(reference: ast.ColumnReference): Expression {
    const crossed: Block[] = [this.block];
    for (let block = this.block.outer; block !== undefined; block = block.outer) {
      const found = block.scope.find(reference, this.clause);
      if (found !== undefined) {
        for (const inner of crossed) inner.correlated.add(found.uid);
        return { kind: 'column', index: found.uid, type: found.type, name: found.name };
      }
      crossed.push(block);
    }
    throw sqlErrors.badField(displayName(reference), this.clause);
  }
}
