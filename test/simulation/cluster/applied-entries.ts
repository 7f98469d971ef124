/**
 * Which entries replicas were seen to have applied: the same one at an index wherever it is applied. A replica's log says
 * which ones those are, except while a snapshot takes its place: the replica stands at the snapshot's last entry at once,
 * and until the log is written it holds what the snapshot replaces, which may be entries that were never committed.
 */

import type { PeerId, RegionId, StoreId } from '../../../base/index.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { check } from '../support/outcome.ts';

/** What is known of one region. */
export interface AppliedHistory {
  /** The term of every entry that some replica applied. */
  readonly terms: (number | undefined)[];
  /** The least term of a replica that was seen to have applied it: it was committed in this term or before. */
  readonly committedIn: (number | undefined)[];
}

export class AppliedEntries {
  readonly #regions = new Map<RegionId, AppliedHistory>();
  /** The applied index up to which each replica was looked at. */
  readonly #seen = new Map<PeerId, number>();

  of(regionId: RegionId): AppliedHistory {
    let history = this.#regions.get(regionId);
    if (history === undefined) this.#regions.set(regionId, (history = { terms: [], committedIn: [] }));
    return history;
  }

  /** `termAt` asks the replica's log. Throws CheckFailed when another entry was seen before. */
  look(storeId: StoreId, peer: Peer, termAt: (index: number) => number | undefined): void {
    const { regionId, appliedIndex, peerId } = peer;
    const seen = this.#seen.get(peerId) ?? 0;
    if (appliedIndex === seen) return;
    const { terms, committedIn } = this.of(regionId);
    const first = peer.isInstalling ? appliedIndex : Math.min(seen + 1, appliedIndex);
    for (let at = appliedIndex; at >= first; at--) {
      const term = peer.isInstalling ? peer.checkpoint.term : termAt(at);
      if (term === undefined) break;
      const known = terms[at];
      check(
        known === undefined || known === term,
        () => `region ${regionId}: store ${storeId} applied entry ${at} of term ${term}, another one of ${known}`,
      );
      terms[at] = term;
      committedIn[at] = Math.min(committedIn[at] ?? peer.term, peer.term);
    }
    this.#seen.set(peerId, appliedIndex);
  }
}
