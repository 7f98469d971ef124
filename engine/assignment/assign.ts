/**
 * Values on their way into columns: what INSERT, UPDATE, LOAD DATA and column defaults do to a value of one type that is
 * stored in a column of another. Strict mode raises MySQL's error for the row; otherwise (or with IGNORE) the error
 * becomes a warning and the nearest value is stored.
 */

import { sqlErrors } from '../errors/sql-errors.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import { DateTime } from '../types/date-time.ts';
import type { Datum } from '../types/datum.ts';
import { Decimal } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import { Json } from '../types/json.ts';
import { assignJson } from './assign-json.ts';
import { assignDecimal, assignInt, assignReal } from './assign-number.ts';
import { assignBit, assignEnum, assignSet, assignYear } from './assign-special.ts';
import { assignDateTime, assignTime } from './assign-temporal.ts';
import { assignBytes, assignText } from './assign-text.ts';
import { type Assignment, type AssignmentTarget, report, type Site } from './site.ts';

export interface AssignmentOptions {
  /** The source is a literal like x'41' or 0x41, which counts as a number in numeric columns. */
  readonly isHexLiteral?: boolean;
}

/** Stores `value` of row `row` (counted from 1 within the statement, for messages). */
export type ColumnAssigner = (context: EvaluationContext, value: Datum, row: number) => Datum;

/** The conversion from values of type `from` to `column`, made once per plan. Throws SqlError in strict mode. */
export function columnAssigner(
  from: FieldType,
  column: AssignmentTarget,
  options: AssignmentOptions = {},
): ColumnAssigner {
  const assign = assignment(from, column.type, options);
  return (context, value, row) => {
    const site: Site = { context, column, row };
    return value === null ? assignNull(site) : assign(value, site);
  };
}

/** One value at a time; in loops make a `columnAssigner`. */
export function convertForStore(
  value: Datum,
  from: FieldType,
  column: AssignmentTarget,
  context: EvaluationContext,
  row = 1,
): Datum {
  return columnAssigner(from, column)(context, value, row);
}

function assignment(from: FieldType, to: FieldType, options: AssignmentOptions): Assignment {
  switch (to.class) {
    case 'int':
      if (to.name === 'bit') return assignBit(from);
      if (to.name === 'year') return assignYear(from, options.isHexLiteral === true);
      return assignInt(from, to, options.isHexLiteral === true);
    case 'real':
      return assignReal(from, to, options.isHexLiteral === true);
    case 'decimal':
      return assignDecimal(from, to, options.isHexLiteral === true);
    case 'string':
      return assignText(from, to);
    case 'bytes':
      return assignBytes(from, to);
    case 'datetime':
      return assignDateTime(from, to);
    case 'time':
      return assignTime(from, to);
    case 'enum':
      return assignEnum(from, to);
    case 'set':
      return assignSet(from, to);
    case 'json':
      return assignJson(from);
    case 'null':
      return () => null;
  }
}

/** NULL into NOT NULL is an error even without strict mode; only IGNORE makes it the implicit default. */
function assignNull(site: Site): Datum {
  const { type, name } = site.column;
  if (type.nullable) return null;
  const error = sqlErrors.badNull(name);
  if (!site.context.ignoreErrors) throw error;
  report(site, error);
  return implicitDefault(type);
}

/** What a NOT NULL column without DEFAULT gets where MySQL has to choose: zero, '' or the first member. */
export function implicitDefault(type: FieldType): Datum {
  switch (type.class) {
    case 'int':
    case 'real':
    case 'time':
    case 'set':
      return 0;
    case 'enum':
      return 1;
    case 'decimal':
      return Decimal.zero.round(type.scale);
    case 'string':
      return '';
    case 'bytes':
      return new Uint8Array(type.name === 'binary' ? type.length : 0);
    case 'datetime':
      return DateTime.zero;
    case 'json':
      return Json.null;
    case 'null':
      return null;
  }
}
