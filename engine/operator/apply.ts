/**
 * Runs an inner plan once per outer row: correlated subqueries and LATERAL. Outer columns reach the inner plan as parameters
 * beyond the statement's own: before each run the values are written to `parameters`, the array of the evaluation context.
 *
 * | kind | answers |
 * |---|---|
 * | inner, left | outer columns and inner columns (LATERAL) |
 * | semi, anti | outer rows for which the inner plan has a row, has none |
 * | exists | outer columns and 1 or 0 |
 * | scalar | outer columns and the inner plan's only value; NULL without a row, error 1242 with more than one |
 * | any | outer columns and 1, NULL or 0: whether `test` (over outer, then inner columns) is true for some inner row |
 */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import { sqlErrors } from '../errors/sql-errors.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import { booleanType, withNullable } from '../expression/result-types.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { MAX_BATCH_ROWS, RowStore, rowAt, sliceBatch } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';

export type ApplyKind = 'inner' | 'left' | 'semi' | 'anti' | 'exists' | 'scalar' | 'any';

export interface ApplyOptions {
  readonly kind: ApplyKind;
  /** Makes the inner plan for one run; its parts should be compiled already. */
  readonly inner: () => Operator;
  readonly innerOutput: readonly FieldType[];
  /** Outer column → index in `parameters`. */
  readonly bindings: readonly { readonly column: number; readonly parameter: number }[];
  readonly parameters: Datum[];
  /** Kind 'any' only. */
  readonly test?: CompiledExpression;
}

export class Apply implements Operator {
  readonly output: readonly FieldType[];
  readonly #outer: Operator;
  readonly #options: ApplyOptions;
  readonly #context: EvaluationContext;
  #batch: Batch | null = null;
  #row = 0;
  #overflow: Batch | null = null;

  constructor(outer: Operator, options: ApplyOptions, context: EvaluationContext) {
    this.#outer = outer;
    this.#options = options;
    this.#context = context;
    this.output = outputOf(outer.output, options);
  }

  open(): ValueOrPromise<void> {
    this.#batch = null;
    this.#overflow = null;
    return this.#outer.open();
  }

  async next(): Promise<Batch | null> {
    if (this.#overflow !== null) return this.#takeOverflow(this.#overflow);
    const result = new RowStore(this.output);
    while (result.length < MAX_BATCH_ROWS) {
      if (this.#batch === null || this.#row >= this.#batch.length) {
        if (result.length > 0) break;
        this.#batch = await this.#outer.next();
        this.#row = 0;
        if (this.#batch === null) break;
        this.#context.checkInterrupted();
      }
      await this.#run(rowAt(this.#batch, this.#row++), result);
    }
    if (result.length === 0) return null;
    return result.length > 2 * MAX_BATCH_ROWS ? this.#takeOverflow(result.view()) : result.view();
  }

  #takeOverflow(batch: Batch): Batch {
    if (batch.length <= MAX_BATCH_ROWS) {
      this.#overflow = null;
      return batch;
    }
    this.#overflow = sliceBatch(batch, MAX_BATCH_ROWS, batch.length);
    return sliceBatch(batch, 0, MAX_BATCH_ROWS);
  }

  async #run(outer: Datum[], result: RowStore): Promise<void> {
    const { bindings, parameters } = this.#options;
    for (const { column, parameter } of bindings) parameters[parameter] = outer[column]!;
    const inner = this.#options.inner();
    try {
      const opening = inner.open();
      if (opening !== undefined) await opening;
      await this.#consume(inner, outer, result);
    } finally {
      await inner.close();
    }
    const pause = this.#context.yieldIfDue?.();
    if (pause !== undefined) await pause;
  }

  async #consume(inner: Operator, outer: Datum[], result: RowStore): Promise<void> {
    switch (this.#options.kind) {
      case 'inner':
      case 'left':
        return this.#combine(inner, outer, result);
      case 'scalar':
        return this.#scalar(inner, outer, result);
      case 'any':
        return this.#any(inner, outer, result);
      default: {
        const found = (await inner.next()) !== null;
        if (this.#options.kind === 'exists') result.appendRow([...outer, found ? 1 : 0]);
        else if (found === (this.#options.kind === 'semi')) result.appendRow(outer);
      }
    }
  }

  async #combine(inner: Operator, outer: Datum[], result: RowStore): Promise<void> {
    let found = false;
    for (let batch = await inner.next(); batch !== null; batch = await inner.next()) {
      found = true;
      for (let i = 0; i < batch.length; i++) result.appendRow([...outer, ...rowAt(batch, i)]);
    }
    if (!found && this.#options.kind === 'left') {
      result.appendRow([...outer, ...this.#options.innerOutput.map(() => null)]);
    }
  }

  async #scalar(inner: Operator, outer: Datum[], result: RowStore): Promise<void> {
    const first = await inner.next();
    if (first !== null && (first.length > 1 || (await inner.next()) !== null)) throw sqlErrors.subqueryNo1Row();
    result.appendRow([...outer, first === null ? null : first.columns[0]!.values[0]!]);
  }

  async #any(inner: Operator, outer: Datum[], result: RowStore): Promise<void> {
    let answer: Datum = 0;
    for (let batch = await inner.next(); batch !== null && answer !== 1; batch = await inner.next()) {
      for (let i = 0; i < batch.length && answer !== 1; i++) {
        const value = this.#options.test!.evaluateRow([...outer, ...rowAt(batch, i)], this.#context);
        if (value === null) answer = null;
        else if (value !== 0) answer = 1;
      }
    }
    result.appendRow([...outer, answer]);
  }

  close(): ValueOrPromise<void> {
    this.#batch = null;
    this.#overflow = null;
    return chain(this.#outer.close(), () => undefined);
  }
}

function outputOf(outer: readonly FieldType[], options: ApplyOptions): FieldType[] {
  switch (options.kind) {
    case 'inner':
      return [...outer, ...options.innerOutput];
    case 'left':
      return [...outer, ...options.innerOutput.map((type) => withNullable(type, true))];
    case 'scalar':
      return [...outer, withNullable(options.innerOutput[0]!, true)];
    case 'any':
      return [...outer, booleanType()];
    case 'exists':
      return [...outer, withNullable(booleanType(), false)];
    default:
      return [...outer];
  }
}
