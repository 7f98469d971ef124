/**
 * Turns `a JOIN b JOIN c ON … ON …` into a tree. ON and USING complete the join that was opened last, so conditions nest
 * inwards; inner joins left without a condition are cross joins and go to the left of what follows them, as MySQL
 * arranges it: in `a JOIN b JOIN c ON x` the condition sees a, b and c.
 */

import { assert } from '../../base/index.ts';
import type { Expression, Identifier, Join, TableReference } from './ast.ts';

export interface JoinOperator {
  readonly type: Join['type'];
  readonly natural: boolean;
}

export class JoinChain {
  /** operands[0] operators[0] operands[1] … : joins still open. */
  readonly #operands: TableReference[];
  readonly #operators: JoinOperator[] = [];
  /** Joins made here, not ones that came in parentheses; only these may be rearranged. */
  readonly #made = new Set<TableReference>();
  /** Joins pushed so far. */
  joins = 0;

  constructor(first: TableReference) {
    this.#operands = [first];
  }

  push(operator: JoinOperator, right: TableReference, end: number): void {
    this.joins++;
    if (operator.natural) {
      const left = this.#operands.pop()!;
      this.#operands.push(this.#make(operator, left, right, undefined, [], end));
    } else {
      this.#operators.push(operator);
      this.#operands.push(right);
    }
  }

  get takesCondition(): boolean {
    return this.#operators.length > 0;
  }

  /** ON or USING for the join opened last. */
  condition(on: Expression | undefined, using: readonly Identifier[], end: number): void {
    const operator = this.#operators.pop();
    assert(operator !== undefined, 'a join condition needs an open join');
    const right = this.#operands.pop()!;
    const left = this.#operands.pop()!;
    this.#operands.push(this.#make(operator, left, right, on, using, end));
  }

  /** Outer joins must have had their condition. */
  get isComplete(): boolean {
    return this.#operators.every((operator) => operator.type !== 'left' && operator.type !== 'right');
  }

  finish(): TableReference {
    let left = this.#operands[0]!;
    for (let i = 0; i < this.#operators.length; i++) {
      left = this.#graft(left, this.#operators[i]!, this.#operands[i + 1]!);
    }
    return left;
  }

  /** left × right, placed at the far left of `right` where that is a join of this chain. */
  #graft(left: TableReference, operator: JoinOperator, right: TableReference): TableReference {
    if (right.kind !== 'join' || !this.#made.has(right)) {
      return this.#make(
        { ...operator, type: operator.type === 'inner' ? 'cross' : operator.type },
        left,
        right,
        undefined,
        [],
        right.end,
      );
    }
    const grafted: Join = { ...right, left: this.#graft(left, operator, right.left), start: left.start };
    this.#made.add(grafted);
    return grafted;
  }

  #make(
    operator: JoinOperator,
    left: TableReference,
    right: TableReference,
    on: Expression | undefined,
    using: readonly Identifier[],
    end: number,
  ): Join {
    const join: Join = { kind: 'join', ...operator, left, right, on, using, start: left.start, end };
    this.#made.add(join);
    return join;
  }
}
