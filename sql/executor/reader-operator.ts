/** Reads through the stores: they compute a DAG over their rows and answer batches in the order of the scan. */

import type { ValueOrPromise } from '../../base/index.ts';
import {
  type Batch,
  compileExpression,
  type Datum,
  type EvaluationContext,
  type FieldType,
  type Operator,
} from '../../engine/index.ts';
import type { PhysicalReader } from '../planner/physical-plan.ts';
import { DagRows } from './dag-rows.ts';
import type { ExecutionContext, OperatorFactory } from './execution-context.ts';
import { compileRanges, type RangeFunction } from './key-ranges.ts';
import { LookupOperator } from './lookup-operator.ts';

const NO_ROW: readonly Datum[] = [];

/** What all executions of one reader share. */
export interface CompiledReader {
  readonly plan: PhysicalReader;
  readonly ranges: RangeFunction;
  readonly output: readonly FieldType[];
  /** The statement's parameters and what this side computes for the DAGs. */
  readonly parameters: (evaluation: EvaluationContext) => Datum[];
}

export function compileReader(plan: PhysicalReader): OperatorFactory {
  const { table, index, ranges } = plan.scan;
  const computed = plan.computed.map(({ slot, expression }) => {
    const { evaluateRow } = compileExpression(expression);
    return { slot, value: (context: EvaluationContext) => evaluateRow(NO_ROW, context) };
  });
  const compiled: CompiledReader = {
    plan,
    ranges: compileRanges(table, index, ranges),
    output: plan.columns.map((column) => column.type),
    parameters: (evaluation) => {
      const parameters = evaluation.parameters.slice();
      for (const { slot, value } of computed) parameters[slot] = value(evaluation);
      return parameters;
    },
  };
  const { lookup } = plan;
  if (lookup !== undefined) return (context) => new LookupOperator(compiled, lookup, context);
  return (context) => new ReaderOperator(compiled, context);
}

class ReaderOperator implements Operator {
  readonly output: readonly FieldType[];
  readonly #reader: CompiledReader;
  readonly #context: ExecutionContext;
  #rows: DagRows | undefined;

  constructor(reader: CompiledReader, context: ExecutionContext) {
    this.#reader = reader;
    this.#context = context;
    this.output = reader.output;
  }

  open(): void {
    const { plan, ranges, parameters } = this.#reader;
    const { evaluation } = this.#context;
    this.#rows = new DagRows(this.#context, plan.dag, ranges(evaluation), parameters(evaluation));
  }

  next(): ValueOrPromise<Batch | null> {
    this.#context.evaluation.checkInterrupted();
    return this.#rows?.next() ?? null;
  }

  close(): ValueOrPromise<void> {
    return this.#rows?.close();
  }
}
