/** Threads that run plans side by side. A run that does not come back, or takes its thread with it, counts as failed. */

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Outcome } from './outcome.ts';
import type { RunPlan } from './plan.ts';
import type { RunReply } from './worker.ts';

/** Real time after which a run hangs. */
const LONGEST_RUN_MS = 300_000;

export class Pool {
  readonly #idle: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(threads: number) {
    for (let i = 0; i < threads; i++) this.#idle.push(newWorker());
  }

  async run(scenario: string, plan: RunPlan): Promise<Outcome> {
    const worker = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)));
    return await new Promise<Outcome>((resolve) => {
      const answered = (outcome: RunReply): void => ended(outcome, worker);
      const died = (error: unknown): void => {
        void worker.terminate();
        const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
        ended({ ...LOST, seed: plan.seed, failure }, newWorker());
      };
      const hangs = setTimeout(() => died(new Error(`no end within ${LONGEST_RUN_MS} real ms`)), LONGEST_RUN_MS);
      const ended = (outcome: Outcome, next: Worker): void => {
        clearTimeout(hangs);
        worker.off('message', answered).off('error', died);
        const waiting = this.#waiting.shift();
        if (waiting === undefined) this.#idle.push(next);
        else waiting(next);
        resolve(outcome);
      };
      worker.on('message', answered);
      worker.on('error', died);
      worker.postMessage({ scenario, plan });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }
}

const LOST = {
  fingerprint: 'lost',
  tail: [],
  virtualMs: 0,
  acknowledged: 0,
  marks: new Map<string, number>(),
} as const;

function newWorker(): Worker {
  return new Worker(join(import.meta.dirname, 'worker.js'));
}
