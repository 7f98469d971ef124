/** Node's clock, timers, randomness, disk and network behind the `Env` interfaces. */

import { randomBytes, randomInt } from 'node:crypto';
import type { Clock, Env, Random, TimerHandle, Timers } from '../env.ts';
import { realDisk } from './real-disk.ts';
import { realNetwork } from './real-network.ts';

const realClock: Clock = {
  nowMs: () => Date.now(),
  nowMicros: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
};

const realTimers: Timers = {
  after(delayMs: number, callback: () => void): TimerHandle {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  nextTurn(callback: () => void): void {
    setImmediate(callback);
  },
};

const realRandom: Random = {
  float: () => Math.random(),
  below: (bound: number) => (bound < 2 ** 47 ? randomInt(bound) : Math.floor(Math.random() * bound)),
  bytes: (length: number) => randomBytes(length),
};

/** The environment of a running server. */
export const realEnv: Env = {
  clock: realClock,
  timers: realTimers,
  random: realRandom,
  disk: realDisk,
  network: realNetwork,
};
