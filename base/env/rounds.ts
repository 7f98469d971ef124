/**
 * Work that comes round again and again until it is closed. Rounds never overlap: the interval counts from the end of one
 * to the beginning of the next, and one that fails does not keep the next from coming.
 */

import { isPromise, type ValueOrPromise } from '../value-or-promise.ts';
import type { TimerHandle, Timers } from './env.ts';

export interface RoundsOptions {
  readonly timers: Timers;
  readonly intervalMs: number;
  /** A round that may fail rejects; one that throws at once is broken, and so is the process. */
  readonly round: () => ValueOrPromise<void>;
  /** Told why a round rejected. */
  readonly failed?: (error: unknown) => void;
}

export class Rounds {
  readonly #options: RoundsOptions;
  #timer: TimerHandle | undefined;
  #underWay: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The first round begins when an interval is over. Called once; after `close` it does nothing. */
  start(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.timers.after(this.#options.intervalMs, () => this.#run());
  }

  /** The first round begins within the call. */
  startNow(): void {
    if (!this.#isClosed) this.#run();
  }

  /** No further round begins; one under way looks at `isClosed` if it is to end early. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** Resolves when the round under way is over, whatever became of it. */
  async untilIdle(): Promise<void> {
    await this.#underWay;
  }

  #run(): void {
    const round = this.#options.round();
    if (!isPromise(round)) {
      this.start();
      return;
    }
    this.#underWay = round.then(
      () => this.start(),
      (error: unknown) => {
        this.#options.failed?.(error);
        this.start();
      },
    );
  }
}
