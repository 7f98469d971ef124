/**
 * Aggregate state for many groups at once. Groups are numbered densely from 0; an accumulator holds one entry per group in
 * plain arrays and is fed whole batches.
 */

import type { Datum } from '../../types/datum.ts';
import type { Batch } from '../../vector/batch.ts';
import type { EvaluationContext } from '../evaluation-context.ts';

/** A row that an accumulator must pass over. */
export const NO_GROUP = -1;

export interface Accumulator {
  /** Makes room for groups below `count`. Called before `add` names them. */
  reserve(count: number): void;
  /** Row i of the batch belongs to group `groups[i]`, or to none (NO_GROUP). */
  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void;
  /** The aggregate of a group; may be asked again and again while rows are added. */
  result(group: number, context: EvaluationContext): Datum;
}

/** Grows `array` to `length` entries with an initial value. */
export function growTo<T>(array: T[], length: number, initial: T): void {
  while (array.length < length) array.push(initial);
}
