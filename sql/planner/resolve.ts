/** From uids to positions: the last step before execution. Free columns become the parameters their Apply fills. */

import { assert } from '../../base/index.ts';
import type { Expression } from '../../engine/index.ts';
import { rewrite } from './expressions.ts';
import type { PlanColumn, SortItem } from './logical-plan.ts';

/** Parameter slots of the columns that enclosing Applies hand down. */
export type OuterSlots = ReadonlyMap<number, number>;

export function positionsOf(columns: readonly PlanColumn[]): Map<number, number> {
  const positions = new Map<number, number>();
  columns.forEach((column, i) => {
    if (!positions.has(column.uid)) positions.set(column.uid, i);
  });
  return positions;
}

export class Resolver {
  readonly #positions: ReadonlyMap<number, number>;
  readonly #outer: OuterSlots;

  constructor(columns: readonly PlanColumn[], outer: OuterSlots) {
    this.#positions = positionsOf(columns);
    this.#outer = outer;
  }

  expression = (expression: Expression): Expression =>
    rewrite(expression, (node) => {
      if (node.kind !== 'column') return undefined;
      const position = this.#positions.get(node.index);
      if (position !== undefined) return position === node.index ? node : { ...node, index: position };
      const slot = this.#outer.get(node.index);
      assert(slot !== undefined, `column ${node.name} (${node.index}) is neither in the input nor outside it`);
      return { kind: 'parameter', index: slot, type: node.type };
    });

  all = (expressions: readonly Expression[]): Expression[] => expressions.map(this.expression);

  order = (items: readonly SortItem[]): SortItem[] =>
    items.map(({ expression, descending }) => ({ expression: this.expression(expression), descending }));
}
