/** Keeps the locks of pessimistic transactions and of large commits alive: one timer for all of them. */

import { type Key, physicalMsOf, type TimerHandle, type Timers, type Ts } from '../../base/index.ts';
import { MAX_CLEAN_UP_BACK_OFF_MS } from './back-off.ts';
import { type ClientContext, newBackOff } from './client-context.ts';
import { forEachRegion } from './region-groups.ts';

/** How long such locks live without a beat (TiDB's managed lock TTL). */
export const MANAGED_TTL_MS = 20_000;
/** So that one late beat does no harm. */
const INTERVAL_MS = MANAGED_TTL_MS / 2;

export interface Beating {
  heartBeat(): Promise<void>;
}

export class HeartBeats {
  readonly #timers: Timers;
  readonly #members = new Set<Beating>();
  #timer: TimerHandle | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  add(member: Beating): void {
    this.#members.add(member);
    this.#timer ??= this.#timers.after(INTERVAL_MS, () => this.#beat());
  }

  delete(member: Beating): void {
    this.#members.delete(member);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#members.clear();
  }

  #beat(): void {
    this.#timer = undefined;
    for (const member of this.#members) member.heartBeat().catch(() => undefined);
    if (this.#members.size > 0) this.#timer = this.#timers.after(INTERVAL_MS, () => this.#beat());
  }
}

/** One beat: the lock of the primary, and with it the transaction, lives on from now. */
export async function keepAlive(context: ClientContext, primary: Key, startTs: Ts): Promise<void> {
  const backOff = newBackOff(context, MAX_CLEAN_UP_BACK_OFF_MS);
  await forEachRegion(context, [primary], backOff, (region) =>
    region.txnHeartBeat({ primary, startTs, adviseTtlMs: ageMsOf(context, startTs) + MANAGED_TTL_MS }),
  );
}

/** How long ago a transaction began. */
export function ageMsOf({ clock }: ClientContext, startTs: Ts): number {
  return Math.max(0, clock.nowMs() - physicalMsOf(startTs));
}
