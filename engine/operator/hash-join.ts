/**
 * Joins two inputs. The right one is read first and kept in memory, hashed by its keys; the left one streams. Without keys
 * every pair is a candidate, which makes this the nested-loop and the cross join too.
 *
 * | kind | answers |
 * |---|---|
 * | inner | left columns, right columns of each matching pair |
 * | left | as inner, and left rows without a match with NULLs |
 * | right | as inner, and right rows without a match with NULLs |
 * | semi, anti | left rows with, without a match |
 * | null-aware anti | NOT IN: left rows for which the comparison is false with every right row, never unknown |
 * | mark | left columns and one more: 1, 0 or NULL, the value of IN or EXISTS |
 *
 * NULL keys match nothing, except keys marked null-safe (`<=>`). `residual` sees left columns, then right columns. For
 * null-aware kinds the keys are the compared operands, and a `residual` may only be the correlation of the subquery.
 */

import { chain, isPromise, type ValueOrPromise } from '../../base/index.ts';
import type { CompiledExpression, CompiledPredicate } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import { withNullable } from '../expression/result-types.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch, Vector } from '../vector/batch.ts';
import { gatherBatch, gatherValues, MAX_BATCH_ROWS, nullVector, plainVector } from '../vector/row-store.ts';
import { JoinTable } from './join-table.ts';
import type { Operator } from './operator.ts';
import { drain } from './pull.ts';

export type JoinKind = 'inner' | 'left' | 'right' | 'semi' | 'anti' | 'null-aware anti' | 'mark';

export interface JoinOptions {
  readonly kind: JoinKind;
  /** As many as `rightKeys`; pairs have the same type class (see `comparable`). */
  readonly leftKeys: readonly CompiledExpression[];
  readonly rightKeys: readonly CompiledExpression[];
  /** Indexes of keys compared with `<=>`. */
  readonly nullSafeKeys?: readonly number[];
  readonly residual?: CompiledPredicate | undefined;
  /** Type of the extra column of a mark join. */
  readonly markType?: FieldType;
  /** Mark joins: an unknown comparison makes NULL (IN), else 0 (EXISTS). */
  readonly nullAware?: boolean;
}

export class HashJoin implements Operator {
  readonly output: readonly FieldType[];
  readonly #left: Operator;
  readonly #right: Operator;
  readonly #options: JoinOptions;
  readonly #context: EvaluationContext;
  #table: JoinTable | undefined;
  #probe: Probe | undefined;
  #leftDone = false;
  #unmatchedFrom = 0;

  constructor(left: Operator, right: Operator, options: JoinOptions, context: EvaluationContext) {
    this.#left = left;
    this.#right = right;
    this.#options = options;
    this.#context = context;
    this.output = outputOf(left.output, right.output, options);
  }

  open(): ValueOrPromise<void> {
    this.#table = undefined;
    this.#probe = undefined;
    this.#leftDone = false;
    this.#unmatchedFrom = 0;
    return chain(this.#right.open(), () => this.#left.open());
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#table !== undefined) return this.#pull(this.#table);
    const table = new JoinTable(this.#right.output, this.#options, this.#context);
    const built = drain(this.#right, this.#context, (batch) => table.add(batch));
    return chain(built, () => {
      this.#table = table;
      return this.#pull(table);
    });
  }

  #pull(table: JoinTable): ValueOrPromise<Batch | null> {
    for (;;) {
      if (this.#probe !== undefined) {
        const answer = this.#probe.next();
        if (answer !== null) return answer;
        this.#probe = undefined;
        const pause = this.#context.yieldIfDue?.();
        if (pause !== undefined) return pause.then(() => this.#pull(table));
      }
      if (this.#leftDone) return this.#options.kind === 'right' ? this.#unmatchedRight(table) : null;
      if (this.#options.kind === 'inner' && table.length === 0) return null;
      const batch = this.#left.next();
      if (isPromise(batch)) {
        return batch.then((arrived) => {
          this.#accept(arrived, table);
          return this.#pull(table);
        });
      }
      this.#accept(batch, table);
    }
  }

  #accept(batch: Batch | null, table: JoinTable): void {
    if (batch === null) {
      this.#leftDone = true;
      return;
    }
    this.#context.checkInterrupted();
    this.#probe = new Probe(batch, table, this.#options, this.#context, this.output);
  }

  #unmatchedRight(table: JoinTable): Batch | null {
    const rows: number[] = [];
    let row = this.#unmatchedFrom;
    for (; row < table.length && rows.length < MAX_BATCH_ROWS; row++) if (!table.isMatched(row)) rows.push(row);
    this.#unmatchedFrom = row;
    if (rows.length === 0) return null;
    const left = this.#left.output.map((type) => nullVector(type, rows.length));
    return { length: rows.length, columns: [...left, ...table.gather(rows)] };
  }

  close(): ValueOrPromise<void> {
    this.#table?.release();
    this.#table = undefined;
    this.#probe = undefined;
    return chain(this.#left.close(), () => this.#right.close());
  }
}

function outputOf(left: readonly FieldType[], right: readonly FieldType[], options: JoinOptions): FieldType[] {
  const nullable = (types: readonly FieldType[]) => types.map((type) => withNullable(type, true));
  switch (options.kind) {
    case 'inner':
      return [...left, ...right];
    case 'left':
      return [...left, ...nullable(right)];
    case 'right':
      return [...nullable(left), ...right];
    case 'mark':
      return [...left, options.markType!];
    default:
      return [...left];
  }
}

/** Matches one left batch against the table, in portions of about MAX_BATCH_ROWS pairs. */
class Probe {
  readonly #batch: Batch;
  readonly #table: JoinTable;
  readonly #options: JoinOptions;
  readonly #context: EvaluationContext;
  readonly #output: readonly FieldType[];
  readonly #heads: readonly number[];
  readonly #matched: Uint8Array;
  readonly #wantsPairs: boolean;
  #row = 0;
  #chain: number;
  #finished = false;

  constructor(
    batch: Batch,
    table: JoinTable,
    options: JoinOptions,
    context: EvaluationContext,
    output: readonly FieldType[],
  ) {
    this.#batch = batch;
    this.#table = table;
    this.#options = options;
    this.#context = context;
    this.#output = output;
    this.#heads = table.probe(batch);
    this.#matched = new Uint8Array(batch.length);
    this.#wantsPairs = options.kind === 'inner' || options.kind === 'left' || options.kind === 'right';
    this.#chain = this.#heads[0] ?? -1;
  }

  next(): Batch | null {
    while (this.#row < this.#batch.length) {
      const answer = this.#portion();
      if (answer !== null) return answer;
    }
    if (this.#finished) return null;
    this.#finished = true;
    return this.#finish();
  }

  /** Collects candidate pairs, tests them, and answers the pairs that match (for pair-answering kinds). */
  #portion(): Batch | null {
    const lefts: number[] = [];
    const rights: number[] = [];
    const once = !this.#wantsPairs && this.#options.residual === undefined;
    while (this.#row < this.#batch.length && lefts.length < MAX_BATCH_ROWS) {
      if (this.#chain < 0 || (!this.#wantsPairs && this.#matched[this.#row] === 1)) {
        this.#row++;
        this.#chain = this.#heads[this.#row] ?? -1;
        continue;
      }
      lefts.push(this.#row);
      rights.push(this.#chain);
      this.#chain = once ? -1 : this.#table.following(this.#chain);
    }
    if (lefts.length === 0) return null;
    return this.#test(lefts, rights);
  }

  #test(lefts: number[], rights: number[]): Batch | null {
    const { residual } = this.#options;
    if (residual === undefined && !this.#wantsPairs) {
      for (const left of lefts) this.#matched[left] = 1;
      return null;
    }
    const pairs = this.#pairs(lefts, rights);
    const selection = residual?.select(pairs, this.#context);
    const count = selection === undefined ? lefts.length : selection.length;
    const track = this.#options.kind === 'right';
    for (let i = 0; i < count; i++) {
      const pair = selection === undefined ? i : selection[i]!;
      this.#matched[lefts[pair]!] = 1;
      if (track) this.#table.markMatched(rights[pair]!);
    }
    if (!this.#wantsPairs || count === 0) return null;
    return selection === undefined || count === pairs.length ? pairs : gatherBatch(pairs, selection);
  }

  #pairs(lefts: readonly number[], rights: readonly number[]): Batch {
    const columns: Vector[] = this.#batch.columns.map((column) =>
      plainVector(column.type, gatherValues(column.values, lefts)),
    );
    return { length: lefts.length, columns: [...columns, ...this.#table.gather(rights)] };
  }

  /** What remains to be said about the left rows once all pairs were seen. */
  #finish(): Batch | null {
    switch (this.#options.kind) {
      case 'inner':
      case 'right':
        return null;
      case 'left':
        return this.#unmatchedLeft();
      case 'semi':
        return this.#rowsWhere((row) => this.#matched[row] === 1);
      case 'anti':
        return this.#rowsWhere((row) => this.#matched[row] === 0);
      case 'null-aware anti': {
        const unknown = this.#unknowns();
        return this.#rowsWhere((row) => this.#matched[row] === 0 && !unknown(row));
      }
      case 'mark':
        return this.#marked();
    }
  }

  #rowsWhere(test: (row: number) => boolean): Batch | null {
    const rows: number[] = [];
    for (let i = 0; i < this.#batch.length; i++) if (test(i)) rows.push(i);
    if (rows.length === 0) return null;
    return rows.length === this.#batch.length ? this.#batch : gatherBatch(this.#batch, rows);
  }

  #unmatchedLeft(): Batch | null {
    const left = this.#rowsWhere((row) => this.#matched[row] === 0);
    if (left === null) return null;
    const right = this.#output.slice(left.columns.length).map((type) => nullVector(type, left.length));
    return { length: left.length, columns: [...left.columns, ...right] };
  }

  #marked(): Batch {
    const unknown = this.#options.nullAware === true ? this.#unknowns() : () => false;
    const marks = new Array<Datum>(this.#batch.length);
    for (let i = 0; i < marks.length; i++) marks[i] = this.#matched[i] === 1 ? 1 : unknown(i) ? null : 0;
    const mark = plainVector(this.#output.at(-1)!, marks);
    return { length: this.#batch.length, columns: [...this.#batch.columns, mark] };
  }

  /** For unmatched left rows: does some right row compare as unknown (a NULL on either side, nothing unequal)? */
  #unknowns(): (row: number) => boolean {
    const { residual } = this.#options;
    return this.#table.unknownTest(this.#batch, (left, right) =>
      residual === undefined ? true : residual.select(this.#pairs([left], [right]), this.#context).length === 1,
    );
  }
}
