/** SUM, AVG, COUNT and their merging halves. Sums of integers and decimals are exact. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { canonicalInt, type Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import type { Batch } from '../../vector/batch.ts';
import type { CompiledExpression } from '../compile.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import { divideDecimals } from '../functions/arithmetic.ts';
import { type Accumulator, growTo } from './accumulator.ts';

export class Count implements Accumulator {
  readonly #args: readonly CompiledExpression[];
  readonly #counts: number[] = [];

  /** Without arguments: COUNT(*). With several: rows in which none is NULL. */
  constructor(args: readonly CompiledExpression[]) {
    this.#args = args;
  }

  reserve(count: number): void {
    growTo(this.#counts, count, 0);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const counts = this.#counts;
    const columns = this.#args.map((arg) => arg.evaluate(batch, context).values);
    if (columns.length === 0) {
      for (let i = 0; i < groups.length; i++) if (groups[i]! >= 0) counts[groups[i]!]!++;
    } else if (columns.length === 1) {
      const values = columns[0]!;
      for (let i = 0; i < groups.length; i++) if (groups[i]! >= 0 && values[i] !== null) counts[groups[i]!]!++;
    } else {
      for (let i = 0; i < groups.length; i++) {
        if (groups[i]! >= 0 && columns.every((values) => values[i] !== null)) counts[groups[i]!]!++;
      }
    }
  }

  result(group: number): Datum {
    return this.#counts[group]!;
  }
}

/** Adds up partial counts. */
export class CountMerge implements Accumulator {
  readonly #arg: CompiledExpression;
  readonly #counts: number[] = [];

  constructor(arg: CompiledExpression) {
    this.#arg = arg;
  }

  reserve(count: number): void {
    growTo(this.#counts, count, 0);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const { values } = this.#arg.evaluate(batch, context);
    for (let i = 0; i < groups.length; i++) {
      if (groups[i]! >= 0) this.#counts[groups[i]!]! += Number(values[i] ?? 0);
    }
  }

  result(group: number): Datum {
    return this.#counts[group]!;
  }
}

/** Exact totals of ints (scale 0) or decimals: coefficients at one scale, as numbers while they are safe. */
class ExactTotals {
  readonly scale: number;
  readonly #totals: (number | bigint)[] = [];

  constructor(scale: number) {
    this.scale = scale;
  }

  reserve(count: number): void {
    growTo(this.#totals, count, 0);
  }

  add(group: number, coefficient: number | bigint): void {
    const total = this.#totals[group]!;
    if (typeof total === 'number' && typeof coefficient === 'number') {
      const sum = total + coefficient;
      if (sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER) {
        this.#totals[group] = sum;
        return;
      }
    }
    this.#totals[group] = canonicalInt(BigInt(total) + BigInt(coefficient));
  }

  addDecimal(group: number, value: Decimal): void {
    this.add(group, value.scale === this.scale ? value.coefficient : value.round(this.scale).coefficient);
  }

  total(group: number): Decimal {
    return new Decimal(this.#totals[group]!, this.scale);
  }
}

/** SUM, and with `average` AVG, over ints and decimals. */
export class ExactSum implements Accumulator {
  readonly #arg: CompiledExpression;
  readonly #type: FieldType;
  readonly #average: boolean;
  readonly #totals: ExactTotals;
  readonly #counts: number[] = [];

  constructor(arg: CompiledExpression, type: FieldType, average: boolean) {
    this.#arg = arg;
    this.#type = type;
    this.#average = average;
    this.#totals = new ExactTotals(arg.type.class === 'decimal' ? arg.type.scale : 0);
  }

  reserve(count: number): void {
    this.#totals.reserve(count);
    growTo(this.#counts, count, 0);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const { values } = this.#arg.evaluate(batch, context);
    const counts = this.#counts;
    const totals = this.#totals;
    if (this.#arg.type.class === 'decimal') {
      for (let i = 0; i < groups.length; i++) {
        const value = values[i] as Decimal | null;
        const group = groups[i]!;
        if (value === null || group < 0) continue;
        counts[group]!++;
        totals.addDecimal(group, value);
      }
      return;
    }
    for (let i = 0; i < groups.length; i++) {
      const value = values[i] as number | bigint | null;
      const group = groups[i]!;
      if (value === null || group < 0) continue;
      counts[group]!++;
      totals.add(group, value);
    }
  }

  result(group: number): Datum {
    const count = this.#counts[group]!;
    if (count === 0) return null;
    const total = this.#totals.total(group);
    if (total.isOutOfRange) throw sqlErrors.dataOutOfRange('DECIMAL', this.#average ? 'avg()' : 'sum()');
    return this.#average ? averageOf(total, count, this.#type) : total;
  }
}

function averageOf(total: Decimal, count: number, type: FieldType): Decimal {
  return divideDecimals(total, Decimal.fromInt(count), type.scale, Math.max(type.scale - total.scale, 0));
}

/** SUM and AVG over doubles. */
export class RealSum implements Accumulator {
  readonly #arg: CompiledExpression;
  readonly #average: boolean;
  readonly #totals: number[] = [];
  readonly #counts: number[] = [];

  constructor(arg: CompiledExpression, average: boolean) {
    this.#arg = arg;
    this.#average = average;
  }

  reserve(count: number): void {
    growTo(this.#totals, count, 0);
    growTo(this.#counts, count, 0);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const { values } = this.#arg.evaluate(batch, context);
    for (let i = 0; i < groups.length; i++) {
      const value = values[i] as number | null;
      const group = groups[i]!;
      if (value === null || group < 0) continue;
      this.#counts[group]!++;
      this.#totals[group]! += value;
    }
  }

  result(group: number): Datum {
    const count = this.#counts[group]!;
    if (count === 0) return null;
    const total = this.#totals[group]!;
    if (!Number.isFinite(total)) throw sqlErrors.dataOutOfRange('DOUBLE', this.#average ? 'avg()' : 'sum()');
    return this.#average ? total / count : total;
  }
}

/** The final half of AVG: partial sums and counts. */
export class AverageMerge implements Accumulator {
  readonly #sum: Accumulator;
  readonly #count: CountMerge;
  readonly #type: FieldType;

  constructor(sum: CompiledExpression, count: CompiledExpression, type: FieldType) {
    this.#sum = sum.type.class === 'real' ? new RealSum(sum, false) : new ExactSum(sum, sum.type, false);
    this.#count = new CountMerge(count);
    this.#type = type;
  }

  reserve(count: number): void {
    this.#sum.reserve(count);
    this.#count.reserve(count);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    this.#sum.add(batch, groups, context);
    this.#count.add(batch, groups, context);
  }

  result(group: number, context: EvaluationContext): Datum {
    const count = this.#count.result(group) as number;
    if (count === 0) return null;
    const total = this.#sum.result(group, context);
    return total instanceof Decimal ? averageOf(total, count, this.#type) : (total as number) / count;
  }
}
