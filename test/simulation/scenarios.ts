/** The simulations there are, by name. */

import { runOneStore } from './one-store/run.ts';
import { runReplicated } from './replicated/run.ts';
import type { Outcome } from './support/outcome.ts';

export interface Scenario {
  readonly name: string;
  /** `seconds` of virtual time under faults. */
  run(seed: number, seconds: number): Promise<Outcome>;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'one-store', run: (seed, seconds) => runOneStore({ seed, faultySeconds: seconds }) },
  { name: 'replicated', run: (seed, seconds) => runReplicated({ seed, faultySeconds: seconds }) },
];
