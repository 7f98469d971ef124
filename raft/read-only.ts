/**
 * Reads that wait for the leader to confirm it still leads (Ongaro's dissertation, section 6.4): each request is bound
 * to the commit index of its arrival and released, with all before it, once a quorum has answered a heartbeat that
 * carried its context. Contexts name requests: the host makes them unique.
 */
import { MAX_PENDING_READS } from './limits.ts';
import type { Message } from './message.ts';

export interface PendingRead {
  readonly request: Message;
  /** The commit index when the request came in. */
  readonly index: number;
  readonly acks: Map<number, boolean>;
}

const NOBODY: ReadonlyMap<number, boolean> = new Map();

function keyOf(context: Uint8Array): string {
  return Buffer.from(context.buffer, context.byteOffset, context.byteLength).toString('latin1');
}

/** The context of a MsgReadIndex or MsgReadIndexResp: the data of its only entry. */
export function requestContextOf(message: Message): Uint8Array | undefined {
  return message.entries.length === 1 ? message.entries[0]!.data : undefined;
}

export class ReadOnly {
  /** In order of arrival; Map keeps it. */
  readonly #pending = new Map<string, PendingRead>();
  #last: Uint8Array | undefined;

  get full(): boolean {
    return this.#pending.size >= MAX_PENDING_READS;
  }

  /** A request whose context is pending already is left alone. */
  add(request: Message, context: Uint8Array, index: number): void {
    const key = keyOf(context);
    if (this.#pending.has(key)) return;
    this.#pending.set(key, { request, index, acks: new Map() });
    this.#last = context;
  }

  /** Records that `id` answered the heartbeat with `context`; returns who has, nobody when it is not pending. */
  acknowledge(id: number, context: Uint8Array): ReadonlyMap<number, boolean> {
    const acks = this.#pending.get(keyOf(context))?.acks;
    acks?.set(id, true);
    return acks ?? NOBODY;
  }

  /** Takes out the requests up to and including the one with `context`. */
  release(context: Uint8Array): readonly PendingRead[] {
    const key = keyOf(context);
    if (!this.#pending.has(key)) return [];
    const released: PendingRead[] = [];
    for (const [pendingKey, read] of this.#pending) {
      this.#pending.delete(pendingKey);
      released.push(read);
      if (pendingKey === key) break;
    }
    if (this.#pending.size === 0) this.#last = undefined;
    return released;
  }

  /** The context that heartbeats should carry, so that lost ones are repeated. */
  get lastContext(): Uint8Array | undefined {
    return this.#last;
  }

  clear(): void {
    this.#pending.clear();
    this.#last = undefined;
  }
}
