/**
 * Decides what is done with which region: patrols the regions with the checkers, lets the schedulers propose moves within
 * their limits, and keeps the operators going. A function of the views it is given; its host sends what it answers.
 */

import { type Key, MIN_KEY, type RegionId } from '../../base/index.ts';
import type { RegionInstruction } from '../client/pd-client.ts';
import type { RegionInfo } from '../cluster/region-info.ts';
import { checkJointState } from './checkers/joint-state-checker.ts';
import { checkMerge } from './checkers/merge-checker.ts';
import { checkReplicas } from './checkers/replica-checker.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ScheduleConfig } from './config.ts';
import type { OperatorKind, OperatorPlan } from './operator.ts';
import { OperatorController } from './operator-controller.ts';
import { balanceLeader } from './schedulers/balance-leader.ts';
import { balanceRegion } from './schedulers/balance-region.ts';
import { evictLeader } from './schedulers/evict-leader.ts';
import { scatter } from './schedulers/scatter.ts';
import { SlowStores } from './slow-stores.ts';

/** Of the regions known, so many must have been heard before anything is moved. */
const HEARD_SHARE = 0.8;
/** One scheduler may begin so many operators in one tick. */
const MAX_NEW_OPERATORS = 16;
const MAX_RECENT_SPLITS = 100_000;
const MIN_PAUSE_MS = 400;
const MAX_PAUSE_MS = 5000;

export class Coordinator {
  readonly operators = new OperatorController();
  readonly #schedulers = newSchedulers();
  readonly #slowStores = new SlowStores();
  readonly #recentSplits = new Map<RegionId, number>();
  /** Regions that changed lately are looked at before their turn comes. */
  readonly #suspects = new Set<RegionId>();
  #cursor: Key = MIN_KEY;
  #startedAtMs: number | undefined;

  /** After a heartbeat that was taken in: the next instruction for the region, if there is one. */
  regionHeard(
    info: RegionInfo,
    isChanged: boolean,
    config: ScheduleConfig,
    nowMs: number,
  ): RegionInstruction | undefined {
    const { regionId } = info.region;
    if (isChanged && !this.operators.has(regionId)) this.#suspects.add(regionId);
    return this.operators.advance(info, config, nowMs);
  }

  regionsSplit(regionIds: readonly RegionId[], nowMs: number): void {
    for (const regionId of regionIds) {
      this.#recentSplits.delete(regionId);
      this.#recentSplits.set(regionId, nowMs);
    }
    for (const oldest of this.#recentSplits.keys()) {
      if (this.#recentSplits.size <= MAX_RECENT_SPLITS) break;
      this.#recentSplits.delete(oldest);
    }
  }

  /** One round of checking and scheduling; the instructions to send. */
  tick(seen: ClusterView): RegionInstruction[] {
    const view = { ...seen, slowStore: this.#slowStores.look(seen) };
    this.#startedAtMs ??= view.nowMs;
    if (view.regions.heardCount >= HEARD_SHARE * view.regions.size) {
      this.#patrol(view);
      this.#schedule(view);
    }
    return this.operators.tick(view);
  }

  /** Operators that spread the regions; answers those that cannot be moved now. */
  scatter(regionIds: readonly RegionId[], view: ClusterView): readonly RegionId[] {
    const { plans, unfit } = scatter(view, regionIds);
    for (const plan of plans) this.operators.add(plan, view);
    return unfit;
  }

  /** Splits at region keys, those of one region at once; a region with an operator of an administrator has to wait. */
  split(keys: readonly Key[], view: ClusterView): void {
    const byRegion = new Map<RegionInfo, Key[]>();
    for (const key of keys) {
      const info = view.regions.find(key);
      if (info === undefined || info.region.range.start === key) continue;
      const inside = byRegion.get(info);
      if (inside === undefined) byRegion.set(info, [key]);
      else inside.push(key);
    }
    for (const [{ region }, inside] of byRegion) {
      const ordered = [...new Set(inside)].sort();
      const step = { kind: 'split' as const, keys: ordered, version: region.epoch.version };
      this.operators.add(
        { regionId: region.regionId, kind: 'admin', description: 'admin-split-region', steps: [step] },
        view,
      );
    }
  }

  #patrol(view: ClusterView): void {
    const { config, regions } = view;
    for (const regionId of this.#suspects) {
      const info = regions.get(regionId);
      if (info !== undefined) this.#check(info, view);
    }
    this.#suspects.clear();
    const batch = regions.scan({ start: this.#cursor }, config.patrolBatch);
    for (const info of batch) this.#check(info, view);
    this.#cursor = batch.length < config.patrolBatch ? MIN_KEY : (batch.at(-1)?.region.range.end ?? MIN_KEY);
  }

  #check(info: RegionInfo, view: ClusterView): void {
    const { operators } = this;
    const { config } = view;
    if (!info.isHeard || info.leader === undefined || operators.has(info.region.regionId)) return;
    const jointPlan = checkJointState(info);
    if (jointPlan !== undefined) {
      operators.add(jointPlan, view);
      return;
    }
    if (operators.count('replica') < config.replicaScheduleLimit) {
      const plan = checkReplicas(view, info, operators);
      if (plan !== undefined) {
        operators.add(plan, view);
        return;
      }
    }
    if (operators.count('merge') >= 2 * config.mergeScheduleLimit || this.#forgotSplits(view)) return;
    const merge = checkMerge(view, info, operators, this.#recentSplits);
    if (merge !== undefined) operators.addPair(merge.source, merge.target, view);
  }

  /** What was split before this coordinator began is not known: everything might have been, just then. */
  #forgotSplits({ nowMs, config }: ClusterView): boolean {
    return nowMs - (this.#startedAtMs ?? nowMs) < config.splitMergeIntervalMs;
  }

  #schedule(view: ClusterView): void {
    for (const scheduler of this.#schedulers) {
      if (scheduler.nextAtMs <= view.nowMs) this.#run(scheduler, view);
    }
  }

  /** A scheduler that finds nothing to do is asked less and less often. */
  #run(scheduler: ScheduledScheduler, view: ClusterView): void {
    const { kind, limitOf, propose } = scheduler;
    let found = 0;
    while (found < MAX_NEW_OPERATORS && this.operators.count(kind) < limitOf(view.config)) {
      const plan = propose(view, this.operators);
      if (plan === undefined || !this.operators.add(plan, view)) break;
      found++;
    }
    scheduler.pauseMs = found > 0 ? 0 : Math.min(MAX_PAUSE_MS, 2 * scheduler.pauseMs + MIN_PAUSE_MS);
    scheduler.nextAtMs = view.nowMs + scheduler.pauseMs;
  }
}

interface ScheduledScheduler {
  readonly kind: OperatorKind;
  readonly limitOf: (config: ScheduleConfig) => number;
  readonly propose: (view: ClusterView, operators: OperatorController) => OperatorPlan | undefined;
  nextAtMs: number;
  pauseMs: number;
}

function newSchedulers(): ScheduledScheduler[] {
  const leaders = (config: ScheduleConfig): number => config.leaderScheduleLimit;
  const regions = (config: ScheduleConfig): number => config.regionScheduleLimit;
  const start = { nextAtMs: 0, pauseMs: 0 };
  return [
    { kind: 'leader', limitOf: leaders, propose: evictLeader, ...start },
    { kind: 'leader', limitOf: leaders, propose: balanceLeader, ...start },
    { kind: 'region', limitOf: regions, propose: balanceRegion, ...start },
  ];
}
