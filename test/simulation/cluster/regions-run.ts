/**
 * One run over many regions on several stores, below the transactions: splits, merges, moving leaders and replicas, under
 * all faults. Then everything heals: writes get through in every region, the replicas become equal, the regions cover
 * the key space, and every one of them has its replicas.
 */

import { type Key, keyOf } from '../../../base/index.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { check, type Outcome, outcomeOf } from '../support/outcome.ts';
import type { RunPlan } from '../support/plan.ts';
import { Churn, type ChurnOptions, shapeOf } from './churn.ts';
import { clusterOf } from './cluster-of.ts';
import { ClusterFaults } from './faults.ts';
import { requirePlacement } from './placement-checks.ts';
import { RAW_KEYS, type RawAccess, RawClients } from './raw-clients.ts';
import { requireRest, state } from './rest.ts';
import type { StoreComponents } from './store-process.ts';
import type { ClusterWorld } from './world.ts';

export interface RegionsOptions {
  readonly components?: Partial<StoreComponents>;
  readonly access?: Partial<RawAccess>;
  readonly churn?: Partial<ChurnOptions>;
}

const CLIENTS = 4;
const LOOK_EVERY_MS = 100;
/** Every so many looks the contents of replicas are compared as well. */
const LOOKS_PER_COMPARISON = 5;
const PROGRESS_LIMIT_MS = 60_000;
/** On each key: a region that does not work shows. */
const PROGRESS_OPERATIONS = 8;
const SPLIT_KEYS: readonly Key[] = ['b', 'h', 'k', 'm', 'n', 'q', 'r'].map((key) => regionKeyOf(keyOf(key)));

export function runRegions(plan: RunPlan, options: RegionsOptions = {}): Promise<Outcome> {
  const run = new RegionsRun(plan, options);
  return outcomeOf(plan.seed, run.cluster.trace, run, () => run.run());
}

class RegionsRun {
  readonly cluster: ClusterWorld;
  readonly #plan: RunPlan;
  readonly #clients: RawClients;
  readonly #churn: Partial<ChurnOptions>;
  #looks = 0;

  constructor(plan: RunPlan, { components, access, churn = {} }: RegionsOptions) {
    this.#plan = plan;
    this.#churn = churn;
    this.cluster = clusterOf(plan, components);
    const thinkingMs = [60, 300, 1000][this.cluster.random.below(3)] ?? 300;
    this.#clients = new RawClients(this.cluster, { thinkingMs, access });
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
      ...shapeOf(this.#plan.seed).churn,
      ...this.#churn,
    });
    const faults = new ClusterFaults(cluster, churn, [], this.#plan.faults);
    await cluster.run(this.#plan.seconds * 1000);
    cluster.trace.note('healed');
    churn.stop();
    faults.end();
    cluster.restartAll();
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
    const before = new Map(RAW_KEYS.map((name) => [name, this.#clients.acknowledgedOf(name)]));
    const isStuck = (name: string): boolean =>
      this.#clients.acknowledgedOf(name) - (before.get(name) ?? 0) < PROGRESS_OPERATIONS;
    const isReached = await this.cluster.run(PROGRESS_LIMIT_MS, () => !RAW_KEYS.some(isStuck));
    const stuck = (): string => RAW_KEYS.filter(isStuck).join(', ');
    check(
      isReached,
      () => `no progress within ${PROGRESS_LIMIT_MS} ms after everything healed: ${stuck()}; ${state(this.cluster)}`,
    );
  }

  /** Nobody writes any more: all replicas of all regions come to the same point. */
  async #requireConvergence(): Promise<void> {
    const { cluster } = this;
    this.#clients.stop();
    await requirePlacement(cluster);
    await requireRest(cluster);
  }
}
