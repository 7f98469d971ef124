/**
 * The hashed side of a join: rows in columns, and for each key a chain of row numbers, newest first. Rows whose key has a
 * NULL are kept but not hashed; the null-aware kinds ask for them.
 */

import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import { compositeKey, type GroupKey, groupKeyOf } from '../expression/group-key.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch, Vector } from '../vector/batch.ts';
import { batchBytes, gatherValues, plainVector, RowStore } from '../vector/row-store.ts';
import type { JoinOptions } from './hash-join.ts';

/** Heap bytes of one row's place in the hash table, roughly. */
const ENTRY_BYTES = 56;

type KeyFunction = (value: Datum) => GroupKey;

export class JoinTable {
  readonly #store: RowStore;
  readonly #options: JoinOptions;
  readonly #context: EvaluationContext;
  readonly #leftFunctions: readonly KeyFunction[];
  readonly #rightFunctions: readonly KeyFunction[];
  readonly #nullSafe: readonly boolean[];
  readonly #heads = new Map<GroupKey, number>();
  /** The next row of the same key, −1 at the end. */
  readonly #following: number[] = [];
  /** Rows with a NULL in a key, and what their keys are. */
  readonly #nullRows: { readonly row: number; readonly parts: readonly (GroupKey | null)[] }[] = [];
  #matched: Uint8Array | undefined;
  #charged = 0;

  constructor(types: readonly FieldType[], options: JoinOptions, context: EvaluationContext) {
    this.#store = new RowStore(types);
    this.#options = options;
    this.#context = context;
    this.#leftFunctions = options.leftKeys.map((key) => groupKeyOf(key.type));
    this.#rightFunctions = options.rightKeys.map((key) => groupKeyOf(key.type));
    this.#nullSafe = options.rightKeys.map((_, i) => options.nullSafeKeys?.includes(i) === true);
  }

  get length(): number {
    return this.#store.length;
  }

  add(batch: Batch): void {
    const bytes = batchBytes(batch) + batch.length * ENTRY_BYTES;
    this.#context.memory.consume(bytes);
    this.#charged += bytes;
    const start = this.#store.length;
    this.#store.append(batch);
    const columns = this.#evaluate(this.#options.rightKeys, batch);
    for (let i = 0; i < batch.length; i++) this.#insert(columns, i, start + i);
  }

  release(): void {
    this.#context.memory.release(this.#charged);
    this.#charged = 0;
  }

  #evaluate(keys: readonly CompiledExpression[], batch: Batch): (readonly Datum[])[] {
    return keys.map((key) => key.evaluate(batch, this.#context).values);
  }

  #insert(columns: readonly (readonly Datum[])[], index: number, row: number): void {
    const key = this.#keyAt(columns, index, this.#rightFunctions);
    if (key === undefined) {
      this.#following.push(-1);
      const parts = columns.map((values, c) =>
        values[index] === null ? null : this.#rightFunctions[c]!(values[index]!),
      );
      this.#nullRows.push({ row, parts });
      return;
    }
    this.#following.push(this.#heads.get(key) ?? -1);
    this.#heads.set(key, row);
  }

  /** undefined where a NULL keeps the row from matching anything. */
  #keyAt(
    columns: readonly (readonly Datum[])[],
    index: number,
    functions: readonly KeyFunction[],
  ): GroupKey | undefined {
    if (columns.length === 0) return 0;
    if (columns.length === 1 && !this.#nullSafe[0]) {
      const value = columns[0]![index]!;
      return value === null ? undefined : functions[0]!(value);
    }
    const parts: (GroupKey | null)[] = [];
    for (let c = 0; c < columns.length; c++) {
      const value = columns[c]![index]!;
      if (value === null && !this.#nullSafe[c]) return undefined;
      parts.push(value === null ? null : functions[c]!(value));
    }
    return compositeKey(parts);
  }

  /** For each row of a left batch the first candidate row, or −1. */
  probe(batch: Batch): number[] {
    const columns = this.#evaluate(this.#options.leftKeys, batch);
    const heads = new Array<number>(batch.length);
    for (let i = 0; i < batch.length; i++) {
      const key = this.#keyAt(columns, i, this.#leftFunctions);
      heads[i] = key === undefined ? -1 : (this.#heads.get(key) ?? -1);
    }
    return heads;
  }

  following(row: number): number {
    return this.#following[row]!;
  }

  gather(rows: readonly number[]): Vector[] {
    return this.#store.columns.map((values, c) => plainVector(this.#store.types[c]!, gatherValues(values, rows)));
  }

  markMatched(row: number): void {
    this.#matched ??= new Uint8Array(this.#store.length);
    this.#matched[row] = 1;
  }

  isMatched(row: number): boolean {
    return this.#matched?.[row] === 1;
  }

  /**
   * A test whether a left row that matches nothing compares as unknown with some right row for which `belongs` holds: all
   * key parts equal or NULL, at least one NULL.
   */
  unknownTest(batch: Batch, belongs: (left: number, right: number) => boolean): (row: number) => boolean {
    const columns = this.#evaluate(this.#options.leftKeys, batch);
    return (left) => {
      const parts = columns.map((values, c) => (values[left] === null ? null : this.#leftFunctions[c]!(values[left]!)));
      const candidates = parts.includes(null) ? this.#allRows() : this.#nullRows;
      for (const { row, parts: others } of candidates) {
        const compatible = parts.every((part, c) => part === null || others[c] === null || part === others[c]);
        if (compatible && belongs(left, row)) return true;
      }
      return false;
    };
  }

  #everything: { readonly row: number; readonly parts: readonly (GroupKey | null)[] }[] | undefined;

  #allRows(): readonly { readonly row: number; readonly parts: readonly (GroupKey | null)[] }[] {
    if (this.#everything !== undefined) return this.#everything;
    const columns = this.#evaluate(this.#options.rightKeys, this.#store.view());
    this.#everything = Array.from({ length: this.#store.length }, (_, row) => ({
      row,
      parts: columns.map((values, c) => (values[row] === null ? null : this.#rightFunctions[c]!(values[row]!))),
    }));
    return this.#everything;
  }
}
