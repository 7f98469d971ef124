/**
 * The waits of one statement. A call that must wait (SLEEP, GET_LOCK, the locks of a cluster) suspends the statement; when
 * the time has come the statement runs again from its start, and each call finds the answer of its number.
 */

import type { Env } from '../../base/index.ts';
import { StatementSuspended } from '../../engine/index.ts';
import type { UserLocks } from './user-locks.ts';

/** MySQL takes longer timeouts for none at all. */
export const MAX_WAIT_MS = 2 ** 31 - 1;

export class StatementWaits {
  readonly #env: Env;
  readonly #answers: (number | null)[] = [];
  #cursor = 0;
  /** Ends the present wait early: the statement was killed. */
  #wake: (() => void) | undefined;

  constructor(env: Env) {
    this.#env = env;
  }

  /** A new statement. */
  clear(): void {
    if (this.#answers.length > 0) this.#answers.length = 0;
    this.#cursor = 0;
  }

  /** The same statement, from its start. */
  restart(): void {
    this.#cursor = 0;
  }

  interrupt(): void {
    this.#wake?.();
  }

  #known(): number | null | undefined {
    const answer = this.#answers[this.#cursor];
    if (answer !== undefined) this.#cursor++;
    return answer;
  }

  sleep(seconds: number): number {
    const known = this.#known();
    return known === undefined ? this.#suspend(seconds * 1000, 0, () => () => undefined) : Number(known);
  }

  getLock(locks: UserLocks, name: string, connectionId: number, timeoutSeconds: number): number {
    const known = this.#known();
    if (known !== undefined) return Number(known);
    if (locks.tryTake(name, connectionId)) return this.#answer(1);
    if (timeoutSeconds === 0) return this.#answer(0);
    const timeoutMs = timeoutSeconds < 0 ? MAX_WAIT_MS : timeoutSeconds * 1000;
    return this.#suspend(timeoutMs, 0, (granted) => locks.wait(name, connectionId, () => granted(1)));
  }

  /** What a request to others will answer; its signal is given when the statement is killed. */
  ask(request: (signal: AbortSignal) => Promise<number | null>): number | null {
    const known = this.#known();
    if (known !== undefined) return known;
    const controller = new AbortController();
    this.#wake = () => controller.abort();
    const ready = request(controller.signal).then(
      (answer) => {
        this.#wake = undefined;
        this.#answers.push(answer);
      },
      (error: unknown) => {
        this.#wake = undefined;
        throw error;
      },
    );
    throw new StatementSuspended(ready);
  }

  #answer(value: number): number {
    this.#answers.push(value);
    this.#cursor++;
    return value;
  }

  /** Answers `atTimeout` after the time, or what `start` is given before; `start` answers how to give up. */
  #suspend(timeoutMs: number, atTimeout: number, start: (granted: (value: number) => void) => () => void): never {
    const ready = new Promise<void>((resolve) => {
      const finish = (value: number): void => {
        timer.cancel();
        this.#wake = undefined;
        this.#answers.push(value);
        resolve();
      };
      const giveUp = start((value) => finish(value));
      const timer = this.#env.timers.after(Math.min(timeoutMs, MAX_WAIT_MS), () => {
        giveUp();
        finish(atTimeout);
      });
      this.#wake = () => {
        giveUp();
        finish(atTimeout);
      };
    });
    throw new StatementSuspended(ready);
  }
}
