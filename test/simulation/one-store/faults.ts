/** What goes wrong on one machine: one fault after another at random moments, each drawn from the run's seed. */

import type { SeededRandom, SimulatedWorld } from '../../../base/index.ts';
import type { Trace } from '../support/trace.ts';
import type { StoreProcess } from './process.ts';

export type FaultKind =
  | 'crash'
  | 'restart'
  | 'full-disk'
  | 'disk-error'
  | 'full-engine'
  | 'engine-error'
  | 'slow-disk'
  | 'clock-jump';

export const ALL_FAULTS: readonly FaultKind[] = [
  'crash',
  'crash',
  'crash',
  'restart',
  'full-disk',
  'disk-error',
  'full-engine',
  'engine-error',
  'slow-disk',
  'clock-jump',
];

const LONGEST_CALM_MS = 1500;
const LONGEST_FAULT_MS = 2500;
const LONGEST_JUMP_MS = 5000;
const LARGEST_SLOWDOWN = 200;

/** What faults do to the run's machine beyond its own disk and clock. */
export interface FaultTarget {
  readonly process: StoreProcess;
  /** Cuts the power and boots after a while. */
  powerCycle(offMs: number): void;
  /** Stops in order and boots again. */
  restart(): void;
}

export class Faults {
  readonly #world: SimulatedWorld;
  readonly #random: SeededRandom;
  readonly #target: FaultTarget;
  readonly #trace: Trace;
  readonly #kinds: readonly FaultKind[];
  #isOver = false;

  constructor(world: SimulatedWorld, target: FaultTarget, trace: Trace, kinds: readonly FaultKind[]) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#target = target;
    this.#trace = trace;
    this.#kinds = kinds;
    this.#scheduleNext();
  }

  /** No more faults; what is broken gets well. */
  heal(): void {
    this.#isOver = true;
    const { disk } = this.#target.process.machine;
    disk.capacityBytes = Number.MAX_SAFE_INTEGER;
    disk.slowdown = 1;
    disk.stopFailing();
    this.#target.process.life?.engine.heal();
  }

  #scheduleNext(): void {
    this.#world.queue.schedule(20 + this.#random.below(LONGEST_CALM_MS), () => {
      const kind = this.#kinds[this.#random.below(this.#kinds.length)];
      if (this.#isOver || kind === undefined) return;
      this.#strike(kind);
      this.#scheduleNext();
    });
  }

  #later(action: () => void): void {
    this.#world.queue.schedule(10 + this.#random.below(LONGEST_FAULT_MS), action);
  }

  #strike(kind: FaultKind): void {
    const random = this.#random;
    const { process } = this.#target;
    const { disk } = process.machine;
    this.#trace.note(`fault ${kind}`);
    switch (kind) {
      case 'crash':
        this.#target.powerCycle(random.below(300));
        return;
      case 'restart':
        this.#target.restart();
        return;
      case 'full-disk':
        disk.capacityBytes = disk.usedBytes + random.below(1 << 19);
        this.#later(() => {
          disk.capacityBytes = Number.MAX_SAFE_INTEGER;
        });
        return;
      case 'disk-error':
        disk.failNext(random.below(2) === 0 ? 'write' : 'sync', 'EIO');
        this.#later(() => this.#target.powerCycle(0));
        return;
      case 'full-engine':
      case 'engine-error': {
        const engine = process.life?.engine;
        engine?.fail(kind === 'full-engine' ? 'ENOSPC' : 'EIO');
        this.#later(() => engine?.heal());
        return;
      }
      case 'slow-disk':
        disk.slowdown = 2 + random.below(LARGEST_SLOWDOWN);
        this.#later(() => {
          disk.slowdown = 1;
        });
        return;
      case 'clock-jump':
        process.machine.jumpClock(random.below(2 * LONGEST_JUMP_MS) - LONGEST_JUMP_MS);
    }
  }
}
