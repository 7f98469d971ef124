/** MIN, MAX, ANY_VALUE, the bit aggregates, variance and standard deviation. */

import { canonicalInt, type Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import type { Batch } from '../../vector/batch.ts';
import { textFunction } from '../cast/text-of.ts';
import { type Comparator, comparatorOf } from '../compare.ts';
import type { CompiledExpression } from '../compile.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import { type Accumulator, growTo } from './accumulator.ts';

/** ENUM and SET are ranked by their texts here, unlike in ORDER BY. */
function extremeComparator(type: FieldType): Comparator {
  if (type.class !== 'enum' && type.class !== 'set') return comparatorOf(type);
  const text = textFunction(type);
  return (left, right) => type.collation.compare(text(left as number), text(right as number));
}

export class Extreme implements Accumulator {
  readonly #arg: CompiledExpression;
  readonly #sign: 1 | -1;
  readonly #compare: Comparator;
  readonly #best: Datum[] = [];

  /** `sign` 1 for MAX, −1 for MIN. */
  constructor(arg: CompiledExpression, sign: 1 | -1) {
    this.#arg = arg;
    this.#sign = sign;
    this.#compare = extremeComparator(arg.type);
  }

  reserve(count: number): void {
    growTo(this.#best, count, null);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const { values } = this.#arg.evaluate(batch, context);
    const best = this.#best;
    for (let i = 0; i < groups.length; i++) {
      const value = values[i]!;
      const group = groups[i]!;
      if (value === null || group < 0) continue;
      const current = best[group]!;
      if (current === null || this.#compare(value, current) * this.#sign > 0) best[group] = value;
    }
  }

  result(group: number): Datum {
    const best = this.#best[group]!;
    const { scale } = this.#arg.type;
    return best instanceof Decimal && best.scale < scale ? best.round(scale) : best;
  }
}

/** The first row's value, NULL included. */
export class AnyValue implements Accumulator {
  readonly #arg: CompiledExpression;
  readonly #values: (Datum | undefined)[] = [];

  constructor(arg: CompiledExpression) {
    this.#arg = arg;
  }

  reserve(count: number): void {
    growTo(this.#values, count, undefined);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const { values } = this.#arg.evaluate(batch, context);
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i]!;
      if (group >= 0 && this.#values[group] === undefined) this.#values[group] = values[i]!;
    }
  }

  result(group: number): Datum {
    return this.#values[group] ?? null;
  }
}

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

export class BitAggregate implements Accumulator {
  readonly #arg: CompiledExpression;
  readonly #operator: 'bit_and' | 'bit_or' | 'bit_xor';
  readonly #bits: bigint[] = [];

  constructor(arg: CompiledExpression, operator: 'bit_and' | 'bit_or' | 'bit_xor') {
    this.#arg = arg;
    this.#operator = operator;
  }

  reserve(count: number): void {
    growTo(this.#bits, count, this.#operator === 'bit_and' ? ALL_BITS : 0n);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const { values } = this.#arg.evaluate(batch, context);
    for (let i = 0; i < groups.length; i++) {
      const value = values[i] as number | bigint | null;
      const group = groups[i]!;
      if (value === null || group < 0) continue;
      const bits = BigInt.asUintN(64, BigInt(value));
      const current = this.#bits[group]!;
      if (this.#operator === 'bit_and') this.#bits[group] = current & bits;
      else this.#bits[group] = this.#operator === 'bit_or' ? current | bits : current ^ bits;
    }
  }

  result(group: number): Datum {
    return canonicalInt(this.#bits[group]!);
  }
}

/** Welford's recurrence: mean and sum of squared distances. */
export class Variance implements Accumulator {
  readonly #arg: CompiledExpression;
  readonly #sample: boolean;
  readonly #root: boolean;
  readonly #counts: number[] = [];
  readonly #means: number[] = [];
  readonly #squares: number[] = [];

  constructor(arg: CompiledExpression, options: { readonly sample: boolean; readonly root: boolean }) {
    this.#arg = arg;
    this.#sample = options.sample;
    this.#root = options.root;
  }

  reserve(count: number): void {
    growTo(this.#counts, count, 0);
    growTo(this.#means, count, 0);
    growTo(this.#squares, count, 0);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const { values } = this.#arg.evaluate(batch, context);
    for (let i = 0; i < groups.length; i++) {
      const value = values[i] as number | null;
      const group = groups[i]!;
      if (value === null || group < 0) continue;
      const count = ++this.#counts[group]!;
      const distance = value - this.#means[group]!;
      this.#means[group]! += distance / count;
      this.#squares[group]! += distance * (value - this.#means[group]!);
    }
  }

  result(group: number): Datum {
    const count = this.#counts[group]!;
    const degrees = this.#sample ? count - 1 : count;
    if (degrees <= 0) return null;
    const variance = this.#squares[group]! / degrees;
    return this.#root ? Math.sqrt(variance) : variance;
  }
}
