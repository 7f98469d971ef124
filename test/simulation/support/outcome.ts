/** How a run ends, and the error of a check that did not hold. */

import type { Trace } from './trace.ts';

export interface Outcome {
  readonly seed: number;
  /** What was violated; absent when the run passed. */
  readonly failure: string | undefined;
  readonly fingerprint: string;
  readonly tail: readonly string[];
  readonly virtualMs: number;
  /** Operations that clients were told had succeeded. */
  readonly acknowledged: number;
  /** How often what a scenario watches out for happened. */
  readonly marks: ReadonlyMap<string, number>;
}

export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** Throws CheckFailed. */
export function check(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new CheckFailed(message());
}

export function describeFailure(error: unknown): string {
  if (error instanceof CheckFailed) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Runs `run` and turns what it throws into a failed outcome. A rejection that nobody handles is a bug of whoever made the
 * promise, and fails the run as well.
 */
export async function outcomeOf(
  seed: number,
  trace: Trace,
  progress: { nowMs(): number; acknowledged(): number },
  run: () => Promise<void>,
): Promise<Outcome> {
  let failure: string | undefined;
  const failed = (error: unknown): void => {
    failure ??= describeFailure(error);
  };
  const stray = (error: unknown): void => failed(new Error(`nobody handled: ${describeFailure(error)}`));
  process.on('unhandledRejection', stray);
  try {
    await run();
  } catch (error) {
    failed(error);
  } finally {
    process.off('unhandledRejection', stray);
  }
  if (failure !== undefined) trace.note(`FAILED ${failure.split('\n')[0]}`);
  return {
    seed,
    failure,
    fingerprint: trace.fingerprint,
    tail: trace.tail,
    virtualMs: progress.nowMs(),
    acknowledged: progress.acknowledged(),
    marks: trace.marks,
  };
}
