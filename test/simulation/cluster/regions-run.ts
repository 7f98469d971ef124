/**
 * One run over many regions on several stores, below the transactions: splits, merges, moving leaders and replicas, under
 * all faults. Then everything heals: writes get through in every region, the replicas become equal, the regions cover
 * the key space, and every one of them has its replicas.
 */

import { type Key, keyOf } from '../../../base/index.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { check, type Outcome, outcomeOf } from '../support/outcome.ts';
import { planFaults, type RunPlan } from '../support/plan.ts';
import { Churn, isJoint, leaderOf } from './churn.ts';
import { CLUSTER_FAULTS, ClusterFaults, LONGEST_CALM_MS } from './faults.ts';
import { RawClients } from './raw-clients.ts';
import { checkCoverage, describe } from './region-checks.ts';
import type { StoreComponents, StoreProcess } from './store-process.ts';
import { ClusterWorld } from './world.ts';

export interface RegionsOptions {
  readonly components?: Partial<StoreComponents>;
  readonly read?: (peer: Peer, store: StoreProcess) => Pick<ReturnType<Peer['read']>, 'get'>;
}

const CLIENTS = 4;
const LOOK_EVERY_MS = 100;
/** Every so many looks the contents of replicas are compared as well. */
const LOOKS_PER_COMPARISON = 5;
const PROGRESS_LIMIT_MS = 60_000;
const PROGRESS_OPERATIONS = 60;
const SPLIT_KEYS: readonly Key[] = ['b', 'h', 'k', 'm', 'n', 'q', 'r'].map((key) => regionKeyOf(keyOf(key)));

export function planRegions(seed: number, seconds: number): RunPlan {
  return { seed, seconds, faults: planFaults(seed, seconds, CLUSTER_FAULTS, LONGEST_CALM_MS) };
}

export function runRegions(plan: RunPlan, options: RegionsOptions = {}): Promise<Outcome> {
  const run = new RegionsRun(plan, options);
  return outcomeOf(plan.seed, run.cluster.trace, run, () => run.run());
}

class RegionsRun {
  readonly cluster: ClusterWorld;
  readonly #plan: RunPlan;
  readonly #clients: RawClients;
  #looks = 0;

  constructor(plan: RunPlan, { components, read }: RegionsOptions) {
    this.#plan = plan;
    const stores = 3;
    this.cluster = new ClusterWorld({ seed: plan.seed, stores, cacheBytes: (plan.seed % 2) << 20, components });
    const thinkingMs = [60, 300, 1000][this.cluster.random.below(3)] ?? 300;
    this.#clients = new RawClients(this.cluster, { thinkingMs, read });
  }

  nowMs(): number {
    return this.cluster.nowMs;
  }

  acknowledged(): number {
    return this.#clients.acknowledged;
  }

  async run(): Promise<void> {
    const { cluster } = this;
    await cluster.start();
    this.#clients.start(CLIENTS);
    this.#look();
    const churn = new Churn(cluster, {
      splitKeys: SPLIT_KEYS,
      maxRegions: 8,
      longestCalmMs: 800,
      merges: false,
      movesReplicas: false,
    });
    const faults = new ClusterFaults(cluster, [], this.#plan.faults);
    await cluster.run(this.#plan.seconds * 1000);
    cluster.trace.note('healed');
    churn.stop();
    faults.end();
    for (const store of cluster.stores) cluster.powerCycle(store, 0);
    await this.#requireProgress();
    await this.#requireConvergence();
    this.#clients.verify();
  }

  #look(): void {
    const { cluster } = this;
    try {
      cluster.checks.look({ compareContents: ++this.#looks % LOOKS_PER_COMPARISON === 0 });
    } catch (error) {
      cluster.fail(error);
    }
    cluster.world.queue.schedule(LOOK_EVERY_MS, () => this.#look());
  }

  async #requireProgress(): Promise<void> {
    const before = this.acknowledged();
    const isReached = await this.cluster.run(
      PROGRESS_LIMIT_MS,
      () => this.acknowledged() - before >= PROGRESS_OPERATIONS,
    );
    check(isReached, () => `no progress within ${PROGRESS_LIMIT_MS} ms after everything healed`);
  }

  /** Nobody writes any more: all replicas of all regions come to the same point. */
  async #requireConvergence(): Promise<void> {
    const { cluster } = this;
    this.#clients.stop();
    let reason = '';
    const isReached = await cluster.run(PROGRESS_LIMIT_MS, () => {
      reason = unsettled(cluster) ?? '';
      return reason === '';
    });
    check(isReached, () => `the replicas do not settle: ${reason}`);
    cluster.checks.look({ compareContents: true });
    const leading = cluster.stores.flatMap(({ peers }) => peers.filter(({ isServing }) => isServing));
    checkCoverage(leading.map(({ region }) => region));
  }
}

/** What is not at rest yet. */
export function unsettled(cluster: ClusterWorld): string | undefined {
  const regionIds = new Set(cluster.stores.flatMap(({ peers }) => peers.map(({ regionId }) => regionId)));
  for (const store of cluster.stores) if (store.life === undefined) return `store ${store.storeId} is down`;
  for (const regionId of regionIds) {
    const leader = leaderOf(cluster, regionId);
    if (leader === undefined) return `region ${regionId} has no leader`;
    const { region } = leader;
    if (isJoint(region)) return `${describe(region)} is in a joint state`;
    const index = cluster.store(leader.peer.storeId)?.peer(regionId)?.appliedIndex;
    for (const { storeId, peerId } of region.peers) {
      const store = cluster.store(storeId);
      const peer = store?.peer(regionId);
      if (peer === undefined || peer.peerId !== peerId) return `${describe(region)} has no replica on store ${storeId}`;
      if (peer.appliedIndex !== index || store?.isSettled(peer) !== true) {
        return `${describe(region)}: store ${storeId} is at ${peer.appliedIndex}, the leader at ${index}`;
      }
    }
    for (const store of cluster.stores) {
      const stray = store.peer(regionId);
      if (stray !== undefined && !region.peers.some(({ peerId }) => peerId === stray.peerId)) {
        return `store ${store.storeId} still has peer ${stray.peerId} of ${describe(region)}`;
      }
    }
  }
  return undefined;
}
