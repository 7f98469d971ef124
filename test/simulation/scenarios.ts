/** The simulations there are, by name. */

import { planCluster } from './cluster/faults.ts';
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
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'one-store', plan: planOneStore, run: (plan) => runOneStore(plan) },
  { name: 'replicated', plan: planReplicated, run: (plan) => runReplicated(plan) },
  { name: 'regions', plan: planCluster, run: (plan) => runRegions(plan) },
  { name: 'cluster', plan: planCluster, run: (plan) => runTransactions(plan) },
];

export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}
