/** The sessions of a server by connection id: SHOW PROCESSLIST and KILL. */

import type { Clock } from '../../base/index.ts';

/** A session as the process list shows it. */
export interface Process {
  readonly connectionId: number;
  readonly user: string;
  readonly host: string;
  database(): string | null;
  command(): 'Sleep' | 'Query' | 'Execute' | 'Prepare';
  /** Monotonic milliseconds since which the command runs. */
  readonly sinceMs: number;
  /** Text of the running statement. */
  info(): string | null;
  kill(target: 'connection' | 'query'): void;
  /** Undefined without TLS. */
  tlsDetails(): { readonly version: string; readonly cipher: string } | undefined;
}

export class ProcessList {
  readonly #processes = new Map<number, Process>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(process: Process): void {
    this.#processes.set(process.connectionId, process);
  }

  /** Only if it is still this one: COM_CHANGE_USER opens the next session under the same id. */
  remove(process: Process): void {
    if (this.#processes.get(process.connectionId) === process) this.#processes.delete(process.connectionId);
  }

  find(connectionId: number): Process | undefined {
    return this.#processes.get(connectionId);
  }

  get size(): number {
    return this.#processes.size;
  }

  all(): readonly Process[] {
    return [...this.#processes.values()].sort((left, right) => left.connectionId - right.connectionId);
  }

  /** Whole seconds the process has been in its state. */
  seconds(process: Process): number {
    return Math.max(0, Math.floor((this.#clock.monotonicMs() - process.sinceMs) / 1000));
  }
}
