/** The simulations there are, by name. */

import { planCluster } from './cluster/faults.ts';
import { REGION_MARKS, TRANSACTION_MARKS } from './cluster/marks.ts';
import { runRegions } from './cluster/regions-run.ts';
import { runTransactions } from './cluster/transactions-run.ts';
import { planOneStore, runOneStore } from './one-store/run.ts';
import { planReplicated, runReplicated } from './replicated/run.ts';
import type { Outcome } from './support/outcome.ts';
import type { RunPlan } from './support/plan.ts';

export interface Scenario {
  readonly name: string;
  /** The same seed makes the same plan. */
  plan(seed: number, seconds: number): RunPlan;
  /** The same plan makes the same run. */
  run(plan: RunPlan): Promise<Outcome>;
  /** What its runs should come by now and then. */
  readonly marks: readonly string[];
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'one-store', plan: planOneStore, run: (plan) => runOneStore(plan), marks: [] },
  { name: 'replicated', plan: planReplicated, run: (plan) => runReplicated(plan), marks: [] },
  { name: 'regions', plan: planCluster, run: (plan) => runRegions(plan), marks: REGION_MARKS },
  {
    name: 'cluster',
    plan: planCluster,
    run: (plan) => runTransactions(plan),
    marks: [...REGION_MARKS, ...TRANSACTION_MARKS],
  },
];

export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}
