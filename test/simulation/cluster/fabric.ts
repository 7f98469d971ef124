/**
 * What lies between the machines of a simulated cluster: messages travel alone or in batches, calls alone; each may be
 * lost, come twice, late, or after younger ones; links can be cut in one direction.
 */

import type { SeededRandom, SimulatedWorld } from '../../../base/index.ts';
import type { Host } from './host.ts';

/** No answer came. */
export class CallLost extends Error {
  override readonly name = 'CallLost';
  /** False only when the call certainly never reached the other process. */
  readonly mayHaveRun: boolean;
  constructor(message: string, mayHaveRun: boolean) {
    super(message);
    this.mayHaveRun = mayHaveRun;
  }
}

const CALM_LATENCY_MS = 1;
/** How often what was sent together travels together, as on a stream; otherwise one by one. */
const TOGETHER = 0.75;

export class Fabric {
  /** Probabilities of messages between stores, which are made for it. */
  loss = 0;
  duplication = 0;
  /** The same of calls. */
  callLoss = 0;
  callDuplication = 0;
  maxLatencyMs = CALM_LATENCY_MS;
  readonly #random: SeededRandom;
  readonly #cuts = new Map<string, number>();

  constructor(world: SimulatedWorld) {
    this.#random = world.random.fork();
  }

  /** Nothing sent from one machine to the other arrives until the answered function was called. */
  cut(from: Host, to: Host): () => void {
    const link = `${from.name}>${to.name}`;
    this.#cuts.set(link, (this.#cuts.get(link) ?? 0) + 1);
    let isMended = false;
    return () => {
      if (isMended) return;
      isMended = true;
      const left = (this.#cuts.get(link) ?? 0) - 1;
      if (left > 0) this.#cuts.set(link, left);
      else this.#cuts.delete(link);
    };
  }

  isCut(from: Host, to: Host): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(`${from.name}>${to.name}`);
  }

  heal(): void {
    this.#cuts.clear();
    this.loss = 0;
    this.duplication = 0;
    this.callLoss = 0;
    this.callDuplication = 0;
    this.maxLatencyMs = CALM_LATENCY_MS;
  }

  /** A message that nobody answers. `arrive` runs in whatever process is up there then. */
  send(from: Host, to: Host, arrive: () => void): void {
    this.#dispatch(from, to, arrive, this.loss);
    if (this.#isRepeated()) this.#dispatch(from, to, arrive, this.loss);
  }

  /** Several at once: each may still be lost, and come a second time by itself. */
  sendAll<T>(from: Host, to: Host, messages: readonly T[], arrive: (messages: readonly T[]) => void): void {
    if (messages.length === 1 || this.#random.float() >= TOGETHER) {
      for (const message of messages) this.send(from, to, () => arrive([message]));
      return;
    }
    const left = this.loss === 0 ? messages : messages.filter(() => this.#random.float() >= this.loss);
    if (left.length > 0) this.#dispatch(from, to, () => arrive(left), 0);
    for (const message of messages)
      if (this.#isRepeated()) this.#dispatch(from, to, () => arrive([message]), this.loss);
  }

  #isRepeated(): boolean {
    return this.duplication > 0 && this.#random.float() < this.duplication;
  }

  /**
   * A call of one process to another. Rejects with what `serve` rejected with, or with CallLost; never settles when the
   * caller's process ends.
   */
  call<T>(from: Host, to: Host, timeoutMs: number, serve: () => Promise<T>): Promise<T> {
    const { life } = from;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (settle: () => void): void => {
        if (isOver || from.life !== life) return;
        isOver = true;
        timer.cancel();
        to.unanswered.delete(reset);
        settle();
      };
      const lost = (message: string, mayHaveRun: boolean): void =>
        end(() => reject(new CallLost(`${to.name}: ${message}`, mayHaveRun)));
      const reset = (): void => this.#dispatch(to, from, () => lost('connection reset', true), 0);
      const timer = from.machine.events.schedule(timeoutMs, () => lost(`no answer within ${timeoutMs} ms`, true));
      const answer = (settle: () => void): void => this.#dispatch(to, from, () => end(settle), this.callLoss);
      this.#dispatch(from, to, () => this.#serve(to, serve, answer, { resolve, reject, reset }), this.callLoss);
      if (this.callDuplication > 0 && this.#random.float() < this.callDuplication) {
        this.#dispatch(from, to, () => (to.isUp ? void serve().catch(() => {}) : undefined), this.callLoss);
      }
    });
  }

  #serve<T>(
    to: Host,
    serve: () => Promise<T>,
    answer: (settle: () => void) => void,
    caller: {
      resolve(value: T): void;
      reject(error: unknown): void;
      reset(): void;
    },
  ): void {
    if (!to.isUp) {
      answer(() => caller.reject(new CallLost(`${to.name}: connection refused`, false)));
      return;
    }
    const { life } = to;
    to.unanswered.add(caller.reset);
    const done = (settle: () => void): void => {
      to.unanswered.delete(caller.reset);
      if (to.life === life) answer(settle);
    };
    serve().then(
      (value) => done(() => caller.resolve(value)),
      (error: unknown) => done(() => caller.reject(error)),
    );
  }

  #dispatch(from: Host, to: Host, arrive: () => void, loss: number): void {
    const latencyMs = 0.1 + this.#random.float() * this.maxLatencyMs;
    if (loss > 0 && this.#random.float() < loss) return;
    to.machine.events.schedule(latencyMs, () => {
      if (!this.isCut(from, to)) arrive();
    });
  }
}
