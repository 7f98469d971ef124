/** Building the inner side of an Apply: the left columns it refers to become parameters. */

import type { CteDefinition, LogicalPlan } from './logical-plan.ts';
import type { PhysicalPlan } from './physical-plan.ts';
import { freeUids } from './plan-walk.ts';
import { type OuterSlots, positionsOf } from './resolve.ts';

/** State of building one statement's physical plan. */
export interface BuildContext {
  nextSlot(): number;
  /** Each common table expression is planned once. */
  readonly ctes: Map<CteDefinition, PhysicalPlan>;
  readonly outer: OuterSlots;
}

export interface InnerPlan {
  readonly right: PhysicalPlan;
  readonly bindings: readonly { readonly column: number; readonly slot: number }[];
}

/** Builds the inner side with a parameter for each left column that it refers to. */
export function buildInner(
  inner: LogicalPlan,
  left: PhysicalPlan,
  context: BuildContext,
  build: (plan: LogicalPlan, context: BuildContext) => PhysicalPlan,
): InnerPlan {
  const positions = positionsOf(left.columns);
  const outer = new Map(context.outer);
  const bindings: { column: number; slot: number }[] = [];
  for (const uid of freeUids(inner)) {
    const column = positions.get(uid);
    if (column === undefined) continue;
    const slot = context.nextSlot();
    outer.set(uid, slot);
    bindings.push({ column, slot });
  }
  return { right: build(inner, { ...context, outer }), bindings };
}
