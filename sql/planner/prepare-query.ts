/** A query from AST to physical plan: bind, optimise, choose. Pure; what executes the plan is `sql/executor`. */

import type { QueryExpression } from '../parser/ast.ts';
import { BindContext, type BinderSteps, type PlanEnvironment } from './bind-context.ts';
import { bindQuery } from './bind-query.ts';
import { bindView } from './bind-view.ts';
import { type BoundQuery, newBlock, type OutputColumn } from './block.ts';
import type { CteDefinition, LogicalPlan } from './logical-plan.ts';
import { buildPhysical } from './physical-builder.ts';
import type { PhysicalPlan } from './physical-plan.ts';
import { pushDown } from './push-down.ts';
import { optimize } from './rules/optimize.ts';
import { unnestScalars } from './rules/unnest-scalar.ts';

/** A subquery that is computed before the plan, its value put into parameter `slot`. */
export interface PhysicalInitialSubquery {
  readonly slot: number;
  readonly mode: 'scalar' | 'exists';
  readonly plan: PhysicalPlan;
}

export interface PreparedPlan {
  readonly plan: PhysicalPlan;
  /** In the order of evaluation: later ones may use earlier ones. */
  readonly initial: readonly PhysicalInitialSubquery[];
  /** Parameters in all, those of the statement included. */
  readonly slotCount: number;
}

export interface PreparedQuery extends PreparedPlan {
  readonly output: readonly OutputColumn[];
  readonly context: BindContext;
}

const steps: BinderSteps = { query: bindQuery, view: bindView };

export function newBindContext(environment: PlanEnvironment): BindContext {
  return new BindContext(environment, steps);
}

export function prepareQuery(query: QueryExpression, environment: PlanEnvironment): PreparedQuery {
  const context = newBindContext(environment);
  const bound: BoundQuery = context.bindQuery(query, newBlock(undefined, undefined));
  return { ...planLogical(bound.plan, context), output: bound.output, context };
}

const keepPlan = (plan: PhysicalPlan): PhysicalPlan => plan;

/** Optimises a bound plan and its initial subqueries. */
export function planLogical(logical: LogicalPlan, context: BindContext): PreparedPlan {
  const ctes = new Map<CteDefinition, PhysicalPlan>();
  const build = { nextSlot: () => context.nextSlot(), ctes, outer: new Map<number, number>() };
  const place = context.environment.pushDown === true ? pushDown(context) : keepPlan;
  const initial = context.initialSubqueries.map(({ slot, mode, plan }) => ({
    slot,
    mode,
    plan: place(buildPhysical(optimize(unnestScalars(plan, context)), build)),
  }));
  const plan = place(buildPhysical(optimize(unnestScalars(logical, context)), build));
  return { plan, initial, slotCount: context.slotCount };
}
