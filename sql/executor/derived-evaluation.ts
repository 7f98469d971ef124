/** An evaluation context like another one, with some of its values replaced. */

import type { EvaluationContext } from '../../engine/index.ts';

export type EvaluationChanges = Partial<Pick<EvaluationContext, 'parameters' | 'ignoreErrors' | 'statementKind'>>;

/** A context that counts the warnings on their way to `base`. */
export function countWarnings(base: EvaluationContext): {
  readonly evaluation: EvaluationContext;
  readonly count: () => number;
} {
  let warnings = 0;
  const evaluation: EvaluationContext = {
    ...deriveEvaluation(base, {}),
    warn: (warning) => {
      warnings++;
      base.warn(warning);
    },
    warnError: (error) => {
      warnings++;
      base.warnError(error);
    },
  };
  return { evaluation, count: () => warnings };
}

export function deriveEvaluation(base: EvaluationContext, changes: EvaluationChanges): EvaluationContext {
  return {
    parameters: changes.parameters ?? base.parameters,
    ignoreErrors: changes.ignoreErrors ?? base.ignoreErrors,
    statementKind: changes.statementKind ?? base.statementKind,
    sqlMode: base.sqlMode,
    timeZone: base.timeZone,
    findTimeZone: (name) => base.findTimeZone?.(name),
    statementMicros: base.statementMicros,
    session: base.session,
    maxAllowedPacket: base.maxAllowedPacket,
    memory: base.memory,
    currentMicros: () => base.currentMicros(),
    random: () => base.random(),
    randomBytes: (length) => base.randomBytes(length),
    digest: (algorithm, bytes) => base.digest(algorithm, bytes),
    warn: (warning) => base.warn(warning),
    warnError: (error) => base.warnError(error),
    checkInterrupted: () => base.checkInterrupted(),
    yieldIfDue: () => base.yieldIfDue?.(),
  };
}
