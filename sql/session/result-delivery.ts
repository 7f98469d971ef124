/**
 * From an operator to the client: opens, drains and closes it. Stays synchronous while the operator answers at once and
 * the client keeps reading; the first promise hands over to the asynchronous loop.
 */

import { isPromise, type ValueOrPromise } from '../../base/index.ts';
import type { Batch, Operator } from '../../engine/index.ts';

export type BatchSink = (batch: Batch) => ValueOrPromise<void>;

/** Answers the number of rows. The operator is closed in any case. */
export function drain(source: Operator, sink: BatchSink): ValueOrPromise<number> {
  let rows = 0;
  let waiting: Promise<unknown> | undefined;
  let pending: ValueOrPromise<Batch | null> | undefined;
  try {
    const opened = source.open();
    if (isPromise(opened)) return drainLater(source, sink, opened, 0, undefined);
    for (;;) {
      const next = source.next();
      if (isPromise(next)) {
        pending = next;
        break;
      }
      if (next === null) break;
      rows += next.length;
      const sent = sink(next);
      if (isPromise(sent)) {
        waiting = sent;
        break;
      }
    }
  } catch (error) {
    return closeAndThrow(source, error);
  }
  if (waiting !== undefined || pending !== undefined) return drainLater(source, sink, waiting, rows, pending);
  const closed = source.close();
  return isPromise(closed) ? closed.then(() => rows) : rows;
}

async function drainLater(
  source: Operator,
  sink: BatchSink,
  waiting: Promise<unknown> | undefined,
  rowsBefore: number,
  pending: ValueOrPromise<Batch | null> | undefined,
): Promise<number> {
  let rows = rowsBefore;
  try {
    await waiting;
    let batch = pending === undefined ? await source.next() : await pending;
    while (batch !== null) {
      rows += batch.length;
      const sent = sink(batch);
      if (isPromise(sent)) await sent;
      const next = source.next();
      batch = isPromise(next) ? await next : next;
    }
  } catch (error) {
    await closeQuietly(source);
    throw error;
  }
  await source.close();
  return rows;
}

function closeAndThrow(source: Operator, error: unknown): Promise<never> {
  const closed = closeQuietly(source);
  if (!isPromise(closed)) throw error;
  return closed.then(() => {
    throw error;
  });
}

/** The first error is the one to report. */
function closeQuietly(source: Operator): ValueOrPromise<void> {
  try {
    const closed = source.close();
    return isPromise(closed) ? closed.catch(() => undefined) : undefined;
  } catch {
    return undefined;
  }
}
