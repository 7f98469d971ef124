/**
 * An evaluation context like another one, with some of its values replaced. What is not replaced is asked of the other
 * one when it is needed: an UPDATE makes one of these per execution.
 */

import type { EvaluationContext, SqlError, SqlWarning } from '../../engine/index.ts';

export type EvaluationChanges = Partial<Pick<EvaluationContext, 'parameters' | 'ignoreErrors' | 'statementKind'>>;

class DerivedEvaluation implements EvaluationContext {
  readonly parameters: EvaluationContext['parameters'];
  readonly ignoreErrors: boolean;
  readonly statementKind: EvaluationContext['statementKind'];
  /** Warnings on their way to the other one. */
  warnings = 0;
  readonly #base: EvaluationContext;

  constructor(base: EvaluationContext, changes: EvaluationChanges) {
    this.#base = base;
    this.parameters = changes.parameters ?? base.parameters;
    this.ignoreErrors = changes.ignoreErrors ?? base.ignoreErrors;
    this.statementKind = changes.statementKind ?? base.statementKind;
  }

  get sqlMode(): EvaluationContext['sqlMode'] {
    return this.#base.sqlMode;
  }

  get timeZone(): EvaluationContext['timeZone'] {
    return this.#base.timeZone;
  }

  get statementMicros(): number {
    return this.#base.statementMicros;
  }

  get session(): EvaluationContext['session'] {
    return this.#base.session;
  }

  get maxAllowedPacket(): number {
    return this.#base.maxAllowedPacket;
  }

  get memory(): EvaluationContext['memory'] {
    return this.#base.memory;
  }

  findTimeZone(name: string): EvaluationContext['timeZone'] | undefined {
    return this.#base.findTimeZone?.(name);
  }

  currentMicros(): number {
    return this.#base.currentMicros();
  }

  random(): number {
    return this.#base.random();
  }

  randomBytes(length: number): Uint8Array {
    return this.#base.randomBytes(length);
  }

  digest(algorithm: Parameters<EvaluationContext['digest']>[0], bytes: Uint8Array): Uint8Array {
    return this.#base.digest(algorithm, bytes);
  }

  warn(warning: SqlWarning): void {
    this.warnings++;
    this.#base.warn(warning);
  }

  warnError(error: SqlError): void {
    this.warnings++;
    this.#base.warnError(error);
  }

  checkInterrupted(): void {
    this.#base.checkInterrupted();
  }

  yieldIfDue(): Promise<void> | undefined {
    return this.#base.yieldIfDue?.();
  }
}

/** A context that counts the warnings on their way to `base`. */
export function countWarnings(base: EvaluationContext): {
  readonly evaluation: EvaluationContext;
  readonly count: () => number;
} {
  const evaluation = new DerivedEvaluation(base, {});
  return { evaluation, count: () => evaluation.warnings };
}

export function deriveEvaluation(base: EvaluationContext, changes: EvaluationChanges): EvaluationContext {
  return new DerivedEvaluation(base, changes);
}

/** What IGNORE makes of errors: warnings. */
export function ignoring(evaluation: EvaluationContext): EvaluationContext {
  return deriveEvaluation(evaluation, { ignoreErrors: true });
}
