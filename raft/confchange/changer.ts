/**
 * Computes the next configuration from the one in force: a function of its arguments, nothing is edited in place.
 *
 * simple:     at most one voter differs between old and new, so every two majorities overlap
 * enterJoint: incoming = changed voters, outgoing = the voters of before; decisions need both majorities
 * leaveJoint: outgoing voters go, those marked in learnersNext become learners
 */
import { assert } from '../../base/index.ts';
import type { ConfState } from '../message.ts';
import { Progress, type ProgressLimits } from '../tracker/progress.ts';
import { EMPTY_TRACKER_CONFIG, type ProgressMap, type TrackerConfig } from '../tracker/tracker.ts';
import {
  asConfChangeV2,
  type ConfChange,
  type ConfChangeSingle,
  type ConfChangeV2,
  entersJoint,
  leavesJoint,
} from './conf-change.ts';

export interface Membership {
  readonly config: TrackerConfig;
  readonly progress: ProgressMap;
}

/** What new members start from: the flow control limits, and the leader's last index as the first guess. */
export interface ChangeContext {
  readonly limits: ProgressLimits;
  readonly lastIndex: number;
}

export interface Refusal {
  readonly refused: string;
}

export const NO_MEMBERS: Membership = { config: EMPTY_TRACKER_CONFIG, progress: new Map() };

/** A membership under construction. */
class Draft {
  readonly incoming: Set<number>;
  readonly outgoing: Set<number>;
  readonly learners: Set<number>;
  readonly learnersNext: Set<number>;
  readonly progress = new Map<number, Progress>();
  autoLeave: boolean;
  readonly #context: ChangeContext;

  constructor(from: Membership, context: ChangeContext) {
    checkInvariants(from);
    this.incoming = new Set(from.config.voters.incoming);
    this.outgoing = new Set(from.config.voters.outgoing);
    this.learners = new Set(from.config.learners);
    this.learnersNext = new Set(from.config.learnersNext);
    this.autoLeave = from.config.autoLeave;
    for (const [id, one] of from.progress) this.progress.set(id, one.clone());
    this.#context = context;
  }

  get isJoint(): boolean {
    return this.outgoing.size > 0;
  }

  /** Node id 0 stands for a change that was given up on the way and is skipped. */
  apply(changes: readonly ConfChangeSingle[]): Refusal | undefined {
    for (const { type, nodeId } of changes) {
      if (nodeId === 0) continue;
      if (type === 'AddNode') this.#makeVoter(nodeId);
      else if (type === 'AddLearnerNode') this.#makeLearner(nodeId);
      else if (type === 'RemoveNode') this.#remove(nodeId);
    }
    return this.incoming.size === 0 ? { refused: 'removed all voters' } : undefined;
  }

  finish(): Membership {
    const { incoming, outgoing, learners, learnersNext, autoLeave, progress } = this;
    const membership = { config: { voters: { incoming, outgoing }, learners, learnersNext, autoLeave }, progress };
    checkInvariants(membership);
    return membership;
  }

  #makeVoter(id: number): void {
    const known = this.progress.get(id);
    if (known === undefined) {
      this.#admit(id, false);
      return;
    }
    known.isLearner = false;
    this.learners.delete(id);
    this.learnersNext.delete(id);
    this.incoming.add(id);
  }

  #makeLearner(id: number): void {
    const known = this.progress.get(id);
    if (known === undefined) this.#admit(id, true);
    if (known === undefined || known.isLearner) return;
    this.#remove(id);
    this.progress.set(id, known);
    if (this.outgoing.has(id)) {
      this.learnersNext.add(id);
    } else {
      known.isLearner = true;
      this.learners.add(id);
    }
  }

  #remove(id: number): void {
    this.incoming.delete(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
    if (!this.outgoing.has(id)) this.progress.delete(id);
  }

  #admit(id: number, isLearner: boolean): void {
    const progress = Progress.create(Math.max(this.#context.lastIndex, 1), isLearner, this.#context.limits);
    // Without this a check of the quorum could come before the new member had a chance to speak.
    progress.recentActive = true;
    this.progress.set(id, progress);
    (isLearner ? this.learners : this.incoming).add(id);
  }
}

function checkInvariants({ config, progress }: Membership): void {
  const { voters, learners, learnersNext } = config;
  for (const id of voters.incoming) assert(progress.has(id), `no progress for voter ${id}`);
  for (const id of voters.outgoing) assert(progress.has(id), `no progress for outgoing voter ${id}`);
  for (const id of learnersNext) {
    assert(voters.outgoing.has(id), `${id} is in learnersNext, but not an outgoing voter`);
    assert(progress.get(id)?.isLearner === false, `${id} is in learnersNext, but is already marked as learner`);
  }
  for (const id of learners) {
    assert(!voters.outgoing.has(id) && !voters.incoming.has(id), `${id} is in learners and voters`);
    assert(progress.get(id)?.isLearner === true, `${id} is in learners, but is not marked as learner`);
  }
  assert(voters.outgoing.size > 0 || !config.autoLeave, 'autoLeave must be false when not joint');
}

export function enterJoint(
  from: Membership,
  context: ChangeContext,
  autoLeave: boolean,
  changes: readonly ConfChangeSingle[],
): Membership | Refusal {
  const draft = new Draft(from, context);
  if (draft.isJoint) return { refused: 'config is already joint' };
  if (draft.incoming.size === 0) return { refused: "can't make a zero-voter config joint" };
  for (const id of draft.incoming) draft.outgoing.add(id);
  const refusal = draft.apply(changes);
  if (refusal !== undefined) return refusal;
  draft.autoLeave = autoLeave;
  return draft.finish();
}

export function leaveJoint(from: Membership, context: ChangeContext): Membership | Refusal {
  const draft = new Draft(from, context);
  if (!draft.isJoint) return { refused: "can't leave a non-joint config" };
  for (const id of draft.learnersNext) {
    draft.learners.add(id);
    const progress = draft.progress.get(id);
    if (progress !== undefined) progress.isLearner = true;
  }
  draft.learnersNext.clear();
  for (const id of draft.outgoing) {
    if (!draft.incoming.has(id) && !draft.learners.has(id)) draft.progress.delete(id);
  }
  draft.outgoing.clear();
  draft.autoLeave = false;
  return draft.finish();
}

export function simpleChange(
  from: Membership,
  context: ChangeContext,
  changes: readonly ConfChangeSingle[],
): Membership | Refusal {
  const draft = new Draft(from, context);
  if (draft.isJoint) return { refused: "can't apply simple config change in joint config" };
  const refusal = draft.apply(changes);
  if (refusal !== undefined) return refusal;
  const before = from.config.voters.incoming;
  let differing = 0;
  for (const id of before) if (!draft.incoming.has(id)) differing += 1;
  for (const id of draft.incoming) if (!before.has(id)) differing += 1;
  if (differing > 1) return { refused: 'more than one voter changed without entering joint config' };
  return draft.finish();
}

/** What a committed conf change makes of the membership, by the protocol its transition asks for. */
export function changeMembership(
  from: Membership,
  context: ChangeContext,
  change: ConfChange | ConfChangeV2,
): Membership | Refusal {
  const v2 = asConfChangeV2(change);
  if (leavesJoint(v2)) return leaveJoint(from, context);
  const protocol = entersJoint(v2);
  if (protocol === 'simple') return simpleChange(from, context, v2.changes);
  return enterJoint(from, context, protocol === 'jointAutoLeave', v2.changes);
}

/** The membership that a snapshot's ConfState describes, every member with a fresh progress. */
export function restoreMembership(state: ConfState, context: ChangeContext): Membership {
  const of = (type: ConfChangeSingle['type'], ids: readonly number[]): ConfChangeSingle[] =>
    ids.map((nodeId) => ({ type, nodeId }));
  const incoming = [
    ...of('RemoveNode', state.votersOutgoing),
    ...of('AddNode', state.voters),
    ...of('AddLearnerNode', state.learners),
    ...of('AddLearnerNode', state.learnersNext),
  ];
  const oneByOne = state.votersOutgoing.length > 0 ? of('AddNode', state.votersOutgoing) : incoming;
  let membership = NO_MEMBERS;
  for (const change of oneByOne) membership = accepted(simpleChange(membership, context, [change]));
  return state.votersOutgoing.length === 0
    ? membership
    : accepted(enterJoint(membership, context, state.autoLeave, incoming));
}

/** For changes that are committed or restored: a refusal there is a broken invariant. */
export function accepted(outcome: Membership | Refusal): Membership {
  if ('refused' in outcome) assert(false, outcome.refused);
  return outcome;
}
