/** An operator: what shall be done with one region, step by step. */

import type { RegionId, StoreId } from '../../base/index.ts';
import { MIN_REGION_BYTES, type RegionInfo, weightOf } from '../cluster/region-info.ts';
import { confChangesOf, confChangesSoFar, describeStep, type Step } from './step.ts';

/** By whose limit an operator is counted. */
export type OperatorKind = 'leader' | 'region' | 'replica' | 'merge' | 'admin';

export type OperatorState = 'running' | 'success' | 'timeout' | 'cancelled' | 'replaced';

export interface OperatorPlan {
  readonly regionId: RegionId;
  readonly kind: OperatorKind;
  /** Why, for humans and GetOperator. */
  readonly description: string;
  readonly steps: readonly Step[];
  /** A waiting partner of a merge is only kept still. */
  readonly isPassive?: boolean;
  /** The region of the other half of a merge; both halves end together. */
  readonly partner?: RegionId;
}

/** The higher replaces the lower on the same region. */
const PRIORITIES: Readonly<Record<OperatorKind, number>> = { leader: 1, region: 1, merge: 1, replica: 2, admin: 3 };

export class Operator {
  readonly plan: OperatorPlan;
  readonly weightBytes: number;
  /** The conf_ver that the region had when it began. */
  readonly confVer: number;
  state: OperatorState = 'running';
  /** Index of the step under way. */
  at = 0;
  stepSinceMs: number;
  sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(plan: OperatorPlan, info: RegionInfo, nowMs: number) {
    this.plan = plan;
    this.weightBytes = weightOf(info);
    this.confVer = info.region.epoch.confVer;
    this.stepSinceMs = nowMs;
  }

  get step(): Step | undefined {
    return this.plan.steps[this.at];
  }

  /** Whether others changed the members meanwhile: what it was planned from does not hold any more. */
  isOutdatedBy(info: RegionInfo): boolean {
    const { steps } = this.plan;
    let expected = this.confVer;
    for (let at = 0; at < this.at; at++) expected += confChangesOf(steps[at] as Step);
    if (this.step !== undefined) expected += confChangesSoFar(this.step, info);
    return info.region.epoch.confVer > expected;
  }

  get priority(): number {
    return PRIORITIES[this.plan.kind];
  }

  get rest(): readonly Step[] {
    return this.plan.steps.slice(this.at);
  }

  /** `transfer the leader to store 2, …` */
  get stepsText(): string {
    return this.plan.steps.map(describeStep).join(', ');
  }
}

/** What operators under way will change about a store. */
export interface Influence {
  readonly leaders: number;
  readonly bytes: number;
  readonly peers: number;
}

export const NO_INFLUENCE: Influence = { leaders: 0, bytes: 0, peers: 0 };

/** Adds what the rest of an operator will do to the stores it touches. */
export function addInfluence(into: Map<StoreId, Influence>, operator: Operator, leader: StoreId | undefined): void {
  const change = (storeId: StoreId, leaders: number, peers: number): void => {
    const old = into.get(storeId) ?? NO_INFLUENCE;
    const bytes = old.bytes + peers * operator.weightBytes;
    into.set(storeId, { leaders: old.leaders + leaders, peers: old.peers + peers, bytes });
  };
  let leadingStore = leader;
  for (const step of operator.rest) {
    if (step.kind === 'add-learner') change(step.peer.storeId, 0, 1);
    else if (step.kind === 'remove-peer') change(step.peer.storeId, 0, -1);
    else if (step.kind === 'transfer-leader' && step.to !== leadingStore) {
      if (leadingStore !== undefined) change(leadingStore, -1, 0);
      change(step.to, 1, 0);
      leadingStore = step.to;
    }
  }
}

/** What a store limit charges for a step that moves so much. */
export function costOf(weightBytes: number): number {
  return weightBytes >= LARGE_REGION_BYTES ? LARGE_COST : SMALL_COST;
}

const LARGE_REGION_BYTES = 20 * MIN_REGION_BYTES;
export const LARGE_COST = 1000;
const SMALL_COST = 200;
