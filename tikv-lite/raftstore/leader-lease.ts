/**
 * The lease under which a leader reads without asking anybody. It lasts from the moment a round of heartbeats was sent
 * that a quorum then answered, and ends before anyone else can be elected.
 *
 * There is none in a term in which leadership was given away (whom the leader asked may stand at any time), and none is
 * renewed between the proposal of a change of the region and its effect here: others may have applied the change and
 * serve a part of the old range already.
 */

import type { RawNode } from '../../raft/index.ts';
import { LEASE_MS, MAX_WAITING_READS, READ_TIMEOUT_MS } from './limits.ts';

/** First byte of the context of a round: what it confirms. */
export const LEASE_ROUND = 0;
const CONTEXT_BYTES = 17;

export class LeaderLease {
  readonly #node: RawNode;
  readonly #nowMs: () => number;
  #untilMs = 0;
  #round = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #handoverTerm = 0;
  /** Where this leader proposed to change the region last. */
  #reorganisedAt = 0;
  /** Those who wait until it is held, each with the end of its patience. */
  #waiters: { readonly settle: (isHeld: boolean) => void; readonly untilMs: number }[] = [];

  constructor(node: RawNode, nowMs: () => number) {
    this.#node = node;
    this.#nowMs = nowMs;
  }

  get isHeld(): boolean {
    return this.#node.isLeader && !this.isHandedOver && this.#nowMs() < this.#untilMs;
  }

  /** Leadership was to go to another in this term. */
  get isHandedOver(): boolean {
    return this.#handoverTerm === this.#node.term;
  }

  /** The end of the lease in this term, whatever becomes of the handover. */
  handOver(): void {
    this.#handoverTerm = this.#node.term;
    this.revoke();
  }

  revoke(): void {
    this.#untilMs = 0;
    this.settle(false);
  }

  /** A change of the region was proposed at `index`. */
  reorganisedAt(index: number): void {
    this.#reorganisedAt = index;
  }

  steppedDown(): void {
    this.#reorganisedAt = 0;
    this.revoke();
  }

  /** Begins a round when the last one is old. */
  renew(): void {
    if (this.#nowMs() - this.#askedAtMs >= LEASE_MS / 4) this.#node.readIndex(this.#newRound());
  }

  /**
   * Resolves when the lease is held, with false when that did not come about in time. A round that is under way counts:
   * however many wait, the members are asked once.
   */
  whenHeld(): Promise<boolean> {
    if (this.isHeld) return Promise.resolve(true);
    if (this.isHandedOver || this.#waiters.length >= MAX_WAITING_READS) return Promise.resolve(false);
    this.renew();
    return new Promise((settle) => {
      this.#waiters.push({ settle, untilMs: this.#nowMs() + READ_TIMEOUT_MS });
    });
  }

  /** Before raft's own tick: the heartbeats that are due with it renew the lease; only who has none asks in between. */
  tick(): void {
    if (this.#waiters.length > 0) {
      const nowMs = this.#nowMs();
      for (const { settle } of this.#waiters.filter(({ untilMs }) => untilMs <= nowMs)) settle(false);
      this.#waiters = this.#waiters.filter(({ untilMs }) => untilMs > nowMs);
    }
    if (this.#node.beatsNext) this.#node.readIndexWithHeartbeat(this.#newRound());
    else if (!this.isHeld) this.renew();
  }

  /** A quorum answered a round. */
  confirmed(context: Uint8Array, appliedIndex: number): void {
    if (appliedIndex < this.#reorganisedAt) {
      this.#askedAtMs = Number.NEGATIVE_INFINITY;
      return;
    }
    const sentAtMs = Buffer.from(context.buffer, context.byteOffset, context.byteLength).readDoubleBE(9);
    this.#untilMs = Math.max(this.#untilMs, sentAtMs + LEASE_MS);
    if (this.isHeld) this.settle(true);
  }

  /** Tells those who wait how it ended. */
  settle(isHeld: boolean): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { settle } of waiters) settle(isHeld);
  }

  #newRound(): Uint8Array {
    this.#askedAtMs = this.#nowMs();
    this.#round++;
    const context = Buffer.alloc(CONTEXT_BYTES);
    context[0] = LEASE_ROUND;
    context.writeDoubleBE(this.#round, 1);
    context.writeDoubleBE(this.#askedAtMs, 9);
    return context;
  }
}
