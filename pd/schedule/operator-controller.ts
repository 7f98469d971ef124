/**
 * The operators under way: at most one per region, moved on by the heartbeats of their regions and asked of the leaders
 * again until they are done, senseless or too late.
 */

import type { RegionId, StoreId } from '../../base/index.ts';
import type { RegionInstruction } from '../client/pd-client.ts';
import type { RegionInfo } from '../cluster/region-info.ts';
import type { RegionTree } from '../cluster/region-tree.ts';
import { compareEpochs } from '../meta.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ScheduleConfig } from './config.ts';
import {
  addInfluence,
  costOf,
  type Influence,
  Operator,
  type OperatorKind,
  type OperatorPlan,
  type OperatorState,
} from './operator.ts';
import { instructionFor, isDone, isSenseless, isSlow } from './step.ts';
import { StoreLimits } from './store-limit.ts';

/** How an operator ended, kept for those who ask. */
export interface OperatorRecord {
  readonly regionId: RegionId;
  readonly kind: OperatorKind;
  readonly description: string;
  /** What it does or did, in words. */
  readonly steps: string;
  readonly state: OperatorState;
}

const MAX_RECORDS = 1000;
const MAX_OPERATORS = 10_000;

export class OperatorController {
  readonly #operators = new Map<RegionId, Operator>();
  readonly #records = new Map<RegionId, OperatorRecord>();
  readonly #limits = new StoreLimits();
  readonly #counts: Record<OperatorKind, number> = { leader: 0, region: 0, replica: 0, merge: 0, admin: 0 };

  has(regionId: RegionId): boolean {
    return this.#operators.has(regionId);
  }

  count(kind: OperatorKind): number {
    return this.#counts[kind];
  }

  /** The operator of the region, or how the last one ended. */
  find(regionId: RegionId): OperatorRecord | undefined {
    const operator = this.#operators.get(regionId);
    return operator === undefined ? this.#records.get(regionId) : recordOf(operator);
  }

  /**
   * Takes an operator in. Answers false when the region has one of the same or a higher priority, is not known, or one of
   * the stores must not get or lose peers so soon; an administrator's word goes over store limits.
   */
  add(plan: OperatorPlan, view: ClusterView): boolean {
    const info = view.regions.get(plan.regionId);
    if (info === undefined || plan.steps.length === 0 || this.#operators.size >= MAX_OPERATORS) return false;
    const operator = new Operator(plan, info, view.nowMs);
    const current = this.#operators.get(plan.regionId);
    if (current !== undefined && current.priority >= operator.priority) return false;
    if (plan.kind !== 'admin' && !this.#admits(operator, view)) return false;
    if (current !== undefined) this.#end(current, 'replaced');
    this.#charge(operator, view);
    this.#operators.set(plan.regionId, operator);
    this.#counts[plan.kind]++;
    return true;
  }

  /** Both halves of a merge, or none. */
  addPair(source: OperatorPlan, target: OperatorPlan, view: ClusterView): boolean {
    if (this.has(source.regionId) || this.has(target.regionId)) return false;
    if (!this.add(source, view)) return false;
    if (this.add(target, view)) return true;
    this.cancel(source.regionId);
    return false;
  }

  cancel(regionId: RegionId): boolean {
    const operator = this.#operators.get(regionId);
    if (operator === undefined) return false;
    this.#end(operator, 'cancelled');
    return true;
  }

  /** Moves the operator of a region on after a heartbeat; the instruction to send, if there is one. */
  advance(info: RegionInfo, config: ScheduleConfig, nowMs: number): RegionInstruction | undefined {
    const operator = this.#operators.get(info.region.regionId);
    if (operator === undefined || operator.plan.isPassive === true) return undefined;
    for (let step = operator.step; step !== undefined && isDone(step, info); step = operator.step) {
      operator.at++;
      operator.stepSinceMs = nowMs;
      operator.sentAtMs = Number.NEGATIVE_INFINITY;
    }
    const { step } = operator;
    if (step === undefined) {
      this.#end(operator, 'success');
      return undefined;
    }
    if (isSenseless(step, info) || operator.isOutdatedBy(info)) {
      this.#end(operator, 'cancelled');
      return undefined;
    }
    if (nowMs - operator.sentAtMs < config.resendMs) return undefined;
    const instruction = instructionFor(step, info);
    if (instruction !== undefined) operator.sentAtMs = nowMs;
    return instruction;
  }

  /** Gives up what takes too long and answers what is to be asked again. */
  tick({ regions, config, nowMs }: ClusterView): RegionInstruction[] {
    const instructions: RegionInstruction[] = [];
    for (const operator of [...this.#operators.values()]) {
      const { regionId } = operator.plan;
      const info = regions.get(regionId);
      if (info === undefined) this.#end(operator, operator.step?.kind === 'merge' ? 'success' : 'cancelled');
      else if (isLate(operator, config, nowMs)) this.#end(operator, 'timeout');
      else if (hasLostTarget(operator, regions)) this.#end(operator, 'cancelled');
      else {
        const instruction = this.advance(info, config, nowMs);
        if (instruction !== undefined) instructions.push(instruction);
      }
    }
    return instructions;
  }

  /** What all operators under way will still change about the stores. */
  influence(regions: RegionTree): Map<StoreId, Influence> {
    const influence = new Map<StoreId, Influence>();
    for (const operator of this.#operators.values()) {
      addInfluence(influence, operator, regions.get(operator.plan.regionId)?.leader?.storeId);
    }
    return influence;
  }

  /** Whether the store may get, or lose, another peer now. */
  admitsStore(kind: 'add' | 'remove', storeId: StoreId, { config, nowMs }: ClusterView): boolean {
    return this.#limits.admits(kind, storeId, config.storeLimitPerMinute, nowMs);
  }

  #admits(operator: Operator, view: ClusterView): boolean {
    return operator.plan.steps.every((step) => {
      if (step.kind === 'add-learner') return this.admitsStore('add', step.peer.storeId, view);
      return step.kind !== 'remove-peer' || this.admitsStore('remove', step.peer.storeId, view);
    });
  }

  #charge(operator: Operator, { config, nowMs }: ClusterView): void {
    const cost = costOf(operator.weightBytes);
    for (const step of operator.plan.steps) {
      if (step.kind !== 'add-learner' && step.kind !== 'remove-peer') continue;
      const kind = step.kind === 'add-learner' ? 'add' : 'remove';
      this.#limits.charge(kind, step.peer.storeId, cost, config.storeLimitPerMinute, nowMs);
    }
  }

  /** The halves of a merge end together. */
  #end(operator: Operator, state: OperatorState): void {
    const { regionId, kind, partner } = operator.plan;
    operator.state = state;
    this.#operators.delete(regionId);
    this.#counts[kind]--;
    this.#records.delete(regionId);
    this.#records.set(regionId, recordOf(operator));
    if (this.#records.size > MAX_RECORDS) {
      const [oldest] = this.#records.keys();
      if (oldest !== undefined) this.#records.delete(oldest);
    }
    const other = partner === undefined ? undefined : this.#operators.get(partner);
    if (other?.plan.partner === regionId) this.#end(other, state);
  }
}

function recordOf(operator: Operator): OperatorRecord {
  const { regionId, kind, description } = operator.plan;
  return { regionId, kind, description, steps: operator.stepsText, state: operator.state };
}

/** Whether the region to merge into is no longer as it was when the merge was planned: no store would begin it. */
function hasLostTarget({ step, plan }: Operator, regions: RegionTree): boolean {
  if (step?.kind !== 'merge' || plan.isPassive === true) return false;
  const target = regions.get(step.into.regionId);
  return target === undefined || compareEpochs(target.region.epoch, step.into.epoch) !== 0;
}

function isLate(operator: Operator, config: ScheduleConfig, nowMs: number): boolean {
  const { step, plan } = operator;
  const isLong = plan.isPassive === true || (step !== undefined && isSlow(step));
  return nowMs - operator.stepSinceMs > (isLong ? config.slowStepTimeoutMs : config.fastStepTimeoutMs);
}
