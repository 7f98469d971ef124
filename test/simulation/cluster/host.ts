/** A machine of a simulated cluster with at most one process on it: what others can reach, and whether it is the same life. */

import type { SeededRandom, SimulatedMachine, SimulatedWorld } from '../../../base/index.ts';

export class Host {
  readonly name: string;
  readonly machine: SimulatedMachine;
  readonly random: SeededRandom;
  #life = 0;
  #isUp = false;
  /** Calls of others that this process has not answered. */
  readonly unanswered = new Set<() => void>();

  constructor(world: SimulatedWorld, name: string) {
    this.name = name;
    this.machine = world.machine(name);
    this.random = world.random.fork();
  }

  /** Differs between two processes of this machine. */
  get life(): number {
    return this.#life;
  }

  /** Something listens. A frozen process does. */
  get isUp(): boolean {
    return this.#isUp;
  }

  started(): void {
    this.#isUp = true;
  }

  /** The process ends at once; callers may or may not hear of it. */
  ended(): void {
    this.#life++;
    this.#isUp = false;
    const resets = [...this.unanswered];
    this.unanswered.clear();
    if (this.random.below(2) === 0) for (const reset of resets) reset();
  }
}
