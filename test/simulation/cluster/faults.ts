/** What goes wrong in a cluster, one planned fault after another. */

import { SeededRandom } from '../../../base/index.ts';
import { isCommitMerge } from '../../../tikv-lite/raftstore/command-codec.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { type PlannedFault, planFaults, type RunPlan } from '../support/plan.ts';
import { type Churn, leaderOf, type MergeAttempt } from './churn.ts';
import type { Host } from './host.ts';
import type { StoreProcess } from './store-process.ts';
import type { ClusterWorld } from './world.ts';

export type ClusterFaultKind =
  | 'crash-store'
  | 'restart-store'
  | 'crash-pd'
  | 'crash-all'
  | 'pause'
  | 'cut'
  | 'isolate'
  | 'disturb-messages'
  | 'disturb-calls'
  | 'slow-network'
  | 'slow-disk'
  | 'disk-error'
  | 'full-disk'
  | 'engine-error'
  | 'clock-jump'
  | Ambush;

/** Faults that wait for their moment. */
type Ambush = 'crash-installing' | 'crash-merging' | 'crash-overtaken' | 'miss-merges' | 'miss-chains';

const WEIGHTS: readonly (readonly [ClusterFaultKind, number])[] = [
  ['crash-store', 8],
  ['restart-store', 3],
  ['crash-pd', 2],
  ['crash-all', 1],
  ['pause', 4],
  ['cut', 5],
  ['isolate', 4],
  ['disturb-messages', 4],
  ['disturb-calls', 3],
  ['slow-network', 2],
  ['slow-disk', 3],
  ['disk-error', 2],
  ['full-disk', 1],
  ['engine-error', 1],
  ['clock-jump', 3],
];

const FAULTS: readonly ClusterFaultKind[] = WEIGHTS.flatMap(([kind, weight]) =>
  Array<ClusterFaultKind>(weight).fill(kind),
);

/** The windows they aim at are too short for blind faults. */
const AMBUSHES: readonly Ambush[] = ['crash-installing', 'crash-merging', 'miss-merges', 'miss-chains', 'miss-chains'];

const LONGEST_CALM_MS = 2500;
const LONGEST_FAULT_MS = 6000;
const LONGEST_JUMP_MS = 10_000;
const AMBUSH_LONGEST_CALM_MS = 12_000;
const AMBUSH_LIMIT_MS = 5000;
const AMBUSH_LOOK_MS = 8;
const CHAIN_LOOK_MS = 0.5;
/** What is merged while a store is away, in so many attempts. */
const MERGE_ATTEMPTS = 12;
const MERGE_EVERY_MS = 150;

/** What happens to the cluster of a seed. */
export function planCluster(seed: number, seconds: number, kinds?: readonly ClusterFaultKind[]): RunPlan {
  const faults = planFaults(seed, seconds, kinds ?? FAULTS, LONGEST_CALM_MS);
  if (kinds !== undefined) return { seed, seconds, faults };
  const ambushes = planFaults(seed ^ 0x510e527f, seconds, AMBUSHES, AMBUSH_LONGEST_CALM_MS);
  return { seed, seconds, faults: [...faults, ...ambushes].sort((a, b) => a.atMs - b.atMs) };
}

export class ClusterFaults {
  readonly #cluster: ClusterWorld;
  readonly #churn: Churn;
  readonly #clients: readonly Host[];
  #isOver = false;

  /** `clients` are the machines of clients: they are cut off and paused like others. */
  constructor(cluster: ClusterWorld, churn: Churn, clients: readonly Host[], plan: readonly PlannedFault[]) {
    this.#cluster = cluster;
    this.#churn = churn;
    this.#clients = clients;
    for (const { atMs, kind, dice } of plan) {
      cluster.world.queue.schedule(atMs, () => {
        if (!this.#isOver) this.#strike(kind as ClusterFaultKind, new SeededRandom(dice));
      });
    }
  }

  /** No more faults; what is broken gets well. */
  end(): void {
    this.#isOver = true;
    this.#cluster.heal();
    for (const { machine } of this.#clients) if (machine.events.isFrozen) machine.events.thaw();
  }

  #strike(kind: ClusterFaultKind, random: SeededRandom): void {
    const cluster = this.#cluster;
    const store = this.#anyStore(random);
    switch (kind) {
      case 'crash-store':
        cluster.powerCycle(store, random.below(3) === 0 ? random.below(LONGEST_FAULT_MS) : random.below(60));
        return;
      case 'restart-store':
        cluster.restart(store);
        return;
      case 'crash-pd':
        cluster.powerCycle(cluster.pd, random.below(2000));
        return;
      case 'crash-all':
        for (const one of cluster.stores) cluster.powerCycle(one, random.below(500));
        return;
      case 'pause':
        this.#pause(this.#anyHost(random), random);
        return;
      case 'cut':
        this.#cut(random);
        return;
      case 'isolate':
        this.#isolate(this.#anyHost(random), random);
        return;
      case 'disturb-messages':
        this.#disturbMessages(random);
        return;
      case 'disturb-calls':
        this.#disturbCalls(random);
        return;
      case 'slow-network':
        this.#slowNetwork(random);
        return;
      case 'slow-disk':
      case 'disk-error':
      case 'full-disk':
      case 'engine-error':
        this.#hurtDisk(kind, store, random);
        return;
      case 'clock-jump':
        this.#jumpClock(this.#anyHost(random), random);
        return;
      case 'crash-installing':
        this.#ambush(random, AMBUSH_LIMIT_MS, ({ isInstalling }) => isInstalling);
        return;
      case 'crash-merging':
        this.#ambush(random, AMBUSH_LIMIT_MS, ({ isMerging }) => isMerging);
        return;
      case 'crash-overtaken':
        this.#ambush(random, AMBUSH_LIMIT_MS, (peer) => this.#isOvertaken(peer));
        return;
      case 'miss-merges':
        cluster.powerCycle(store, MERGE_ATTEMPTS * MERGE_EVERY_MS + random.below(2000));
        this.#mergeMeanwhile(random, MERGE_ATTEMPTS);
        return;
      case 'miss-chains':
        this.#mergeMeanwhile(random, 1);
        this.#missChain(random, AMBUSH_LIMIT_MS);
    }
  }

  /** Kills a store with a replica in a certain state as soon as there is one, or a moment later. */
  #ambush(random: SeededRandom, leftMs: number, isWanted: (peer: Peer) => boolean): void {
    const { queue } = this.#cluster.world;
    const victim = this.#cluster.stores.find(({ peers }) => peers.some(isWanted));
    queue.schedule(AMBUSH_LOOK_MS, () => {
      if (this.#isOver) return;
      if (victim !== undefined) this.#cluster.powerCycle(victim, random.below(500));
      else if (leftMs > 0) this.#ambush(random, leftMs - AMBUSH_LOOK_MS, isWanted);
    });
  }

  /** Another replica has applied more than this leader. */
  #isOvertaken({ regionId, isLeader, appliedIndex }: Peer): boolean {
    return isLeader && this.#cluster.stores.some((store) => (store.peer(regionId)?.appliedIndex ?? 0) > appliedIndex);
  }

  /**
   * Switches a store off that has heard of a merge, but not that it is committed, and merges the outcome with a third region.
   * Only so a store misses a chain: nothing is merged while a member has not heard of an earlier merge.
   */
  #missChain(random: SeededRandom, leftMs: number): void {
    this.#cluster.world.queue.schedule(CHAIN_LOOK_MS, () => {
      if (this.#isOver || leftMs < 0) return;
      for (const store of this.#cluster.stores) {
        const target = store.peers.find((peer) => !peer.isLeader && store.unapplied(peer).some(isCommitMerge));
        if (target === undefined) continue;
        this.#cluster.powerCycle(store, MERGE_ATTEMPTS * MERGE_EVERY_MS + random.below(2000));
        this.#mergeMeanwhile(random, MERGE_ATTEMPTS, { source: target.regionId });
        return;
      }
      this.#missChain(random, leftMs - CHAIN_LOOK_MS);
    });
  }

  /** A region becomes part of another one, and that one of a third: chains of merges. */
  #mergeMeanwhile(random: SeededRandom, attempts: number, chain: Partial<MergeAttempt> = {}): void {
    const { queue } = this.#cluster.world;
    queue.schedule(MERGE_EVERY_MS, () => {
      if (this.#isOver || attempts === 0) return;
      const { source, target } = chain;
      const isDone = source !== undefined && leaderOf(this.#cluster, source) === undefined;
      const next = this.#churn.mergeOne(random, isDone ? target : source);
      this.#mergeMeanwhile(random, attempts - 1, next);
    });
  }

  /** Leaders are worth more. */
  #anyStore(random: SeededRandom): StoreProcess {
    const { stores } = this.#cluster;
    const leading = stores.filter(({ peers }) => peers.some(({ isLeader }) => isLeader));
    const among = random.below(2) === 0 && leading.length > 0 ? leading : stores;
    const store = among[random.below(among.length)];
    if (store === undefined) throw new Error('a cluster has stores');
    return store;
  }

  #anyHost(random: SeededRandom): Host {
    const dice = random.below(6);
    if (dice === 0) return this.#cluster.pd.host;
    const client = this.#clients[random.below(Math.max(1, this.#clients.length))];
    return dice === 1 && client !== undefined ? client : this.#anyStore(random).host;
  }

  #note(text: string): void {
    this.#cluster.trace.note(text);
  }

  #later(random: SeededRandom, action: () => void): void {
    this.#cluster.world.queue.schedule(10 + random.below(LONGEST_FAULT_MS), () => {
      if (!this.#isOver) action();
    });
  }

  #pause(host: Host, random: SeededRandom): void {
    const { events } = host.machine;
    if (events.isFrozen || !host.isUp) return;
    const { life } = host;
    this.#note(`${host.name} is frozen`);
    events.freeze();
    this.#later(random, () => {
      if (host.life !== life) return;
      this.#note(`${host.name} goes on`);
      events.thaw();
    });
  }

  #hosts(): readonly Host[] {
    return [this.#cluster.pd.host, ...this.#cluster.stores.map(({ host }) => host), ...this.#clients];
  }

  #cut(random: SeededRandom): void {
    const from = this.#anyHost(random);
    const others = this.#hosts().filter((host) => host !== from);
    const to = others[random.below(others.length)];
    if (to === undefined) return;
    const isBothWays = random.below(2) === 0;
    this.#note(`cut ${from.name}${isBothWays ? '<' : ''}>${to.name}`);
    const mends = [this.#cluster.fabric.cut(from, to)];
    if (isBothWays) mends.push(this.#cluster.fabric.cut(to, from));
    this.#later(random, () => {
      for (const mend of mends) mend();
    });
  }

  /** From all others, in one direction or both. */
  #isolate(host: Host, random: SeededRandom): void {
    const direction = random.below(3);
    this.#note(`${host.name} is isolated${['', ', hears nothing', ', is not heard'][direction]}`);
    const mends: (() => void)[] = [];
    for (const other of this.#hosts()) {
      if (other === host) continue;
      if (direction !== 1) mends.push(this.#cluster.fabric.cut(host, other));
      if (direction !== 2) mends.push(this.#cluster.fabric.cut(other, host));
    }
    this.#later(random, () => {
      for (const mend of mends) mend();
    });
  }

  #disturbMessages(random: SeededRandom): void {
    const { fabric } = this.#cluster;
    fabric.loss = random.float() * 0.3;
    fabric.duplication = random.float() * 0.3;
    this.#note('messages are disturbed');
    this.#later(random, () => {
      fabric.loss = 0;
      fabric.duplication = 0;
    });
  }

  #disturbCalls(random: SeededRandom): void {
    const { fabric } = this.#cluster;
    fabric.callLoss = random.float() * 0.1;
    fabric.callDuplication = random.float() * 0.2;
    this.#note('calls are disturbed');
    this.#later(random, () => {
      fabric.callLoss = 0;
      fabric.callDuplication = 0;
    });
  }

  #slowNetwork(random: SeededRandom): void {
    const { fabric } = this.#cluster;
    fabric.maxLatencyMs = random.below(random.below(2) === 0 ? 200 : 2500);
    this.#note(`latencies up to ${fabric.maxLatencyMs} ms`);
    this.#later(random, () => {
      fabric.maxLatencyMs = 1;
    });
  }

  #hurtDisk(
    kind: 'slow-disk' | 'disk-error' | 'full-disk' | 'engine-error',
    store: StoreProcess,
    random: SeededRandom,
  ): void {
    const { disk } = store.host.machine;
    this.#note(`${store.host.name}: ${kind}`);
    switch (kind) {
      case 'slow-disk':
        disk.slowdown = 2 + random.below(300);
        this.#later(random, () => {
          disk.slowdown = 1;
        });
        return;
      case 'disk-error':
        disk.failNext(random.below(2) === 0 ? 'write' : 'sync', 'EIO');
        this.#later(random, () => this.#cluster.powerCycle(store, 0));
        return;
      case 'full-disk':
        disk.capacityBytes = disk.usedBytes + random.below(1 << 19);
        this.#later(random, () => {
          disk.capacityBytes = Number.MAX_SAFE_INTEGER;
        });
        return;
      case 'engine-error': {
        const engine = store.life?.engine;
        engine?.fail(random.below(2) === 0 ? 'ENOSPC' : 'EIO');
        this.#later(random, () => engine?.heal());
      }
    }
  }

  #jumpClock(host: Host, random: SeededRandom): void {
    const byMs = random.below(2 * LONGEST_JUMP_MS) - LONGEST_JUMP_MS;
    this.#note(`${host.name}: the clock jumps by ${byMs} ms`);
    host.machine.jumpClock(byMs);
  }
}
