/**
 * Somebody who reorganises the regions all the time: splits, merges, moves leaders, adds, removes and replaces replicas,
 * alone and by joint consensus. He asks whoever leads, and does not mind being refused.
 */

import type { Key, PeerId, RegionId, SeededRandom, StoreId } from '../../../base/index.ts';
import { PdError, type PeerChange, type PeerDescriptor, type Region } from '../../../pd/index.ts';
import { type RegionAdmin, RegionError } from '../../../tikv-lite/index.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import type { Schedule } from './pd-process.ts';
import type { ClusterWorld } from './world.ts';

export interface ChurnOptions {
  /** Region keys at which it splits. */
  readonly splitKeys: readonly Key[];
  readonly maxRegions: number;
  /** Between two deeds. */
  readonly longestCalmMs: number;
  readonly merges: boolean;
  readonly movesReplicas: boolean;
}

export interface ClusterShape {
  readonly stores: number;
  readonly churn: Pick<ChurnOptions, 'merges' | 'movesReplicas'>;
  readonly schedule: Schedule;
}

/** A driver that leaves everything to others. */
const IDLE: Schedule = { leaderScheduleLimit: 0, regionScheduleLimit: 0, replicaScheduleLimit: 0 };
/** One that merges, too, and hurries. */
const BUSY: Schedule = { mergeScheduleLimit: 4, splitMergeIntervalMs: 5000, storeLimitPerMinute: 200 };

/**
 * What a seed's cluster is like. A quarter of them merge regions on three stores; in a quarter replicas move among three to
 * five, and nobody but the churn moves them; in half of them everything happens at once, and the placement driver has
 * plans of its own.
 */
export function shapeOf(seed: number): ClusterShape {
  const stores = 3 + (Math.floor(seed / 4) % 3);
  switch (seed % 4) {
    case 0:
      return { stores: 3, churn: { merges: true, movesReplicas: false }, schedule: {} };
    case 1:
      return { stores, churn: { merges: false, movesReplicas: true }, schedule: IDLE };
    case 2:
      return { stores, churn: { merges: true, movesReplicas: true }, schedule: {} };
    default:
      return { stores, churn: { merges: true, movesReplicas: true }, schedule: BUSY };
  }
}

export interface MergeAttempt {
  readonly source: RegionId;
  readonly target: RegionId;
}

type Deed = 'split' | 'merge' | 'transfer' | 'add' | 'remove' | 'replace' | 'leave-joint';

export class Churn {
  readonly #cluster: ClusterWorld;
  readonly #options: ChurnOptions;
  readonly #random: SeededRandom;
  #isOver = false;
  readonly done = new Map<Deed, number>();

  constructor(cluster: ClusterWorld, options: ChurnOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#random = cluster.world.random.fork();
    this.#later();
  }

  stop(): void {
    this.#isOver = true;
  }

  #later(): void {
    this.#cluster.world.queue.schedule(20 + this.#random.below(this.#options.longestCalmMs), () => {
      if (this.#isOver) return;
      this.#act();
      this.#later();
    });
  }

  #act(): void {
    const leader = this.#anyLeader(this.#random);
    const deed = this.#choose();
    if (leader !== undefined) this.#watch(deed, leader, this.#perform(deed, leader));
  }

  /** Merges a region, or any, with a neighbour, if merging is among the deeds at all; answers which one with which. */
  mergeOne(random: SeededRandom, regionId?: RegionId): MergeAttempt | undefined {
    const leader = this.#leaders().find((one) => one.regionId === regionId) ?? this.#anyLeader(random);
    const target = leader && this.#neighbour(leader, random);
    if (leader === undefined || target === undefined || !this.#options.merges) return undefined;
    this.#watch('merge', leader, merged(leader, target));
    return { source: leader.regionId, target: target.regionId };
  }

  #leaders(): readonly Peer[] {
    return this.#cluster.stores.flatMap(({ peers, host }) =>
      host.machine.events.isFrozen ? [] : peers.filter(({ isLeader }) => isLeader),
    );
  }

  #anyLeader(random: SeededRandom): Peer | undefined {
    const leaders = this.#leaders();
    return leaders[random.below(Math.max(1, leaders.length))];
  }

  #watch(deed: Deed, leader: Peer, outcome: Promise<boolean>): void {
    const store = this.#cluster.store(leader.peer.storeId);
    const life = store?.host.life;
    outcome.then(
      (isDone) => {
        if (!isDone || store?.host.life !== life) return;
        this.done.set(deed, (this.done.get(deed) ?? 0) + 1);
        this.#cluster.trace.note(`${deed} of region ${leader.regionId} is done`);
      },
      (error: unknown) => {
        const isRefusal = error instanceof RegionError || error instanceof PdError;
        if (!isRefusal) this.#cluster.fail(error);
      },
    );
  }

  #choose(): Deed {
    const { merges, movesReplicas } = this.#options;
    const dice = this.#random.float();
    if (dice < 0.25) return 'split';
    if (dice < 0.45) return merges ? 'merge' : 'transfer';
    if (dice < 0.55 || !movesReplicas) return 'transfer';
    if (dice < 0.72) return 'add';
    if (dice < 0.82) return 'remove';
    return dice < 0.94 ? 'replace' : 'leave-joint';
  }

  async #perform(deed: Deed, leader: Peer): Promise<boolean> {
    switch (deed) {
      case 'split':
        return await this.#split(leader);
      case 'merge':
        return await merged(leader, this.#neighbour(leader, this.#random));
      case 'transfer': {
        const to = leader.region.peers[this.#random.below(leader.region.peers.length)];
        if (to === undefined || to.peerId === leader.peerId) return false;
        await leader.transferLeader(to.peerId);
        return true;
      }
      case 'leave-joint':
        if (!isJoint(leader.region)) return false;
        await leader.changePeers([]);
        return true;
      default:
        return await this.#move(deed, leader);
    }
  }

  /** At one or several keys. */
  async #split(leader: Peer): Promise<boolean> {
    const { splitKeys, maxRegions } = this.#options;
    const regions = new Set(this.#cluster.stores.flatMap(({ peers }) => peers.map(({ regionId }) => regionId)));
    if (regions.size >= maxRegions) return false;
    const { start, end } = leader.region.range;
    const inside = splitKeys.filter((key) => key > start && (end === undefined || key < end));
    const wanted = inside.filter(() => this.#random.below(inside.length) < 1 + this.#random.below(2));
    if (wanted.length === 0) return false;
    const { worker } = this.#cluster.store(leader.peer.storeId)?.life ?? {};
    if (worker === undefined) return false;
    await worker.requestSplit(leader.region, wanted);
    return true;
  }

  #neighbour(leader: Peer, random: SeededRandom): Peer | undefined {
    const { end } = leader.region.range;
    const neighbours = this.#cluster.stores.flatMap(({ peers }) =>
      peers.filter(
        ({ region }) =>
          (end !== undefined && region.range.start === end) || region.range.end === leader.region.range.start,
      ),
    );
    return neighbours[random.below(Math.max(1, neighbours.length))];
  }

  async #move(deed: 'add' | 'remove' | 'replace', leader: Peer): Promise<boolean> {
    const { region } = leader;
    const changes: PeerChange[] = [];
    const others = region.peers.filter(({ peerId }) => peerId !== leader.peerId);
    const free = this.#cluster.stores
      .map(({ storeId }) => storeId)
      .filter((storeId) => !region.peers.some((peer) => peer.storeId === storeId));
    const random = this.#random;
    const out = others[random.below(Math.max(1, others.length))];
    const to = free[random.below(Math.max(1, free.length))];
    if (deed !== 'remove' && to !== undefined && region.peers.length < 5) changes.push(await this.#newcomer(to));
    if (deed !== 'add' && out !== undefined && region.peers.length > 2) {
      if (deed === 'replace') {
        const demoted: PeerDescriptor = { ...out, role: 'learner' };
        changes.push(random.below(2) === 0 ? { kind: 'add-learner', peer: demoted } : { kind: 'remove', peer: out });
      } else changes.push({ kind: 'remove', peer: out });
    }
    const learner = region.peers.find(({ role }) => role === 'learner');
    if (deed === 'add' && learner !== undefined && random.below(2) === 0) {
      changes.length = 0;
      changes.push({ kind: 'add-voter', peer: { ...learner, role: 'voter' } });
    }
    const isOutdated = leader.region !== region;
    if (changes.length === 0 || isOutdated) return false;
    await leader.changePeers(changes);
    return true;
  }

  async #newcomer(storeId: StoreId): Promise<PeerChange> {
    const { driver } = this.#cluster.pd;
    if (driver === undefined) throw new PdError('unavailable', 'the placement driver is down');
    const peerId = (await driver.allocateIds(1)) as PeerId;
    const isVoter = this.#random.below(3) === 0;
    return {
      kind: isVoter ? 'add-voter' : 'add-learner',
      peer: { peerId, storeId, role: isVoter ? 'voter' : 'learner' },
    };
  }
}

export function isJoint(region: Region): boolean {
  return region.peers.some(({ role }) => role === 'incoming-voter' || role === 'demoting-voter');
}

async function merged(leader: Peer, target: Peer | undefined): Promise<boolean> {
  if (target === undefined) return false;
  await leader.merge(target.region);
  return true;
}

/** Who leads a region now, as far as the stores know. */
export function leaderOf(cluster: ClusterWorld, regionId: RegionId): RegionAdmin | undefined {
  for (const store of cluster.stores) {
    const peer = store.peer(regionId);
    if (peer?.isServing === true) return peer;
  }
  return undefined;
}
