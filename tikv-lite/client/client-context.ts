/** What the parts of the client share. */

import type { Clock, InterruptibleWaits, Random, Timers, ValueOrPromise } from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import type { ActiveReads } from './active-reads.ts';
import { BackOff } from './back-off.ts';
import type { GarbageBound } from './garbage-bound.ts';
import type { HeartBeats } from './heart-beats.ts';
import type { LockResolver } from './lock-resolver.ts';
import type { RegionRouter } from './region-router.ts';
import type { ReadOptions } from './storage.ts';

export interface ClientContext {
  readonly router: RegionRouter;
  readonly oracle: TimestampOracle;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Spreads the attempts of those who wait for the same thing. */
  readonly random?: Random | undefined;
  readonly resolver: LockResolver;
  readonly background: BackgroundWork;
  readonly heartBeats: HeartBeats;
  readonly garbage: GarbageBound;
  readonly active: ActiveReads;
  /** Of statements that may be killed. */
  readonly waits: InterruptibleWaits;
}

/** The same, with the reads of one snapshot going where the options say. */
export function contextForReads(context: ClientContext, reads: ReadOptions | undefined): ClientContext {
  if (reads === undefined || (reads.isStale !== true && (reads.replicaRead ?? 'leader') === 'leader')) return context;
  const router = context.router.forReads?.(reads);
  return router === undefined ? context : { ...context, router };
}

export function newBackOff(context: ClientContext, limitMs?: number): BackOff {
  const { timers, random } = context;
  return new BackOff(limitMs === undefined ? { timers, random } : { timers, random, limitMs });
}

/** Work nobody waits for (commits of secondaries), bounded; `drain` lets it end before the store closes. */
export class BackgroundWork {
  readonly #running = new Set<Promise<unknown>>();

  /** Runs `work` in the background while there is room, else to its end. Its failure is nobody's: locks get resolved. */
  run(work: () => Promise<unknown>): ValueOrPromise<unknown> {
    const running = work().catch(() => undefined);
    if (this.#running.size >= MAX_BACKGROUND) return running;
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
    return undefined;
  }

  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

const MAX_BACKGROUND = 256;
