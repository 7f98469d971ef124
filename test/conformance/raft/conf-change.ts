/** The confchange/ cases: transitions of one configuration, which lives as long as the file. */
import {
  type ConfChangeSingle,
  describeProgressMap,
  describeTrackerConfig,
  enterJoint,
  leaveJoint,
  type Membership,
  NO_MEMBERS,
  parseConfChanges,
  type Refusal,
  simpleChange,
} from '../../../raft/index.ts';
import { type Case, valuesOf } from './script.ts';

const LIMITS = { maxInflightMsgs: 10, maxInflightBytes: Number.POSITIVE_INFINITY };

/** A function that runs one case after the other; each counts as one log entry for the `next` of new members. */
export function confChangeRunner(): (one: Case) => string {
  let membership: Membership = NO_MEMBERS;
  let lastIndex = 0;

  const change = ({ command, args }: Case, changes: readonly ConfChangeSingle[]): Membership | Refusal => {
    const context = { limits: LIMITS, lastIndex };
    if (command === 'simple') return simpleChange(membership, context, changes);
    if (command === 'enter-joint') {
      return enterJoint(membership, context, valuesOf(args, 'autoleave')[0] === 'true', changes);
    }
    if (command !== 'leave-joint') return { refused: 'unknown command' };
    return changes.length > 0 ? { refused: 'this command takes no input' } : leaveJoint(membership, context);
  };

  return (one) => {
    const changes = parseConfChanges(one.input);
    const outcome = 'unknown' in changes ? { refused: `unknown input: ${changes.unknown}` } : change(one, changes);
    lastIndex += 1;
    if ('refused' in outcome) return `${outcome.refused}\n`;
    membership = outcome;
    return `${describeTrackerConfig(membership.config)}\n${describeProgressMap(membership.progress)}`;
  };
}
