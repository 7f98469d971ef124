/**
 * What is done to a run, decided before it begins: so that a failing run can be repeated with fewer faults, and kept in a
 * file. Each fault carries dice of its own: leaving one out does not change what the others do.
 */

import { SeededRandom } from '../../../base/index.ts';

export interface PlannedFault {
  /** Virtual milliseconds since the faults began. */
  readonly atMs: number;
  /** One of the scenario's kinds. */
  readonly kind: string;
  /** Seeds what the fault chooses: whom it hits, how long it lasts. */
  readonly dice: number;
}

/** Everything a run depends on, beside the code. */
export interface RunPlan {
  readonly seed: number;
  /** Virtual seconds under faults. */
  readonly seconds: number;
  readonly faults: readonly PlannedFault[];
}

/** Kinds that stand in the list more than once come more often. */
export function planFaults(
  seed: number,
  seconds: number,
  kinds: readonly string[],
  longestCalmMs: number,
): readonly PlannedFault[] {
  const random = new SeededRandom(seed ^ 0x5f356495);
  const faults: PlannedFault[] = [];
  let atMs = 0;
  for (;;) {
    atMs += 20 + random.below(longestCalmMs);
    const kind = kinds[random.below(kinds.length)];
    const dice = random.below(2 ** 31);
    if (atMs >= seconds * 1000 || kind === undefined) return faults;
    faults.push({ atMs, kind, dice });
  }
}
