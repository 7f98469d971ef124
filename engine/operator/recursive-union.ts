/**
 * WITH RECURSIVE: the seed's rows, then the step over the rows of the previous round, until a round adds nothing. With
 * `distinct` (UNION) a row counts only once. Deeper than `maxDepth` rounds (cte_max_recursion_depth) is error 3636.
 */

import type { ValueOrPromise } from '../../base/index.ts';
import { sqlErrors } from '../errors/sql-errors.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { batchBytes, gatherBatch, RowStore } from '../vector/row-store.ts';
import { columnExpressions } from './columns.ts';
import { Grouping } from './grouping.ts';
import type { Operator } from './operator.ts';
import { StoreReader } from './spool.ts';

export interface RecursiveUnionOptions {
  /** The step's plan for one round, reading the previous round's rows from `working`. */
  readonly step: (working: () => Operator) => Operator;
  readonly distinct: boolean;
  readonly maxDepth: number;
}

export class RecursiveUnion implements Operator {
  readonly output: readonly FieldType[];
  readonly #seed: Operator;
  readonly #options: RecursiveUnionOptions;
  readonly #context: EvaluationContext;
  #seen: Grouping;
  #current: Operator;
  #collected: RowStore;
  #depth = 0;
  /** Bytes charged for the rows of this round and of the one before. */
  #charged = 0;
  #chargedBefore = 0;

  constructor(
    seed: Operator,
    output: readonly FieldType[],
    options: RecursiveUnionOptions,
    context: EvaluationContext,
  ) {
    this.output = output;
    this.#seed = seed;
    this.#options = options;
    this.#context = context;
    this.#seen = new Grouping(columnExpressions(output));
    this.#current = seed;
    this.#collected = new RowStore(output);
  }

  open(): ValueOrPromise<void> {
    this.#seen = new Grouping(columnExpressions(this.output));
    this.#current = this.#seed;
    this.#collected = new RowStore(this.output);
    this.#depth = 0;
    return this.#seed.open();
  }

  async next(): Promise<Batch | null> {
    for (;;) {
      const batch = await this.#current.next();
      if (batch !== null) {
        this.#context.checkInterrupted();
        const fresh = this.#options.distinct ? this.#fresh(batch) : batch;
        if (fresh === undefined) continue;
        const bytes = batchBytes(fresh);
        this.#context.memory.consume(bytes);
        this.#charged += bytes;
        this.#collected.append(fresh);
        return fresh;
      }
      if (this.#collected.length === 0) return null;
      await this.#nextRound();
    }
  }

  async #nextRound(): Promise<void> {
    if (this.#depth > 0) await this.#current.close();
    if (++this.#depth > this.#options.maxDepth + 1) throw sqlErrors.cteMaxRecursionDepth(this.#depth);
    const working = this.#collected;
    this.#context.memory.release(this.#chargedBefore);
    this.#chargedBefore = this.#charged;
    this.#charged = 0;
    this.#collected = new RowStore(this.output);
    this.#current = this.#options.step(() => new StoreReader(working));
    await this.#current.open();
    await this.#context.yieldIfDue?.();
  }

  #fresh(batch: Batch): Batch | undefined {
    const rows = this.#seen.newRows(batch, this.#context);
    return rows.length === 0 ? undefined : gatherBatch(batch, rows);
  }

  async close(): Promise<void> {
    this.#context.memory.release(this.#charged + this.#chargedBefore);
    this.#charged = 0;
    this.#chargedBefore = 0;
    if (this.#depth > 0) await this.#current.close();
    await this.#seed.close();
  }
}
