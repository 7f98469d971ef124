/**
 * A seeded virtual world: one event queue, and an `Env` for each simulated machine in it.
 *
 * `run` alternates between the next event and draining the promise reactions it caused, so that code written with
 * promises is as deterministic as plain callbacks. Two runs of one seed on one V8 version are identical.
 */

import type { Clock, Disk, Env, Network, Timers } from '../env.ts';
import { EventQueue } from './event-queue.ts';
import { HostEvents } from './host-events.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedNetwork } from './simulated-network.ts';

/** 2024-01-01T00:00:00Z: where virtual wall clocks begin. */
const EPOCH_MS = 1_704_067_200_000;

export interface SimulatedMachine extends Env {
  readonly disk: SimulatedDisk & Disk;
  /** Whatever reaches the machine's process, e.g. messages; `freeze` and `thaw` stop and resume the process. */
  readonly events: HostEvents;
  /** Shifts the wall clock of this machine; monotonic time is untouched. */
  jumpClock(byMs: number): void;
  /** Forgets timers and connections of the running process; the disk loses what was not synced. */
  crash(): void;
}

export class SimulatedWorld {
  readonly queue = new EventQueue();
  readonly random: SeededRandom;
  readonly network: SimulatedNetwork;
  /** Runs under way: one may begin inside another, and takes turns with it. */
  #runs = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.network = new SimulatedNetwork(this.queue, this.random.fork());
  }

  machine(host: string): SimulatedMachine {
    const { queue } = this;
    const random = this.random.fork();
    const events = new HostEvents(queue);
    const disk = new SimulatedDisk({ queue: events, random: random.fork() });
    let clockOffsetMs = 0;
    let life = 0;
    const clock: Clock = {
      nowMs: () => Math.floor(EPOCH_MS + queue.nowMs + clockOffsetMs),
      nowMicros: () => Math.floor((EPOCH_MS + queue.nowMs + clockOffsetMs) * 1000),
      monotonicMs: () => queue.nowMs,
    };
    const timers: Timers = {
      after: (delayMs, callback) => {
        const born = life;
        return events.schedule(delayMs, () => {
          if (born === life) callback();
        });
      },
      nextTurn: (callback) => {
        const born = life;
        events.schedule(0, () => {
          if (born === life) callback();
        });
      },
    };
    const network: Network = this.network.attach(host);
    return {
      clock,
      timers,
      random,
      disk,
      events,
      network,
      jumpClock: (byMs) => {
        clockOffsetMs += byMs;
      },
      crash: () => {
        life++;
        events.reset();
        disk.crash();
        this.network.detach(host);
      },
    };
  }

  /** Runs until `done` answers true or `limitMs` virtual milliseconds passed; returns whether `done` was reached. */
  async run(limitMs: number, done: () => boolean = () => false): Promise<boolean> {
    this.#runs++;
    try {
      return await this.#run(limitMs, done);
    } finally {
      this.#runs--;
    }
  }

  async #run(limitMs: number, done: () => boolean): Promise<boolean> {
    const { queue } = this;
    const endMs = queue.nowMs + limitMs;
    await nextRealTurn();
    for (let steps = 1; ; steps++) {
      if (done()) return true;
      const nextAtMs = queue.nextAtMs();
      if (nextAtMs === undefined || nextAtMs > endMs) {
        queue.advanceTo(endMs);
        return done();
      }
      queue.step();
      await (steps % STEPS_PER_REAL_TURN === 0 ? nextRealTurn() : drainPromises());
      if (this.#runs > 1) await nextRealTurn();
    }
  }

  /** Runs the world until `promise` settles and answers its value. */
  async settle<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    const reached = await this.run(limitMs, () => settled);
    if (!reached) throw new Error(`nothing settled within ${limitMs} virtual ms`);
    return promise;
  }
}

/** The real event loop gets its turn now and then: signals and test runners live there. */
const STEPS_PER_REAL_TURN = 4096;

function nextRealTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Called from a promise reaction, Node runs what nextTick is given after all other reactions, those they cause included. */
function drainPromises(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
