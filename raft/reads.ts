/**
 * Linearizable reads of one node: requests that wait for the leader's first commit of its term, those that wait for a
 * quorum to confirm that it still leads, and answers on their way to the host. Part of Raft, which owns what it looks at.
 */
import type { FullConfig } from './config.ts';
import { MAX_PENDING_READS } from './limits.ts';
import type { RaftLog } from './log/raft-log.ts';
import { hex } from './log-lines.ts';
import { type Message, NONE, type ReadState, type StepOutcome } from './message.ts';
import type { Outbox } from './outbox.ts';
import { ReadOnly, requestContextOf } from './read-only.ts';
import type { Replication } from './replication.ts';
import type { ProgressTracker } from './tracker/tracker.ts';

/** What reads depend on. */
export interface ReadingNode {
  readonly id: number;
  readonly term: number;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  readonly outbox: Outbox;
  /** Whether the leader has committed an entry of its term, so that its commit index is up to date. */
  readonly committedInCurrentTerm: boolean;
  readonly replication: Pick<Replication, 'broadcastHeartbeat' | 'announceCommit'>;
}

export class Reads {
  readonly #node: ReadingNode;
  readonly #config: Pick<FullConfig, 'readOnlyOption' | 'logger'>;
  readonly #readOnly = new ReadOnly();
  /** Reads that came before the leader committed in its term. */
  #early: Message[] = [];
  /** Answers for the host, which takes them away. */
  states: ReadState[] = [];

  constructor(node: ReadingNode, config: Pick<FullConfig, 'readOnlyOption' | 'logger'>) {
    this.#node = node;
    this.#config = config;
  }

  /** What heartbeats carry: the newest waiting read, so that a lost confirmation is asked for again. */
  get lastContext(): Uint8Array | undefined {
    return this.#readOnly.lastContext;
  }

  /** Another term: nobody waits any more. */
  clear(): void {
    this.#readOnly.clear();
    this.#early = [];
  }

  /** The leader got a MsgReadIndex, of its own host or of a follower's. */
  requested(message: Message): StepOutcome {
    const context = requestContextOf(message);
    const { id, log, tracker } = this.#node;
    if (context === undefined) return 'readDropped';
    // Even a single voter may have committed, before a restart, more than its hard state remembers.
    if (!this.#node.committedInCurrentTerm) {
      if (this.#early.length >= MAX_PENDING_READS) return 'readDropped';
      this.#early.push(message);
      return 'ok';
    }
    if (tracker.isOnlyVoter(id) || this.#config.readOnlyOption === 'leaseBased') {
      this.#answer(message, log.committed);
      return 'ok';
    }
    if (!this.#await(message, context)) return 'readDropped';
    this.#node.replication.broadcastHeartbeat(context);
    return 'ok';
  }

  /** The leader of several voters takes a read that the next heartbeat asks to be confirmed. */
  requestedWithHeartbeat(message: Message): StepOutcome {
    const context = requestContextOf(message);
    if (context === undefined || !this.#node.committedInCurrentTerm) return 'readDropped';
    return this.#await(message, context) ? 'ok' : 'readDropped';
  }

  #await(message: Message, context: Uint8Array): boolean {
    if (this.#readOnly.full) return false;
    this.#readOnly.add(message, context, this.#node.log.committed);
    this.#readOnly.acknowledge(this.#node.id, context);
    return true;
  }

  /** The leader's commit index has reached its own term, or gone further. */
  committed(): void {
    if (this.#early.length === 0) return;
    const reads = this.#early;
    this.#early = [];
    for (const read of reads) this.requested(read);
  }

  /** `from` answered a heartbeat. */
  confirmed({ from, context }: Message): void {
    if (this.#config.readOnlyOption !== 'safe' || context === undefined || context.length === 0) return;
    if (!this.#node.tracker.hasQuorum(this.#readOnly.acknowledge(from, context))) return;
    for (const read of this.#readOnly.release(context)) this.#answer(read.request, read.index);
  }

  /** The leader answered a read of this node. */
  answered(message: Message): void {
    const requestContext = requestContextOf(message);
    if (requestContext !== undefined) {
      this.states.push({ index: message.index, requestContext });
      return;
    }
    this.#config.logger?.error(
      `${hex(this.#node.id)} invalid format of MsgReadIndexResp from ${hex(message.from)}, entries count: ${message.entries.length}`,
    );
  }

  #answer(request: Message, index: number): void {
    const { id, term, outbox } = this.#node;
    if (request.from === NONE || request.from === id) {
      const requestContext = requestContextOf(request);
      if (requestContext !== undefined) this.states.push({ index, requestContext });
    } else {
      const draft = outbox.draft('MsgReadIndexResp', request.from, term);
      draft.index = index;
      draft.entries = request.entries;
      outbox.post(draft);
      this.#node.replication.announceCommit();
    }
  }
}
