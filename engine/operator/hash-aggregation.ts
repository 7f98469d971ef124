/**
 * GROUP BY by hashing. Output: the group expressions, then the aggregates; groups in order of first appearance. Without
 * group expressions there is exactly one group, also over no rows.
 */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { Accumulator } from '../expression/aggregate/accumulator.ts';
import type { CompiledAggregate } from '../expression/aggregate/compile-aggregate.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { MAX_BATCH_ROWS, plainVector } from '../vector/row-store.ts';
import { Grouping } from './grouping.ts';
import type { Operator } from './operator.ts';
import { drain } from './pull.ts';

/** Heap bytes of one group's entry in one accumulator, roughly. */
const STATE_BYTES = 24;

export class HashAggregation implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #groupBy: readonly CompiledExpression[];
  readonly #aggregates: readonly CompiledAggregate[];
  readonly #context: EvaluationContext;
  #grouping: Grouping;
  #accumulators: readonly Accumulator[] = [];
  #position: number | undefined;
  #charged = 0;

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
    this.#grouping = new Grouping(groupBy);
  }

  open(): ValueOrPromise<void> {
    this.#position = undefined;
    this.#grouping = new Grouping(this.#groupBy);
    this.#accumulators = this.#aggregates.map((aggregate) => aggregate.accumulator());
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#position !== undefined) return this.#emit(this.#position);
    const all = this.#groupBy.length === 0;
    if (all) for (const accumulator of this.#accumulators) accumulator.reserve(1);
    const consumed = drain(this.#input, this.#context, (batch) => {
      const groups = all ? new Array<number>(batch.length).fill(0) : this.#grouping.assign(batch, this.#context);
      for (const accumulator of this.#accumulators) {
        accumulator.reserve(all ? 1 : this.#grouping.count);
        accumulator.add(batch, groups, this.#context);
      }
      this.#charge();
    });
    return chain(consumed, () => this.#emit(0));
  }

  #charge(): void {
    const bytes = this.#grouping.bytes + this.#grouping.count * this.#accumulators.length * STATE_BYTES;
    if (bytes > this.#charged) {
      this.#context.memory.consume(bytes - this.#charged);
      this.#charged = bytes;
    }
  }

  #emit(start: number): Batch | null {
    const total = this.#groupBy.length === 0 ? 1 : this.#grouping.count;
    const end = Math.min(start + MAX_BATCH_ROWS, total);
    this.#position = end;
    if (start >= end) return null;
    const keys = this.#grouping.keys.slice(start, end);
    const results = this.#accumulators.map((accumulator, c) => {
      const values = new Array<Datum>(end - start);
      for (let group = start; group < end; group++) values[group - start] = accumulator.result(group, this.#context);
      return plainVector(this.#aggregates[c]!.type, values);
    });
    return { length: end - start, columns: [...keys.columns, ...results] };
  }

  close(): ValueOrPromise<void> {
    this.#context.memory.release(this.#charged);
    this.#charged = 0;
    this.#accumulators = [];
    this.#grouping = new Grouping(this.#groupBy);
    return this.#input.close();
  }
}
