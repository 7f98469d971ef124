/** Reads a computed table: information_schema and the like. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { Batch, Datum, FieldType, Operator } from '../../engine/index.ts';
import type { PhysicalVirtualScan } from '../planner/physical-plan.ts';
import type { ExecutionContext, OperatorFactory } from './execution-context.ts';
import { batchOf, emptyVectors } from './table-access.ts';

const BATCH_ROWS = 1024;

export function compileVirtualScan(plan: PhysicalVirtualScan): OperatorFactory {
  const output = plan.columns.map((column) => column.type);
  return (context) => new VirtualScan(plan, output, context);
}

class VirtualScan implements Operator {
  readonly output: readonly FieldType[];
  readonly #plan: PhysicalVirtualScan;
  readonly #context: ExecutionContext;
  #rows: Iterator<readonly Datum[]> | undefined;

  constructor(plan: PhysicalVirtualScan, output: readonly FieldType[], context: ExecutionContext) {
    this.#plan = plan;
    this.output = output;
    this.#context = context;
  }

  open(): ValueOrPromise<void> {
    return chain(this.#plan.table.rows(this.#context.statement), (rows) => {
      this.#rows = rows[Symbol.iterator]();
    });
  }

  next(): Batch | null {
    const vectors = emptyVectors(this.output.length);
    let count = 0;
    while (count < BATCH_ROWS) {
      const row = this.#rows?.next();
      if (row === undefined || row.done === true) break;
      this.#plan.offsets.forEach((offset, i) => {
        (vectors[i] as Datum[]).push(row.value[offset] ?? null);
      });
      count++;
    }
    return count === 0 ? null : batchOf(vectors, this.output, count);
  }

  close(): void {
    this.#rows = undefined;
  }
}
