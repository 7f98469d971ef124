/**
 * Followers hear of what is committed with the next entries, which follow soon where much is written. Where nothing
 * follows they are told after a short while: one message per follower instead of one after each group of commits.
 */

import type { Timers } from '../../base/index.ts';

/** How long a commit index waits for entries to go with. */
const COMMIT_NEWS_MS = 4;

/** What is told of a replica. */
export interface Committer {
  /** Whether it leads a follower that could commit more if it were told. */
  readonly hasUnsentCommit: boolean;
  announceCommit(): void;
}

export class CommitNews<Peer extends Committer> {
  readonly #timers: Timers;
  readonly #wake: (peer: Peer) => void;
  #peers = new Set<Peer>();

  constructor(timers: Timers, wake: (peer: Peer) => void) {
    this.#timers = timers;
    this.#wake = wake;
  }

  /** A round of the replica has ended. */
  note(peer: Peer): void {
    if (!peer.hasUnsentCommit) return;
    this.#peers.add(peer);
    if (this.#peers.size === 1) this.#timers.after(COMMIT_NEWS_MS, () => this.#tell());
  }

  #tell(): void {
    const peers = this.#peers;
    this.#peers = new Set();
    for (const peer of peers) {
      if (!peer.hasUnsentCommit) continue;
      peer.announceCommit();
      this.#wake(peer);
    }
  }
}
