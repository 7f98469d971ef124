/**
 * The evaluation context of one coprocessor call. Warnings are kept for the reply; memory is bounded; everything that a
 * session would have to answer cannot occur in what is pushed down.
 */

import { AssertionError } from '../../base/index.ts';
import {
  type Datum,
  type EvaluationContext,
  type MemoryTracker,
  type SessionFunctions,
  type SqlError,
  type SqlWarning,
  sqlErrors,
} from '../../engine/index.ts';
import { MAX_MEMORY_BYTES, REPLY_MEMORY_BYTES, REPLY_WARNINGS } from './limits.ts';
import type { DagSettings } from './request.ts';

export class DagEvaluation implements EvaluationContext, MemoryTracker {
  readonly parameters: readonly Datum[];
  readonly sqlMode: EvaluationContext['sqlMode'];
  readonly timeZone: EvaluationContext['timeZone'];
  readonly statementKind: EvaluationContext['statementKind'];
  readonly ignoreErrors: boolean;
  readonly maxAllowedPacket: number;
  readonly statementMicros = 0;
  readonly warnings: SqlWarning[] = [];
  readonly yieldIfDue: () => Promise<void> | undefined;
  #usedBytes = 0;

  /** `pause` answers a promise when other work of the store should have its turn. */
  constructor(parameters: readonly Datum[], settings: DagSettings, pause: () => Promise<void> | undefined) {
    this.parameters = parameters;
    this.sqlMode = settings.sqlMode;
    this.timeZone = settings.timeZone;
    this.statementKind = settings.statementKind;
    this.ignoreErrors = settings.ignoreErrors;
    this.maxAllowedPacket = settings.maxAllowedPacket;
    this.yieldIfDue = pause;
  }

  get memory(): MemoryTracker {
    return this;
  }

  /** Enough for one reply: warnings or kept rows. */
  get isFull(): boolean {
    return this.#usedBytes > REPLY_MEMORY_BYTES || this.warnings.length >= REPLY_WARNINGS;
  }

  consume(bytes: number): void {
    if (this.#usedBytes + bytes > MAX_MEMORY_BYTES) throw sqlErrors.outOfMemory(bytes);
    this.#usedBytes += bytes;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  warn(warning: SqlWarning): void {
    this.warnings.push(warning);
  }

  warnError(error: SqlError): void {
    this.warnings.push({ level: 'Warning', errno: error.errno, message: error.message });
  }

  checkInterrupted(): void {}

  currentMicros(): number {
    return unavailable();
  }

  random(): number {
    return unavailable();
  }

  randomBytes(): Uint8Array {
    return unavailable();
  }

  digest(): Uint8Array {
    return unavailable();
  }

  get session(): SessionFunctions {
    return unavailable();
  }
}

function unavailable(): never {
  throw new AssertionError('what depends on a session is not pushed down');
}
