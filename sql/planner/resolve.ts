/** From uids to positions: the last step before execution. Free columns become the parameters their Apply fills. */

import { assert } from '../../base/index.ts';
import type { Expression, WindowDescriptor } from '../../engine/index.ts';
import { rewrite } from './expressions.ts';
import type { FrameBound, PlanColumn, SortItem, WindowFrame } from './logical-plan.ts';

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

  frame = (frame: WindowFrame | undefined): WindowFrame | undefined => {
    if (frame === undefined) return undefined;
    const bound = (side: FrameBound): FrameBound => {
      if (side.kind === 'rows') return { ...side, count: this.expression(side.count) };
      return side.kind === 'range' ? { kind: 'range', target: this.expression(side.target) } : side;
    };
    return { unit: frame.unit, start: bound(frame.start), end: bound(frame.end) };
  };

  windowCall = (descriptor: WindowDescriptor): WindowDescriptor => {
    const args = this.all(descriptor.args);
    const { aggregate } = descriptor;
    return { ...descriptor, args, aggregate: aggregate === undefined ? undefined : { ...aggregate, args } };
  };
}
