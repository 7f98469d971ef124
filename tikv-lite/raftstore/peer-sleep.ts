/**
 * Whether a replica may sleep. A leader that has been idle for a while asks its followers; when all of them know that
 * everything in their logs is committed and agree, all sleep. Anything but a heartbeat wakes a replica up.
 */

import type { PeerId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { RawNode } from '../../raft/index.ts';
import { HEARTBEAT_TICKS, HIBERNATE_TICKS, UNLED_TICKS } from './limits.ts';
import { isJoint } from './membership.ts';

/** What the decision depends on beside raft. */
export interface Sleeper {
  readonly peerId: PeerId;
  readonly region: Region;
  readonly isInitialised: boolean;
  readonly isServing: boolean;
  readonly isMerging: boolean;
  /** A snapshot is being applied. */
  readonly isInstalling: boolean;
  readonly hasUnanswered: boolean;
}

export class PeerSleep {
  readonly #sleeper: Sleeper;
  readonly #node: RawNode;
  /** Ticks since anything happened that a sleeping replica would have missed. */
  #quietTicks = 0;
  /** Ticks since a leader was heard. */
  #unledTicks = 0;
  #isAsleep = false;
  /** Followers that are ready to sleep, since the leader last stirred. */
  readonly #consents = new Set<PeerId>();

  constructor(sleeper: Sleeper, node: RawNode) {
    this.#sleeper = sleeper;
    this.#node = node;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  noteTick(): void {
    this.#quietTicks++;
    this.#unledTicks++;
  }

  heardLeader(): void {
    this.#unledTicks = 0;
  }

  /** Whether it is time, again and again, to doubt that a replica that hears no leader is still a member. */
  get isUnled(): boolean {
    return this.#unledTicks > 0 && this.#unledTicks % UNLED_TICKS === 0 && !this.#node.isLeader;
  }

  /** Something happened; true when the replica was asleep. */
  stir(): boolean {
    this.#quietTicks = 0;
    if (this.#consents.size > 0) this.#consents.clear();
    const wasAsleep = this.#isAsleep;
    this.#isAsleep = false;
    return wasAsleep;
  }

  begin(): void {
    this.#isAsleep = true;
  }

  /** Whether this leader asks its followers now whether all can sleep. */
  get asks(): boolean {
    const isTime = this.#quietTicks >= HIBERNATE_TICKS && this.#quietTicks % HEARTBEAT_TICKS === 0;
    return isTime && this.#node.isLeader && this.#isIdle();
  }

  /** Whether this follower has waited long to be asked: its leader may be asleep and has to find that it is not. */
  get isForgotten(): boolean {
    return this.#quietTicks > 0 && this.#quietTicks % (2 * HIBERNATE_TICKS) === 0 && !this.#node.isLeader;
  }

  /** Whether a follower can sleep while `leader` leads: it knows of everything in its log that it is committed. */
  isPossibleUnder(leader: PeerId): boolean {
    const { isInitialised, isMerging } = this.#sleeper;
    return isInitialised && !isMerging && this.#node.lead === leader && this.#hasNothingOpen();
  }

  /** A follower is ready to sleep; true when all are, and the leader still is. */
  consent(follower: PeerId): boolean {
    if (!this.#node.isLeader || this.#quietTicks < HIBERNATE_TICKS) return false;
    this.#consents.add(follower);
    const { region, peerId: own } = this.#sleeper;
    return region.peers.every(({ peerId }) => peerId === own || this.#consents.has(peerId)) && this.#isIdle();
  }

  #hasNothingOpen(): boolean {
    if (this.#sleeper.isInstalling || this.#node.hasPendingSnapshot) return false;
    const { lastIndex, committed, applied, hasPendingConfChange } = this.#node;
    return !this.#sleeper.hasUnanswered && lastIndex === committed && committed === applied && !hasPendingConfChange;
  }

  #isIdle(): boolean {
    const { isServing, isMerging, region, peerId } = this.#sleeper;
    if (!isServing || isMerging || !this.#hasNothingOpen() || isJoint(region)) return false;
    const { progress, leadTransferee, lastIndex } = this.#node.status();
    if (leadTransferee !== 0) return false;
    for (const [id, one] of progress) {
      if (id === peerId) continue;
      if (one.match !== lastIndex || one.state !== 'StateReplicate' || !one.recentActive) return false;
    }
    return true;
  }
}
