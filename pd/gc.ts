/**
 * How far garbage may be collected: gcSafePoint ≤ txnSafePoint ≤ every barrier. A pure function of its state.
 *
 * No transaction below the transaction safe point may go on reading, and no version that a reader at or above the garbage
 * safe point needs is removed. A barrier holds both back for whoever set it (a backup, a change feed), until it is
 * deleted or its time is over; TiDB's older name for it is service safe point.
 */

import type { Ts } from '../base/index.ts';

export interface GcBarrier {
  readonly barrierId: string;
  readonly ts: Ts;
  /** Wall clock; undefined when it holds for good. */
  readonly expiresAtMs: number | undefined;
}

export interface FullGcState {
  readonly gcSafePoint: Ts;
  readonly txnSafePoint: Ts;
  readonly barriers: readonly GcBarrier[];
}

export function liveBarriers({ barriers }: FullGcState, nowMs: number): readonly GcBarrier[] {
  return barriers.filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > nowMs);
}

/** The transaction safe point moves up to `target`, but never beyond a barrier and never back. */
export function advanceTxnSafePoint(state: FullGcState, target: Ts, nowMs: number): FullGcState {
  const barriers = liveBarriers(state, nowMs);
  let reached = target;
  for (const { ts } of barriers) if (ts < reached) reached = ts;
  return { ...state, barriers, txnSafePoint: reached > state.txnSafePoint ? reached : state.txnSafePoint };
}

/** The garbage safe point moves up to `target`, but never beyond the transaction safe point and never back. */
export function advanceGcSafePoint(state: FullGcState, target: Ts): FullGcState {
  const reached = target < state.txnSafePoint ? target : state.txnSafePoint;
  return { ...state, gcSafePoint: reached > state.gcSafePoint ? reached : state.gcSafePoint };
}

/** undefined when the barrier would lie below the transaction safe point: it could hold back nothing any more. */
export function setBarrier(state: FullGcState, barrier: GcBarrier, nowMs: number): FullGcState | undefined {
  if (barrier.ts < state.txnSafePoint) return undefined;
  return { ...state, barriers: [...liveBarriers(withoutBarrier(state, barrier.barrierId), nowMs), barrier] };
}

export function withoutBarrier(state: FullGcState, barrierId: string): FullGcState {
  return { ...state, barriers: state.barriers.filter((barrier) => barrier.barrierId !== barrierId) };
}
