/** The ticks of a store's replicas: who needs them, who sleeps, and what replicas tell each other about that. */

import type { StoreId } from '../../base/index.ts';
import { Hibernation } from './hibernation.ts';
import { ELECTION_TICKS, HEARTBEAT_TICKS, LOG_TRIM_TICKS, STALE_CHECK_MS, TICK_MS } from './limits.ts';
import { trimLogs } from './log-trimming.ts';
import type { Peer } from './peer.ts';
import type { PeerDirectory } from './peer-directory.ts';
import { type PeerSignal, type RegionMessage, signalOf } from './transport.ts';

export interface ReplicaClockHost {
  readonly peers: PeerDirectory<Peer>;
  monotonicMs(): number;
  /** Calls `tick` once a `TICK_MS`, until that answers false. */
  startClock(): void;
  send(messages: readonly RegionMessage[]): void;
  /** The replica may have something to do. */
  awaken(peer: Peer): void;
  driveMerge(source: Peer): void;
  /** The replica hears no leader: it may be none of its region's any more. */
  doubt(peer: Peer): void;
}

export class ReplicaClock {
  readonly #host: ReplicaClockHost;
  readonly #ticking = new Set<Peer>();
  readonly #hibernation = new Hibernation<Peer>();
  #isRunning = false;
  #ticks = 0;
  #staleCheck: Iterator<Peer> | undefined;

  constructor(host: ReplicaClockHost) {
    this.#host = host;
  }

  get ticks(): number {
    return this.#ticks;
  }

  get sleepers(): number {
    return this.#hibernation.size;
  }

  /** Begins to tick a replica that needs it. */
  note(peer: Peer): void {
    if (!peer.needsTicks) return;
    this.#ticking.add(peer);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#host.startClock();
  }

  forget(peer: Peer): void {
    this.#ticking.delete(peer);
    this.#hibernation.rouse(peer);
  }

  /** Something happened to a replica that may be asleep. */
  rouse(peer: Peer): void {
    if (!this.#hibernation.rouse(peer)) return;
    this.#host.awaken(peer);
    this.note(peer);
  }

  heard(storeId: StoreId): void {
    this.#hibernation.heard(storeId, this.#host.monotonicMs());
  }

  /** False when nobody needs the clock any more; it is started again when somebody does. */
  tick(): boolean {
    this.#ticks++;
    const signals: RegionMessage[] = [];
    for (const peer of this.#ticking) {
      if (peer.needsTicks) this.#tickOne(peer, signals);
      else this.#ticking.delete(peer);
    }
    if (this.#ticks % LOG_TRIM_TICKS === 0) trimLogs(this.#host.peers.all());
    this.#watchSleepers();
    this.#doubtSome();
    if (signals.length > 0) this.#host.send(signals);
    this.#isRunning = this.#ticking.size > 0 || this.#hibernation.size > 0;
    return this.#isRunning;
  }

  #tickOne(peer: Peer, signals: RegionMessage[]): void {
    peer.tick();
    this.#host.awaken(peer);
    if (peer.mergeState !== undefined) this.#host.driveMerge(peer);
    if (peer.sleep.isUnled) this.#host.doubt(peer);
    if (peer.sleep.asks) signalOthers(peer, 'hibernate-request', signals);
    const { leader, region } = peer;
    if (peer.sleep.isForgotten && leader !== undefined) signals.push(signalOf(region, peer.peer, leader, 'wake-up'));
  }

  #watchSleepers(): void {
    if (this.#hibernation.size === 0) return;
    const orphans = this.#hibernation.orphans(this.#host.monotonicMs(), ELECTION_TICKS * TICK_MS);
    for (const peer of orphans) peer.noteSilence();
    if (this.#ticks % HEARTBEAT_TICKS !== 0) return;
    for (const peer of this.#hibernation.speakers()) {
      peer.ping();
      this.#host.awaken(peer);
    }
  }

  /** A few of the replicas in each tick, so that every one has its turn once in `STALE_CHECK_MS`. */
  #doubtSome(): void {
    const { peers } = this.#host;
    const checkTicks = STALE_CHECK_MS / TICK_MS;
    if (this.#ticks % Math.ceil(checkTicks / Math.max(1, peers.size)) !== 0) return;
    for (let count = Math.ceil(peers.size / checkTicks); count > 0; count--) {
      this.#staleCheck ??= peers.all();
      const { value: peer, done } = this.#staleCheck.next();
      if (done === true) {
        this.#staleCheck = undefined;
        return;
      }
      if (this.#hibernation.isAsleep(peer)) this.#host.doubt(peer);
    }
  }

  /** What another replica of the region says beside raft. */
  heed(peer: Peer, { from, signal }: RegionMessage): void {
    if (signal === 'wake-up') peer.stir();
    else if (signal === 'hibernate-request' && peer.sleep.isPossibleUnder(from.peerId)) {
      this.#host.send([signalOf(peer.region, peer.peer, from, 'hibernate-response')]);
      this.#ticking.delete(peer);
      peer.sleep.begin();
      this.#hibernation.lullFollower(peer, from.storeId);
    } else if (signal === 'hibernate-response' && peer.sleep.consent(from.peerId)) {
      const followers = peer.region.peers.filter(({ peerId }) => peerId !== peer.peerId);
      const stores = followers.map(({ storeId }) => storeId);
      this.#ticking.delete(peer);
      peer.sleep.begin();
      this.#hibernation.lullLeader(peer, stores);
    }
  }
}

function signalOthers(peer: Peer, signal: PeerSignal, into: RegionMessage[]): void {
  for (const other of peer.region.peers) {
    if (other.peerId !== peer.peerId) into.push(signalOf(peer.region, peer.peer, other, signal));
  }
}
