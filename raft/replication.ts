/**
 * How a leader brings its followers' logs up to its own: appends and snapshots as each of them needs, heartbeats, and what
 * their answers tell. Part of Raft, which owns what it looks at; what is known of a follower is in its Progress.
 *
 * With batchAppends new entries and commit indexes wait until the host asks for its next round; what a follower lacks after
 * a rejection or a heartbeat goes out at once.
 */
import { assert } from '../base/index.ts';
import type { FullConfig } from './config.ts';
import type { RaftLog } from './log/raft-log.ts';
import { hex, rejectionLine, resumedLine, sentSnapshotLine } from './log-lines.ts';
import { type Message, NO_ENTRIES, payloadsSize, type StateType } from './message.ts';
import type { Outbox } from './outbox.ts';
import type { Progress } from './tracker/progress.ts';
import type { ProgressTracker } from './tracker/tracker.ts';

/** What replication depends on. */
export interface ReplicatingNode {
  readonly id: number;
  readonly term: number;
  readonly state: StateType;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  readonly outbox: Outbox;
  readonly reads: { readonly lastContext: Uint8Array | undefined };
  /** Commits what a quorum has; true when that is news. */
  maybeCommit(): boolean;
}

type ReplicationConfig = Pick<FullConfig, 'maxSizePerMsg' | 'batchAppends' | 'lazyCommits' | 'logger'>;

export class Replication {
  readonly #node: ReplicatingNode;
  readonly #config: ReplicationConfig;
  /** The leader's id as log lines show it. */
  readonly #me: string;
  /** With batchAppends: followers may have to be sent entries or a commit index. */
  #appendsAreDue = false;
  /** With lazyCommits: a commit index goes out even without entries. */
  #commitIsDue = false;

  constructor(node: ReplicatingNode, config: ReplicationConfig) {
    this.#node = node;
    this.#config = config;
    this.#me = hex(node.id);
  }

  /** There are new entries. */
  replicate(): void {
    if (this.#config.batchAppends) this.#appendsAreDue = true;
    else this.broadcastAppend();
  }

  get hasAppendsToSend(): boolean {
    const { id: own, state, tracker, log } = this.#node;
    if (!this.#appendsAreDue || state !== 'StateLeader') return false;
    if (this.#tellsCommits && this.hasUnsentCommit) return true;
    for (const [id, progress] of tracker.progress) {
      if (id !== own && !progress.paused && progress.next <= log.lastIndex) return true;
    }
    return false;
  }

  /** Whether there is a follower that could commit more if it were told. */
  get hasUnsentCommit(): boolean {
    const { id: own, state, tracker, log } = this.#node;
    if (state !== 'StateLeader') return false;
    for (const [id, progress] of tracker.progress) {
      if (id !== own && !progress.paused && progress.canBumpCommit(log.committed)) return true;
    }
    return false;
  }

  /** Followers are told the commit index as soon as possible. */
  announceCommit(): void {
    this.#appendsAreDue = true;
    this.#commitIsDue = true;
  }

  get #tellsCommits(): boolean {
    return this.#commitIsDue || !this.#config.lazyCommits;
  }

  /** Sends each follower what it lacks, as far as its window allows. */
  sendDueAppends(): void {
    if (!this.hasAppendsToSend) return;
    const { id: own, tracker, log } = this.#node;
    for (const id of tracker.ids) {
      const progress = tracker.get(id);
      if (id === own || progress === undefined) continue;
      this.sendAppend(id, this.#tellsCommits && progress.canBumpCommit(log.committed));
      while (this.sendAppend(id, false));
    }
    this.#appendsAreDue = false;
    this.#commitIsDue = false;
  }

  broadcastAppend(): void {
    const { id: own, tracker } = this.#node;
    for (const id of tracker.ids) {
      if (id !== own) this.sendAppend(id, true);
    }
  }

  /** New members need not wait for the next heartbeat. */
  welcomeMembers(): void {
    const { id: own, tracker } = this.#node;
    for (const id of tracker.ids) {
      if (id !== own) this.sendAppend(id, false);
    }
  }

  /** Sends what `id` needs next, if it may be sent now. True when something was sent. */
  sendAppend(id: number, evenIfEmpty: boolean): boolean {
    const { log, outbox, tracker, term } = this.#node;
    const progress = tracker.get(id);
    if (progress === undefined || progress.paused) return false;
    const previousIndex = progress.next - 1;
    const previousTerm = log.term(previousIndex);
    if (typeof previousTerm === 'string') return this.#sendSnapshot(id, progress);
    // A full window still lets empty appends through: their answers tell which of the earlier ones were lost.
    const mayCarry = progress.state !== 'StateReplicate' || !progress.inflights.full;
    const entries = mayCarry ? log.entriesFrom(progress.next, this.#config.maxSizePerMsg) : NO_ENTRIES;
    if (typeof entries === 'string') return this.#sendSnapshot(id, progress);
    if (entries.length === 0 && !evenIfEmpty) return false;
    const commit = log.committed;
    const draft = outbox.draft('MsgApp', id, term);
    draft.index = previousIndex;
    draft.logTerm = previousTerm;
    draft.entries = entries;
    draft.commit = commit;
    outbox.post(draft);
    progress.sentEntries(entries.length, payloadsSize(entries));
    progress.sentCommit = commit;
    return true;
  }

  #sendSnapshot(id: number, progress: Progress): boolean {
    const { log, outbox, term } = this.#node;
    const { logger } = this.#config;
    if (!progress.recentActive) {
      logger?.debug(`ignore sending snapshot to ${hex(id)} since it is not recently active`);
      return false;
    }
    const snapshot = log.snapshot();
    if (typeof snapshot === 'string') {
      logger?.debug(`${this.#me} failed to send snapshot to ${hex(id)} because snapshot is temporarily unavailable`);
      return false;
    }
    assert(snapshot.index > 0, 'need non-empty snapshot');
    const state = `firstindex: ${log.firstIndex}, commit: ${log.committed}`;
    logger?.debug(sentSnapshotLine(this.#me, state, snapshot, id, progress));
    progress.becomeSnapshot(snapshot.index);
    logger?.debug(`${this.#me} paused sending replication messages to ${hex(id)} [${progress}]`);
    const draft = outbox.draft('MsgSnap', id, term);
    draft.snapshot = snapshot;
    outbox.post(draft);
    return true;
  }

  /** Also carries a waiting read, by default the newest. */
  broadcastHeartbeat(context = this.#node.reads.lastContext): void {
    const { id: own, tracker } = this.#node;
    for (const id of tracker.ids) {
      const progress = tracker.get(id);
      if (id !== own && progress !== undefined) this.#sendHeartbeat(id, progress, context);
    }
  }

  /** A follower may only commit what is known to match, so the commit index sent is bounded by `match`. */
  #sendHeartbeat(id: number, progress: Progress, context: Uint8Array | undefined): void {
    const { log, outbox, term } = this.#node;
    const commit = Math.min(progress.match, log.committed);
    const draft = outbox.draft('MsgHeartbeat', id, term);
    draft.commit = commit;
    draft.context = context;
    outbox.post(draft);
    progress.sentCommit = commit;
  }

  /** A MsgAppResp, of a follower or of the leader to itself; true when a follower got further. */
  answered(message: Message, progress: Progress): boolean {
    const { id: own, log } = this.#node;
    const { from } = message;
    progress.recentActive = true;
    if (message.reject) {
      this.#rejected(message, progress);
      return false;
    }
    const probeConfirmed = progress.state === 'StateProbe' && progress.match === message.index;
    if (!progress.maybeUpdate(message.index) && !probeConfirmed) return false;
    if (progress.state === 'StateProbe') {
      progress.becomeReplicate();
    } else if (progress.state === 'StateReplicate') {
      progress.inflights.freeUpTo(message.index);
    } else if (progress.match + 1 >= log.firstIndex) {
      // Whichever snapshot it restored, the log can take over from there.
      this.#config.logger?.debug(resumedLine(this.#me, 'recovered from needing snapshot', from, progress));
      progress.becomeProbe();
      progress.becomeReplicate();
    }
    const isNews = this.#node.maybeCommit();
    if (this.#config.batchAppends) this.#appendsAreDue = true;
    else if (isNews) this.broadcastAppend();
    else if (from !== own && progress.canBumpCommit(log.committed)) this.sendAppend(from, true);
    if (from === own) return false;
    // The window has moved: fill it.
    while (!this.#config.batchAppends && this.sendAppend(from, false));
    return true;
  }

  #rejected(message: Message, progress: Progress): void {
    const { logger } = this.#config;
    logger?.debug(rejectionLine(this.#me, message));
    const { from, index, logTerm, rejectHint } = message;
    // The follower has no entry of a term above logTerm up to the hint; skip our own entries that it cannot have.
    const hint = logTerm > 0 ? this.#node.log.findConflictByTerm(rejectHint, logTerm).index : rejectHint;
    if (!progress.maybeDecreaseTo(index, hint)) return;
    logger?.debug(`${this.#me} decreased progress of ${hex(from)} to [${progress}]`);
    if (progress.state === 'StateReplicate') progress.becomeProbe();
    this.sendAppend(from, true);
  }

  /** A MsgHeartbeatResp. */
  answeredHeartbeat({ from }: Message, progress: Progress): void {
    progress.recentActive = true;
    progress.msgAppFlowPaused = false;
    // A probing follower is asked even when it seems complete, so that its answer takes it back to replication.
    if (progress.match < this.#node.log.lastIndex || progress.state === 'StateProbe') this.sendAppend(from, true);
  }

  /** The last message to `id` could not be delivered: stop streaming, probe. */
  unreachable(id: number, progress: Progress): void {
    if (progress.state === 'StateReplicate') progress.becomeProbe();
    this.#config.logger?.debug(
      `${this.#me} failed to send message to ${hex(id)} because it is unreachable [${progress}]`,
    );
  }

  /** The snapshot sent to `id` was delivered, or failed and may be tried again after the next heartbeat. */
  snapshotEnded(id: number, progress: Progress, outcome: 'finished' | 'failed'): void {
    if (progress.state !== 'StateSnapshot') return;
    if (outcome === 'failed') progress.pendingSnapshot = 0;
    progress.becomeProbe();
    const why = outcome === 'finished' ? 'snapshot succeeded' : 'snapshot failed';
    this.#config.logger?.debug(resumedLine(this.#me, why, id, progress));
    progress.msgAppFlowPaused = true;
  }
}
