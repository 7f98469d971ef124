/**
 * Puts an unparenthesised run of operands and operators into MySQL's nesting. node-sql-parser gives AND, OR, XOR, NOT, the
 * bit operators and the predicates levels of its own, so its nesting is thrown away and only the order is kept.
 */

import type { BinaryOperator, ComparisonOperator, Expression, IntervalUnit } from '../ast.ts';
import { UnsupportedTree } from './unsupported.ts';

export type Item =
  | { readonly kind: 'operand'; readonly node: Expression }
  | { readonly kind: 'prefix'; readonly operator: string; readonly start: number }
  | { readonly kind: 'infix'; readonly operator: string }
  | { readonly kind: 'in'; readonly negated: boolean; readonly make: (operand: Expression) => Expression }
  | { readonly kind: 'between'; readonly negated: boolean; readonly low: Expression }
  | {
      readonly kind: 'interval';
      readonly operator: '+' | '-';
      readonly amount: Expression;
      readonly unit: IntervalUnit;
    };

const LOGICAL = new Map([
  ['OR', 1],
  ['||', 1],
  ['XOR', 2],
  ['AND', 3],
  ['&&', 3],
]);
const COMPARISONS = new Map<string, ComparisonOperator>([
  ['=', '='],
  ['<>', '<>'],
  ['!=', '<>'],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);
const ARITHMETIC = new Map<string, readonly [number, BinaryOperator]>([
  ['|', [1, '|']],
  ['&', [2, '&']],
  ['<<', [3, '<<']],
  ['>>', [3, '>>']],
  ['+', [4, '+']],
  ['-', [4, '-']],
  ['*', [5, '*']],
  ['/', [5, '/']],
  ['DIV', [5, 'div']],
  ['%', [5, '%']],
  ['MOD', [5, '%']],
  ['^', [6, '^']],
]);

export function reassociate(items: readonly Item[]): Expression {
  const run = new Run(items);
  const node = run.logical(1);
  if (!run.atEnd) throw new UnsupportedTree('operators');
  return node;
}

class Run {
  readonly #items: readonly Item[];
  #at = 0;

  constructor(items: readonly Item[]) {
    this.#items = items;
  }

  get atEnd(): boolean {
    return this.#at >= this.#items.length;
  }

  #infix(): string | undefined {
    const item = this.#items[this.#at];
    return item?.kind === 'infix' ? item.operator : undefined;
  }

  logical(minimum: number): Expression {
    let left = this.#not();
    for (;;) {
      const level = LOGICAL.get(this.#infix() ?? '') ?? 0;
      if (level < minimum || level === 0) return left;
      this.#at++;
      const right = this.logical(level + 1);
      left = level === 2 ? binary('xor', left, right) : flat(level === 1 ? 'or' : 'and', left, right);
    }
  }

  #not(): Expression {
    const item = this.#items[this.#at];
    if (item?.kind !== 'prefix' || item.operator !== 'NOT') return this.#comparison();
    this.#at++;
    const operand = this.#not();
    return { kind: 'unary', operator: 'not', operand, start: item.start, end: operand.end };
  }

  #comparison(): Expression {
    let left = this.#predicate();
    for (;;) {
      const operator = this.#infix();
      if (operator === 'IS' || operator === 'IS NOT') {
        this.#at++;
        left = this.#is(left, operator === 'IS NOT');
        if (left.kind === 'is' && left.test !== 'null') return left;
        continue;
      }
      const comparison = COMPARISONS.get(operator ?? '');
      if (comparison === undefined) return left;
      this.#at++;
      left = binary(comparison, left, this.#predicate());
    }
  }

  #is(operand: Expression, negated: boolean): Expression {
    const item = this.#items[this.#at++];
    if (item?.kind !== 'operand') throw new UnsupportedTree('IS');
    const { node } = item;
    const test = node.kind === 'null' ? 'null' : node.kind === 'boolean' ? (node.value ? 'true' : 'false') : undefined;
    if (test === undefined) throw new UnsupportedTree('IS');
    return { kind: 'is', operand, test, negated, start: operand.start, end: node.end };
  }

  #predicate(): Expression {
    const operand = this.#arithmetic(1);
    const item = this.#items[this.#at];
    if (item?.kind === 'in') {
      this.#at++;
      return item.make(operand);
    }
    if (item?.kind === 'between') {
      this.#at++;
      const { low, negated } = item;
      const high = this.#predicate();
      return { kind: 'between', operand, low, high, negated, start: operand.start, end: high.end };
    }
    const operator = this.#infix();
    const negated = operator?.startsWith('NOT ') === true;
    const { start } = operand;
    switch (negated ? operator.slice(4) : operator) {
      case 'LIKE': {
        this.#at++;
        const pattern = this.#unary();
        if (ARITHMETIC.has(this.#infix() ?? '')) throw new UnsupportedTree('LIKE');
        return { kind: 'like', operand, pattern, escape: undefined, negated, start, end: pattern.end };
      }
      case 'REGEXP':
      case 'RLIKE': {
        this.#at++;
        const pattern = this.#arithmetic(1);
        return { kind: 'regexp', operand, pattern, negated, start, end: pattern.end };
      }
      default:
        return operand;
    }
  }

  #arithmetic(minimum: number): Expression {
    let left = this.#unary();
    for (;;) {
      const item = this.#items[this.#at];
      if (item?.kind === 'interval' && minimum <= 4) {
        this.#at++;
        const { operator, amount, unit } = item;
        left = { kind: 'date-arithmetic', operator, operand: left, amount, unit, start: left.start, end: amount.end };
        continue;
      }
      const found = ARITHMETIC.get(this.#infix() ?? '');
      if (found === undefined || found[0] < minimum) return left;
      this.#at++;
      left = binary(found[1], left, this.#arithmetic(found[0] + 1));
    }
  }

  #unary(): Expression {
    const item = this.#items[this.#at++];
    if (item?.kind === 'operand') return item.node;
    if (item?.kind !== 'prefix' || item.operator === 'NOT') throw new UnsupportedTree('operand');
    const operand = this.#unary();
    if (item.operator === '+') return operand;
    const operator = item.operator === '-' || item.operator === '~' ? item.operator : 'not';
    return { kind: 'unary', operator, operand, start: item.start, end: operand.end };
  }
}

function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return { kind: 'binary', operator, left, right, start: left.start, end: right.end };
}

function flat(operator: 'and' | 'or', left: Expression, right: Expression): Expression {
  const operandsOf = (node: Expression): readonly Expression[] =>
    node.kind === 'logical' && node.operator === operator ? node.operands : [node];
  const operands = [...operandsOf(left), ...operandsOf(right)];
  return { kind: 'logical', operator, operands, start: left.start, end: right.end };
}
