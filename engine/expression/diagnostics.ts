/** What happens with bad data: an error in strict DML, a warning elsewhere. */

import type { SqlError } from '../errors/sql-error.ts';
import { sqlErrors } from '../errors/sql-errors.ts';
import type { EvaluationContext } from './evaluation-context.ts';

/** True inside INSERT, UPDATE and DELETE under strict mode and without IGNORE. */
function raisesDataErrors(context: EvaluationContext): boolean {
  const { statementKind } = context;
  return context.sqlMode.strict && !context.ignoreErrors && statementKind !== 'select' && statementKind !== 'other';
}

/** Throws in strict DML; otherwise leaves a warning and goes on. */
export function reportDataError(context: EvaluationContext, error: SqlError): void {
  if (raisesDataErrors(context)) throw error;
  context.warnError(error);
}

/** The answer of a division by zero: NULL with warning 1365, an error in strict DML. */
export function divisionByZero(context: EvaluationContext): null {
  if (context.sqlMode.errorForDivisionByZero) reportDataError(context, sqlErrors.divisionByZero());
  return null;
}

/** `kind` as MySQL names it: INTEGER, DOUBLE, DECIMAL, datetime … */
export function reportTruncated(context: EvaluationContext, kind: string, text: string): void {
  reportDataError(context, sqlErrors.truncatedWrongValue(kind, text));
}

/** The result would not fit a packet: NULL and warning 1301. */
export function tooLongForPacket(context: EvaluationContext, name: string): null {
  reportDataError(context, sqlErrors.warnAllowedPacketOverflowed(name, context.maxAllowedPacket));
  return null;
}
