/** What goes wrong on one machine, one planned fault after another. */

import { SeededRandom, type SimulatedWorld } from '../../../base/index.ts';
import type { PlannedFault } from '../support/plan.ts';
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

export const LONGEST_CALM_MS = 1500;
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
  readonly #target: FaultTarget;
  readonly #trace: Trace;
  #isOver = false;

  constructor(world: SimulatedWorld, target: FaultTarget, trace: Trace, plan: readonly PlannedFault[]) {
    this.#world = world;
    this.#target = target;
    this.#trace = trace;
    for (const fault of plan) {
      world.queue.schedule(fault.atMs, () => {
        if (!this.#isOver) this.#strike(fault.kind as FaultKind, new SeededRandom(fault.dice));
      });
    }
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

  /** Ends a fault after a while, unless healing has ended it before. */
  #later(random: SeededRandom, action: () => void): void {
    this.#world.queue.schedule(10 + random.below(LONGEST_FAULT_MS), () => {
      if (!this.#isOver) action();
    });
  }

  #strike(kind: FaultKind, random: SeededRandom): void {
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
        this.#later(random, () => {
          disk.capacityBytes = Number.MAX_SAFE_INTEGER;
        });
        return;
      case 'disk-error':
        disk.failNext(random.below(2) === 0 ? 'write' : 'sync', 'EIO');
        this.#later(random, () => this.#target.powerCycle(0));
        return;
      case 'full-engine':
      case 'engine-error': {
        const engine = process.life?.engine;
        engine?.fail(kind === 'full-engine' ? 'ENOSPC' : 'EIO');
        this.#later(random, () => engine?.heal());
        return;
      }
      case 'slow-disk':
        disk.slowdown = 2 + random.below(LARGEST_SLOWDOWN);
        this.#later(random, () => {
          disk.slowdown = 1;
        });
        return;
      case 'clock-jump':
        process.machine.jumpClock(random.below(2 * LONGEST_JUMP_MS) - LONGEST_JUMP_MS);
    }
  }
}
