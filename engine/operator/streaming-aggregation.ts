/**
 * GROUP BY over input that arrives in group order (equal keys are neighbours). Holds one open group; answers groups in input
 * order as they close. Output as of HashAggregation.
 */

import type { ValueOrPromise } from '../../base/index.ts';
import type { Accumulator } from '../expression/aggregate/accumulator.ts';
import type { CompiledAggregate } from '../expression/aggregate/compile-aggregate.ts';
import { type Comparator, comparatorOf, nullsFirst } from '../expression/compare.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { RowStore, sliceBatch } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';
import { pull } from './pull.ts';

interface OpenGroup {
  readonly keys: readonly Datum[];
  readonly accumulators: readonly Accumulator[];
}

export class StreamingAggregation implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #groupBy: readonly CompiledExpression[];
  readonly #aggregates: readonly CompiledAggregate[];
  readonly #context: EvaluationContext;
  readonly #comparators: readonly Comparator[];
  #open: OpenGroup | undefined;
  #ended = false;

  constructor(
    input: Operator,
    groupBy: readonly CompiledExpression[],
    aggregates: readonly CompiledAggregate[],
    context: EvaluationContext,
  ) {
    this.output = [...groupBy.map((expression) => expression.type), ...aggregates.map((aggregate) => aggregate.type)];
    this.#input = input;
    this.#groupBy = groupBy;
    this.#aggregates = aggregates;
    this.#context = context;
    this.#comparators = groupBy.map((expression) => nullsFirst(comparatorOf(expression.type)));
  }

  open(): ValueOrPromise<void> {
    this.#ended = false;
    this.#open = this.#groupBy.length === 0 ? this.#start([]) : undefined;
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#ended) return null;
    return pull(this.#input, this.#context, (batch) => (batch === null ? this.#last() : this.#consume(batch)));
  }

  #start(keys: readonly Datum[]): OpenGroup {
    const accumulators = this.#aggregates.map((aggregate) => aggregate.accumulator());
    for (const accumulator of accumulators) accumulator.reserve(1);
    return { keys, accumulators };
  }

  #last(): Batch | null {
    this.#ended = true;
    if (this.#open === undefined) return null;
    const closed = new RowStore(this.output);
    this.#finish(this.#open, closed);
    this.#open = undefined;
    return closed.view();
  }

  #finish(group: OpenGroup, into: RowStore): void {
    into.appendRow([...group.keys, ...group.accumulators.map((accumulator) => accumulator.result(0, this.#context))]);
  }

  #consume(batch: Batch): Batch | undefined {
    const columns = this.#groupBy.map((expression) => expression.evaluate(batch, this.#context).values);
    const closed = new RowStore(this.output);
    let start = 0;
    while (start < batch.length) {
      const keys = columns.map((values) => values[start]!);
      if (this.#open === undefined || !this.#same(this.#open.keys, keys)) {
        if (this.#open !== undefined) this.#finish(this.#open, closed);
        this.#open = this.#start(keys);
      }
      let end = start + 1;
      while (
        end < batch.length &&
        this.#same(
          keys,
          columns.map((values) => values[end]!),
        )
      )
        end++;
      const rows = start === 0 && end === batch.length ? batch : sliceBatch(batch, start, end);
      const groups = new Array<number>(end - start).fill(0);
      for (const accumulator of this.#open.accumulators) accumulator.add(rows, groups, this.#context);
      start = end;
    }
    return closed.length === 0 ? undefined : closed.view();
  }

  #same(left: readonly Datum[], right: readonly Datum[]): boolean {
    return this.#comparators.every((compare, c) => compare(left[c]!, right[c]!) === 0);
  }

  close(): ValueOrPromise<void> {
    this.#open = undefined;
    return this.#input.close();
  }
}
