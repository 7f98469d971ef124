/**
 * Makes a failing plan smaller as long as it still fails in the same way: less time, then fewer faults, by leaving out
 * ever smaller parts of the list (Zeller and Hildebrandt, 2002).
 */

import type { Outcome } from './outcome.ts';
import type { RunPlan } from './plan.ts';

export interface ShrinkOptions {
  run(plan: RunPlan): Promise<Outcome>;
  /** Asked before every run. */
  hasTime(): boolean;
}

export interface Shrunk {
  readonly plan: RunPlan;
  readonly outcome: Outcome;
  readonly runs: number;
}

/** What a failure says without the numbers in it: two runs with the same words are taken to have the same cause. */
export function symptomOf(failure: string): string {
  return (failure.split('\n')[0] ?? '').replace(/[\d.]+/g, '#').slice(0, 80);
}

export async function shrink(plan: RunPlan, outcome: Outcome, options: ShrinkOptions): Promise<Shrunk> {
  const symptom = symptomOf(outcome.failure ?? '');
  let smallest: Shrunk = { plan, outcome, runs: 0 };
  let runs = 0;

  const tryPlan = async (candidate: RunPlan): Promise<boolean> => {
    if (!options.hasTime()) return false;
    runs++;
    const tried = await options.run(candidate);
    if (tried.failure === undefined || symptomOf(tried.failure) !== symptom) return false;
    smallest = { plan: candidate, outcome: tried, runs };
    return true;
  };

  await shorten(plan, outcome, tryPlan);
  let parts = 2;
  while (smallest.plan.faults.length > 0 && options.hasTime()) {
    const { faults } = smallest.plan;
    const size = Math.ceil(faults.length / parts);
    let isSmaller = false;
    for (let from = 0; from < faults.length && !isSmaller; from += size) {
      const rest = [...faults.slice(0, from), ...faults.slice(from + size)];
      isSmaller = await tryPlan({ ...smallest.plan, faults: rest });
    }
    if (isSmaller) parts = Math.max(2, parts - 1);
    else if (size > 1) parts = Math.min(faults.length, 2 * parts);
    else break;
  }
  return { ...smallest, runs };
}

/** What happens after the failure is not needed; nor is, often, most of the time before the end. */
async function shorten(
  plan: RunPlan,
  outcome: Outcome,
  tryPlan: (candidate: RunPlan) => Promise<boolean>,
): Promise<void> {
  let seconds = Math.min(plan.seconds, Math.ceil(outcome.virtualMs / 1000));
  for (;;) {
    const faults = plan.faults.filter(({ atMs }) => atMs < seconds * 1000);
    if (seconds < plan.seconds && !(await tryPlan({ ...plan, seconds, faults }))) return;
    if (seconds <= 1) return;
    seconds = Math.floor(seconds / 2);
  }
}
