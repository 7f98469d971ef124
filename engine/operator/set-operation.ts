/**
 * INTERSECT and EXCEPT, with ALL or DISTINCT. The right input is counted by row; left rows then use the counts up. Column
 * types of both inputs are equal.
 */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { gatherBatch } from '../vector/row-store.ts';
import { columnExpressions } from './columns.ts';
import { Grouping } from './grouping.ts';
import type { Operator } from './operator.ts';
import { drain, pull } from './pull.ts';

export interface SetOperationOptions {
  readonly kind: 'intersect' | 'except';
  readonly all: boolean;
}

export class SetOperation implements Operator {
  readonly output: readonly FieldType[];
  readonly #left: Operator;
  readonly #right: Operator;
  readonly #options: SetOperationOptions;
  readonly #context: EvaluationContext;
  readonly #columns: readonly CompiledExpression[];
  #grouping: Grouping;
  /** Rows of the right input per group. */
  #counts: number[] = [];
  /** DISTINCT: groups already answered. */
  #answered = new Set<number>();
  #built = false;
  #charged = 0;

  constructor(left: Operator, right: Operator, options: SetOperationOptions, context: EvaluationContext) {
    this.output = left.output;
    this.#left = left;
    this.#right = right;
    this.#options = options;
    this.#context = context;
    this.#columns = columnExpressions(left.output);
    this.#grouping = new Grouping(this.#columns);
  }

  open(): ValueOrPromise<void> {
    this.#grouping = new Grouping(this.#columns);
    this.#counts = [];
    this.#answered = new Set();
    this.#built = false;
    return chain(this.#right.open(), () => this.#left.open());
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#built) return this.#probe();
    const counted = drain(this.#right, this.#context, (batch) => {
      for (const group of this.#assign(batch)) this.#counts[group] = (this.#counts[group] ?? 0) + 1;
    });
    return chain(counted, () => {
      this.#built = true;
      return this.#probe();
    });
  }

  #assign(batch: Batch): number[] {
    const groups = this.#grouping.assign(batch, this.#context);
    this.#context.memory.consume(this.#grouping.bytes - this.#charged);
    this.#charged = this.#grouping.bytes;
    return groups;
  }

  #probe(): ValueOrPromise<Batch | null> {
    return pull(this.#left, this.#context, (batch) => {
      if (batch === null) return null;
      const rows: number[] = [];
      const groups = this.#assign(batch);
      for (let i = 0; i < groups.length; i++) if (this.#admits(groups[i]!)) rows.push(i);
      return rows.length === 0 ? undefined : gatherBatch(batch, rows);
    });
  }

  #admits(group: number): boolean {
    const count = this.#counts[group] ?? 0;
    if (!this.#options.all) {
      if (count > 0 !== (this.#options.kind === 'intersect') || this.#answered.has(group)) return false;
      this.#answered.add(group);
      return true;
    }
    if (count > 0) this.#counts[group] = count - 1;
    return count > 0 === (this.#options.kind === 'intersect');
  }

  close(): ValueOrPromise<void> {
    this.#context.memory.release(this.#charged);
    this.#charged = 0;
    this.#grouping = new Grouping(this.#columns);
    return chain(this.#left.close(), () => this.#right.close());
  }
}
