/**
 * The pull contract of operators.
 *
 * - `open` is called once before the first `next`; `close` once at the end or after an error, and closes children.
 * - `next` answers a batch of at least one row, or null at the end; a Promise only where I/O or yielding makes it wait.
 * - The returned batch belongs to the caller. Its column order and types are `output`.
 * - An operator that works long without answering gives the event loop a turn (`yieldNow`) when its budget is spent,
 *   so that heartbeats survive long queries, and calls `checkInterrupted` once per batch it consumes.
 * - Memory that lives longer than one batch is charged to the statement's MemoryTracker.
 */

import type { ValueOrPromise } from '../../base/index.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';

export interface Operator {
  readonly output: readonly FieldType[];
  open(): ValueOrPromise<void>;
  next(): ValueOrPromise<Batch | null>;
  close(): ValueOrPromise<void>;
}
