/** A thread that runs plans: one at a time, as it is asked. */

import { parentPort } from 'node:worker_threads';
import { scenarioNamed } from '../scenarios.ts';
import type { Outcome } from './outcome.ts';
import type { RunPlan } from './plan.ts';

export interface RunRequest {
  readonly scenario: string;
  readonly plan: RunPlan;
}

export type RunReply = Outcome;

parentPort?.on('message', ({ scenario, plan }: RunRequest) => {
  scenarioNamed(scenario)
    .run(plan)
    .then(
      (outcome) => parentPort?.postMessage(outcome satisfies RunReply),
      (error: unknown) => {
        throw error;
      },
    );
});
