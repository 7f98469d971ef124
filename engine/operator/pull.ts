/**
 * Loops over an input that answers now or later. They stay synchronous as long as the input does, and wait where the
 * statement has held the event loop too long.
 */

import { isPromise, type ValueOrPromise } from '../../base/index.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Batch } from '../vector/batch.ts';
import type { Operator } from './operator.ts';

/** Feeds every batch of `input` to `consume`. */
export function drain(
  input: Operator,
  context: EvaluationContext,
  consume: (batch: Batch) => void,
): ValueOrPromise<void> {
  for (;;) {
    const batch = input.next();
    if (isPromise(batch)) return drainLater(input, context, consume, batch);
    if (batch === null) return;
    context.checkInterrupted();
    consume(batch);
    const pause = context.yieldIfDue?.();
    if (pause !== undefined) return drainLater(input, context, consume, pause as Promise<undefined>);
  }
}

async function drainLater(
  input: Operator,
  context: EvaluationContext,
  consume: (batch: Batch) => void,
  first: Promise<Batch | null | undefined>,
): Promise<void> {
  let batch = await first;
  if (batch === null) return;
  for (;;) {
    if (batch) {
      context.checkInterrupted();
      consume(batch);
      await context.yieldIfDue?.();
    }
    batch = await input.next();
    if (batch === null) return;
  }
}

/**
 * Pulls from `input` until `process` answers a batch or null; undefined asks for more. `process` sees null once at the end
 * of the input, and again if it answers a batch for it and is pulled on.
 */
export function pull(
  input: Operator,
  context: EvaluationContext,
  process: (batch: Batch | null) => Batch | null | undefined,
): ValueOrPromise<Batch | null> {
  for (;;) {
    const batch = input.next();
    if (isPromise(batch)) return pullLater(input, context, process, batch);
    if (batch !== null) context.checkInterrupted();
    const answer = process(batch);
    if (answer !== undefined) return answer;
    const pause = context.yieldIfDue?.();
    if (pause !== undefined) return pause.then(() => pull(input, context, process));
  }
}

async function pullLater(
  input: Operator,
  context: EvaluationContext,
  process: (batch: Batch | null) => Batch | null | undefined,
  first: Promise<Batch | null>,
): Promise<Batch | null> {
  let batch = await first;
  for (;;) {
    if (batch !== null) context.checkInterrupted();
    const answer = process(batch);
    if (answer !== undefined) return answer;
    await context.yieldIfDue?.();
    batch = await input.next();
  }
}

/** Opens (or closes) operators one after the other. */
export function each(
  operators: readonly Operator[],
  action: (operator: Operator) => ValueOrPromise<void>,
): ValueOrPromise<void> {
  for (let i = 0; i < operators.length; i++) {
    const done = action(operators[i]!);
    if (isPromise(done)) return eachLater(operators.slice(i + 1), action, done);
  }
}

async function eachLater(
  operators: readonly Operator[],
  action: (operator: Operator) => ValueOrPromise<void>,
  first: Promise<void>,
): Promise<void> {
  await first;
  for (const operator of operators) await action(operator);
}
