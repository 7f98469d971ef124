import type { Outcome } from '../support/outcome.ts';

/** Something faulty in the place of something sound, and a run that should find it. */
export interface PlantedBug {
  readonly name: string;
  /** Where a quick search begins. */
  readonly firstSeed: number;
  run(seed: number): Promise<Outcome>;
}
