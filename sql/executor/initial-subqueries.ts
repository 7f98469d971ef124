/** Subqueries without free columns: evaluated once, before the statement's own plan, into parameters. */

import { chain, isPromise, type ValueOrPromise } from '../../base/index.ts';
import { type Batch, type Datum, type Operator, sqlErrors } from '../../engine/index.ts';
import type { PhysicalInitialSubquery } from '../planner/prepare-query.ts';
import type { StatementContext } from '../session/session-context.ts';
import { compilePlan } from './compile-plan.ts';
import { type ExecutionContext, type OperatorFactory, openExecution } from './execution-context.ts';

export interface CompiledInitialSubquery {
  readonly slot: number;
  readonly mode: 'scalar' | 'exists';
  readonly make: OperatorFactory;
}

export function compileInitial(subqueries: readonly PhysicalInitialSubquery[]): readonly CompiledInitialSubquery[] {
  return subqueries.map(({ slot, mode, plan }) => ({ slot, mode, make: compilePlan(plan) }));
}

export async function evaluateInitial(
  subqueries: readonly CompiledInitialSubquery[],
  context: ExecutionContext,
): Promise<void> {
  for (const { slot, mode, make } of subqueries) {
    context.parameters[slot] = await evaluateOne(make(context), mode);
  }
}

/** The execution of a statement that writes, once its initial subqueries are known. */
export function openWriting(
  statement: StatementContext,
  slotCount: number,
  subqueries: readonly CompiledInitialSubquery[],
): ValueOrPromise<ExecutionContext> {
  return chain(openExecution(statement, slotCount, 'write'), (context) =>
    subqueries.length === 0 ? context : evaluateInitial(subqueries, context).then(() => context),
  );
}

async function evaluateOne(operator: Operator, mode: 'scalar' | 'exists'): Promise<Datum> {
  await operator.open();
  try {
    const first = await operator.next();
    if (mode === 'exists') return first === null ? 0 : 1;
    if (first === null) return null;
    if (first.length > 1 || (await operator.next()) !== null) throw sqlErrors.subqueryNo1Row();
    return first.columns[0]?.values[0] ?? null;
  } finally {
    await operator.close();
  }
}

/** All rows of an operator as arrays; at once when the operator answers at once. */
export function drainRows(operator: Operator): ValueOrPromise<Datum[][]> {
  const rows: Datum[][] = [];
  const opened = operator.open();
  if (isPromise(opened)) return opened.then(() => drainLater(operator, rows, operator.next()));
  try {
    for (;;) {
      const batch = operator.next();
      if (isPromise(batch)) return drainLater(operator, rows, batch);
      if (batch === null) break;
      appendRows(rows, batch);
    }
  } catch (error) {
    return closeAfter(operator, error);
  }
  return chain(operator.close(), () => rows);
}

async function drainLater(
  operator: Operator,
  rows: Datum[][],
  first: ValueOrPromise<Batch | null>,
): Promise<Datum[][]> {
  try {
    for (let batch = await first; batch !== null; batch = await operator.next()) appendRows(rows, batch);
    return rows;
  } finally {
    await operator.close();
  }
}

function closeAfter(operator: Operator, error: unknown): ValueOrPromise<never> {
  return chain(operator.close(), () => {
    throw error;
  });
}

function appendRows(rows: Datum[][], batch: Batch): void {
  for (let i = 0; i < batch.length; i++) rows.push(batch.columns.map((column) => column.values[i] as Datum));
}
