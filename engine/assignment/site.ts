/** Where a value is being stored, for messages, and how faults are reported. */

import type { SqlError } from '../errors/sql-error.ts';
import { reportDataError } from '../expression/diagnostics.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { DateRules } from '../types/date-time-parse.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';

export interface AssignmentTarget {
  readonly name: string;
  /** The table's name, which messages about JSON show. */
  readonly table?: string;
  readonly type: FieldType;
}

export interface Site {
  readonly context: EvaluationContext;
  readonly column: AssignmentTarget;
  /** From 1, as in `at row 1`. */
  readonly row: number;
}

export type Assignment = (value: Exclude<Datum, null>, site: Site) => Datum;

/** Throws in strict mode, else warns. */
export function report(site: Site, error: SqlError): void {
  reportDataError(site.context, error);
}

/** A remark that is never an error. */
export function note(site: Site, error: SqlError): void {
  site.context.warn({ level: 'Note', errno: error.errno, message: error.message });
}

/** Which dates may be stored under the session's sql_mode. */
export function storableDates(context: EvaluationContext): DateRules {
  const { sqlMode } = context;
  const enforced = sqlMode.strict && !context.ignoreErrors;
  return {
    zeroDate: !(sqlMode.noZeroDate && enforced),
    zeroInDate: !(sqlMode.noZeroInDate && enforced),
    invalidDates: sqlMode.allowInvalidDates,
  };
}

export function isStrict(context: EvaluationContext): boolean {
  return context.sqlMode.strict && !context.ignoreErrors;
}

/** A given value inside a message: bytes beyond ASCII as \xC3, characters outside the basic plane as '?'. */
export function shown(value: Exclude<Datum, null>, text: string): string {
  if (value instanceof Uint8Array) {
    return text.replace(
      /[^\x20-\x7e]/g,
      (byte) => `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
  }
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '?');
}
