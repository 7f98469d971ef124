/** What a table's definition says about the values of a row: defaults, generated columns, checks. Compiled once per schema version. */

import {
  type ColumnInfo,
  columnAssigner,
  compileExpression,
  type Datum,
  type EvaluationContext,
  implicitDefault,
  sqlErrors,
  type TableInfo,
} from '../../engine/index.ts';
import type { PlanEnvironment } from '../planner/bind-context.ts';
import { bindRowText } from '../planner/table-expression.ts';

/** `row[i]` is the value of table column i so far. */
export type RowValue = (row: readonly Datum[], context: EvaluationContext, rowNumber: number) => Datum;

export interface GeneratedColumn {
  readonly offset: number;
  readonly value: RowValue;
}

export interface RowCheck {
  readonly name: string;
  /** False only when the check is false; NULL passes. */
  readonly holds: (row: readonly Datum[], context: EvaluationContext) => boolean;
}

export interface TableRules {
  /** By column offset: the value of a column that a statement does not give. Throws 1364 where it must. */
  readonly defaults: readonly RowValue[];
  /** Without the error: what DEFAULT(c) and NULL in the column's place mean under IGNORE. */
  readonly generated: readonly GeneratedColumn[];
  readonly checks: readonly RowCheck[];
  readonly autoIncrement: ColumnInfo | undefined;
  /** Columns that every UPDATE sets to the current time. */
  readonly onUpdateNow: readonly GeneratedColumn[];
}

const rulesByTable = new WeakMap<TableInfo, TableRules>();

export function tableRules(table: TableInfo, environment: PlanEnvironment): TableRules {
  let rules = rulesByTable.get(table);
  if (rules === undefined) {
    rules = compileRules(table, environment);
    rulesByTable.set(table, rules);
  }
  return rules;
}

function compileRules(table: TableInfo, environment: PlanEnvironment): TableRules {
  const fromText = (text: string, column: ColumnInfo): RowValue => {
    const bound = bindRowText(text, table.name, table.columns, environment);
    const { evaluateRow } = compileExpression(bound);
    const assign = columnAssigner(bound.type, column);
    return (row, context, rowNumber) => assign(context, evaluateRow(row, context), rowNumber);
  };
  return {
    defaults: table.columns.map((column) => defaultOf(column, fromText)),
    generated: table.columns.flatMap((column) =>
      column.generated === undefined ? [] : [{ offset: column.offset, value: fromText(column.generated.text, column) }],
    ),
    checks: table.checks
      .filter((check) => check.enforced)
      .map((check) => {
        const { evaluateRow } = compileExpression(bindRowText(check.text, table.name, table.columns, environment));
        return {
          name: check.name,
          holds: (row, context) => {
            const value = evaluateRow(row, context);
            return value === null || isTruthy(value);
          },
        };
      }),
    autoIncrement: table.columns.find((column) => column.autoIncrement),
    onUpdateNow: table.columns
      .filter((column) => column.onUpdateNow)
      .map((column) => ({ offset: column.offset, value: fromText(nowText(column), column) })),
  };
}

function isTruthy(value: Exclude<Datum, null>): boolean {
  return typeof value === 'object' ? Number(String(value)) !== 0 : Number(value) !== 0;
}

function nowText(column: ColumnInfo): string {
  return `CURRENT_TIMESTAMP(${column.type.scale})`;
}

function defaultOf(column: ColumnInfo, fromText: (text: string, column: ColumnInfo) => RowValue): RowValue {
  const given = column.default;
  if (given.kind === 'value') return () => given.value;
  if (given.kind === 'expression') return fromText(given.text, column);
  if (column.type.nullable) return () => null;
  const implicit = implicitDefault(column.type);
  if (column.autoIncrement || column.type.class === 'enum' || column.generated !== undefined) return () => implicit;
  return (_row, context) => {
    const error = sqlErrors.noDefaultForField(column.name);
    if (context.sqlMode.strict && !context.ignoreErrors) throw error;
    context.warn({ level: 'Warning', errno: error.errno, message: error.message });
    return implicit;
  };
}

/** Computes generated columns and tests checks. `values` is complete otherwise. */
export function finishRow(rules: TableRules, values: Datum[], context: EvaluationContext, rowNumber: number): void {
  for (const { offset, value } of rules.generated) values[offset] = value(values, context, rowNumber);
  for (const check of rules.checks) {
    if (check.holds(values, context)) continue;
    const error = sqlErrors.checkConstraintViolated(check.name);
    if (!context.ignoreErrors) throw error;
    context.warnError(error);
    throw new RowSkipped();
  }
}

/** Under IGNORE: this row is left out, the statement goes on. */
export class RowSkipped extends Error {
  override readonly name = 'RowSkipped';
}
