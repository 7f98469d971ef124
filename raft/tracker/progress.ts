/**
 * What a leader knows of one follower's log, and how it sends to it.
 *
 * - StateProbe: the follower's last index is a guess; one MsgApp at a time, paced by heartbeats.
 * - StateReplicate: the guess was confirmed; entries are streamed within the window of `inflights`.
 * - StateSnapshot: the entries it needs are gone; nothing is sent until the snapshot has arrived or failed.
 *
 * Invariants: match < next; sentCommit is the largest commit index the follower can know of.
 */
import { Inflights } from './inflights.ts';

export type ProgressState = 'StateProbe' | 'StateReplicate' | 'StateSnapshot';

export interface ProgressLimits {
  readonly maxInflightMsgs: number;
  readonly maxInflightBytes: number;
}

export class Progress {
  /** The follower's log equals ours up to here. */
  match = 0;
  /** The next entry to send. */
  next: number;
  /** The largest commit index sent; sending it again would tell the follower nothing. */
  sentCommit = 0;
  state: ProgressState = 'StateProbe';
  /** StateSnapshot: the index of the snapshot on its way. */
  pendingSnapshot = 0;
  /** Whether anything was heard from it since the last quorum check. */
  recentActive = false;
  /** Sending is paused until something is heard from the follower. */
  msgAppFlowPaused = false;
  isLearner: boolean;
  readonly inflights: Inflights;

  constructor(next: number, isLearner: boolean, inflights: Inflights) {
    this.next = next;
    this.isLearner = isLearner;
    this.inflights = inflights;
  }

  static create(next: number, isLearner: boolean, limits: ProgressLimits): Progress {
    return new Progress(next, isLearner, new Inflights(limits.maxInflightMsgs, limits.maxInflightBytes));
  }

  /** A copy that shares the window: a changed configuration may be discarded or adopted as a whole. */
  clone(): Progress {
    const copy = new Progress(this.next, this.isLearner, this.inflights);
    copy.match = this.match;
    copy.sentCommit = this.sentCommit;
    copy.state = this.state;
    copy.pendingSnapshot = this.pendingSnapshot;
    copy.recentActive = this.recentActive;
    copy.msgAppFlowPaused = this.msgAppFlowPaused;
    return copy;
  }

  get paused(): boolean {
    return this.state === 'StateSnapshot' || this.msgAppFlowPaused;
  }

  becomeProbe(): void {
    const snapshot = this.state === 'StateSnapshot' ? this.pendingSnapshot : 0;
    this.#resetState('StateProbe');
    this.next = Math.max(this.match, snapshot) + 1;
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
  }

  becomeReplicate(): void {
    this.#resetState('StateReplicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(snapshotIndex: number): void {
    this.#resetState('StateSnapshot');
    this.pendingSnapshot = snapshotIndex;
    this.next = snapshotIndex + 1;
    this.sentCommit = snapshotIndex;
  }

  /** A MsgApp with `count` entries of `bytes` payload was sent, the first of them at `next`. */
  sentEntries(count: number, bytes: number): void {
    if (this.state === 'StateReplicate') {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1, bytes);
      }
      this.msgAppFlowPaused = this.inflights.full;
    } else if (count > 0) {
      this.msgAppFlowPaused = true;
    }
  }

  /** Whether telling the follower of commit index `commit` could let it commit more. */
  canBumpCommit(commit: number): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** The follower acknowledged `index`; false when that is old news. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.msgAppFlowPaused = false;
    return true;
  }

  /**
   * The follower refused the append after `rejected` and says its log may match at `matchHint`. Moves `next` back;
   * false when the rejection is stale (out of order or duplicated).
   */
  maybeDecreaseTo(rejected: number, matchHint: number): boolean {
    if (this.state === 'StateReplicate') {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      if (this.next - 1 !== rejected) return false;
      this.next = Math.max(Math.min(rejected, matchHint + 1), this.match + 1);
      this.msgAppFlowPaused = false;
    }
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
    return true;
  }

  toString(): string {
    let text = `${this.state} match=${this.match} next=${this.next}`;
    if (this.isLearner) text += ' learner';
    if (this.paused) text += ' paused';
    if (this.pendingSnapshot > 0) text += ` pendingSnap=${this.pendingSnapshot}`;
    if (!this.recentActive) text += ' inactive';
    if (this.inflights.count > 0) text += ` inflight=${this.inflights.count}${this.inflights.full ? '[full]' : ''}`;
    return text;
  }

  #resetState(state: ProgressState): void {
    this.msgAppFlowPaused = false;
    this.pendingSnapshot = 0;
    this.state = state;
    this.inflights.reset();
  }
}

/** One line per follower, ascending by id. */
export function describeProgressMap(progress: ReadonlyMap<number, Progress>): string {
  return [...progress]
    .sort(([a], [b]) => a - b)
    .map(([id, one]) => `${id}: ${one}\n`)
    .join('');
}
