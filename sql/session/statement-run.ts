/**
 * One execution of one statement, as evaluation and operators see it: parameters, clock, memory account, interrupts. One
 * object serves as StatementContext and as EvaluationContext, because a point select makes one per execution.
 */

import { createHash } from 'node:crypto';
import type { Env } from '../../base/index.ts';
import {
  type Collation,
  type Datum,
  type EvaluationContext,
  findTimeZone,
  type MemoryTracker,
  type SessionFunctions,
  type SqlError,
  type SqlMode,
  type SqlWarning,
  sqlErrors,
  type TimeZone,
  type TypedValue,
} from '../../engine/index.ts';
import type { ServerContext } from './server-context.ts';
import type { StatementContext, StatementTransaction } from './session-context.ts';
import type { SessionState } from './session-state.ts';

export type StatementKind = EvaluationContext['statementKind'];

/** The part of the session that a running statement asks. */
export interface RunningSession {
  readonly env: Env;
  readonly state: SessionState;
  readonly transaction: StatementTransaction;
  readonly functions: SessionFunctions;
  /** Throws 1317 when the statement or its connection was killed. */
  checkKilled(): void;
  readonly server: Pick<ServerContext, 'memory' | 'statementMemoryBytes'>;
}

/** How long a statement may hold the event loop before others get a turn. */
const SLICE_MS = 10;

export class StatementRun implements StatementContext, EvaluationContext, MemoryTracker {
  readonly parameters: readonly Datum[];
  readonly statementKind: StatementKind;
  readonly ignoreErrors: boolean;
  /** Rows went to the client: the statement cannot run again from its start. */
  hasSentRows = false;
  readonly #session: RunningSession;
  #statementMicros = -1;
  /** Monotonic milliseconds; 0 for none. */
  readonly #deadlineMs: number;
  #memoryBytes = 0;
  #sliceStartMs = 0;

  constructor(
    session: RunningSession,
    parameters: readonly Datum[],
    kind: StatementKind,
    ignoreErrors: boolean,
    deadlineMs: number,
  ) {
    this.#session = session;
    this.parameters = parameters;
    this.statementKind = kind;
    this.ignoreErrors = ignoreErrors;
    this.#deadlineMs = deadlineMs;
  }

  // ---- StatementContext -----------------------------------------------------------------------------------------------

  get evaluation(): EvaluationContext {
    return this;
  }

  get transaction(): StatementTransaction {
    return this.#session.transaction;
  }

  get collationConnection(): Collation {
    return this.#session.state.collationConnection;
  }

  currentDatabase(): string | null {
    return this.#session.state.database;
  }

  variable(name: string): TypedValue {
    return this.#session.functions.systemVariable(undefined, name);
  }

  // ---- EvaluationContext ----------------------------------------------------------------------------------------------

  get sqlMode(): SqlMode {
    return this.#session.state.sqlMode;
  }

  get timeZone(): TimeZone {
    return this.#session.state.timeZone;
  }

  get statementMicros(): number {
    if (this.#statementMicros < 0) {
      const fixed = this.#session.state.variables.getByName('timestamp') as number;
      this.#statementMicros = fixed > 0 ? Math.round(fixed * 1_000_000) : this.#session.env.clock.nowMicros();
    }
    return this.#statementMicros;
  }

  currentMicros(): number {
    return this.#session.env.clock.nowMicros();
  }

  random(): number {
    return this.#session.env.random.float();
  }

  randomBytes(length: number): Uint8Array {
    return this.#session.env.random.bytes(length);
  }

  digest(algorithm: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512', bytes: Uint8Array): Uint8Array {
    return createHash(algorithm).update(bytes).digest();
  }

  get session(): SessionFunctions {
    return this.#session.functions;
  }

  warn(warning: SqlWarning): void {
    this.#session.state.warn(warning);
  }

  warnError(error: SqlError): void {
    this.#session.state.warn({ level: 'Warning', errno: error.errno, message: error.message });
  }

  get maxAllowedPacket(): number {
    return this.#session.state.number('max_allowed_packet');
  }

  yieldIfDue(): Promise<void> | undefined {
    const { clock, timers } = this.#session.env;
    const nowMs = clock.monotonicMs();
    if (this.#sliceStartMs === 0) this.#sliceStartMs = nowMs;
    if (nowMs - this.#sliceStartMs < SLICE_MS) return undefined;
    return new Promise((resolve) =>
      timers.nextTurn(() => {
        this.#sliceStartMs = clock.monotonicMs();
        resolve();
      }),
    );
  }

  findTimeZone(name: string): TimeZone | undefined {
    return findTimeZone(name);
  }

  checkInterrupted(): void {
    this.#session.checkKilled();
    if (this.#deadlineMs !== 0 && this.#session.env.clock.monotonicMs() > this.#deadlineMs) {
      throw sqlErrors.queryTimeout();
    }
  }

  get memory(): MemoryTracker {
    return this;
  }

  // ---- MemoryTracker --------------------------------------------------------------------------------------------------

  consume(bytes: number): void {
    const { memory, statementMemoryBytes } = this.#session.server;
    if (this.#memoryBytes + bytes > statementMemoryBytes) throw sqlErrors.outOfMemory(bytes);
    memory.consume(bytes);
    this.#memoryBytes += bytes;
  }

  release(bytes: number): void {
    this.#memoryBytes -= bytes;
    this.#session.server.memory.release(bytes);
  }

  /** Gives back what operators of a statement that is over still held. */
  releaseMemory(): void {
    if (this.#memoryBytes !== 0) this.release(this.#memoryBytes);
  }
}
