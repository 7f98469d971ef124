/** Numbers groups: rows with equal keys get the same dense number, in order of first appearance. NULL is a value here. */

import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import { compositeKey, type GroupKey, groupKeyOf } from '../expression/group-key.ts';
import type { Datum } from '../types/datum.ts';
import type { Batch } from '../vector/batch.ts';
import { datumBytes, RowStore } from '../vector/row-store.ts';

export class Grouping {
  readonly #expressions: readonly CompiledExpression[];
  readonly #keyFunctions: readonly ((value: Datum) => GroupKey)[];
  readonly #groups = new Map<GroupKey | null, number>();
  /** The key values of each group, as its first row had them. */
  readonly keys: RowStore;
  #bytes = 0;

  constructor(expressions: readonly CompiledExpression[]) {
    this.#expressions = expressions;
    this.#keyFunctions = expressions.map((expression) => groupKeyOf(expression.type));
    this.keys = new RowStore(expressions.map((expression) => expression.type));
  }

  get count(): number {
    return this.#groups.size;
  }

  /** Heap bytes held, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The group number of each row of the batch. */
  assign(batch: Batch, context: EvaluationContext): number[] {
    const columns = this.#expressions.map((expression) => expression.evaluate(batch, context).values);
    return columns.length === 1
      ? this.#assignSingle(columns[0]!, batch.length)
      : this.#assignMany(columns, batch.length);
  }

  /** The rows of the batch whose keys are met for the first time, in order. */
  newRows(batch: Batch, context: EvaluationContext): number[] {
    let known = this.count;
    const rows: number[] = [];
    const groups = this.assign(batch, context);
    for (let i = 0; i < groups.length; i++) {
      if (groups[i]! < known) continue;
      rows.push(i);
      known++;
    }
    return rows;
  }

  #assignSingle(values: readonly Datum[], length: number): number[] {
    const groups = new Array<number>(length);
    const keyOf = this.#keyFunctions[0]!;
    for (let i = 0; i < length; i++) {
      const value = values[i]!;
      const key = value === null ? null : keyOf(value);
      groups[i] = this.#groups.get(key) ?? this.#found(key, [value]);
    }
    return groups;
  }

  #assignMany(columns: readonly (readonly Datum[])[], length: number): number[] {
    const groups = new Array<number>(length);
    const parts = new Array<GroupKey | null>(columns.length);
    for (let i = 0; i < length; i++) {
      for (let c = 0; c < columns.length; c++) {
        const value = columns[c]![i]!;
        parts[c] = value === null ? null : this.#keyFunctions[c]!(value);
      }
      const key = compositeKey(parts);
      groups[i] =
        this.#groups.get(key) ??
        this.#found(
          key,
          columns.map((values) => values[i]!),
        );
    }
    return groups;
  }

  #found(key: GroupKey | null, row: readonly Datum[]): number {
    const group = this.#groups.size;
    this.#groups.set(key, group);
    this.keys.appendRow(row);
    this.#bytes += 64 + (typeof key === 'string' ? key.length : 8);
    for (const value of row) this.#bytes += datumBytes(value);
    return group;
  }
}
