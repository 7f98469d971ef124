/** Leaves joint states that nobody finishes, e.g. because the operator that entered one was given up. */

import { isJoint, type RegionInfo } from '../../cluster/region-info.ts';
import type { OperatorPlan } from '../operator.ts';

export function checkJointState({ region }: RegionInfo): OperatorPlan | undefined {
  if (!isJoint(region)) return undefined;
  const transient = region.peers.filter(({ role }) => role === 'incoming-voter' || role === 'demoting-voter').length;
  return {
    regionId: region.regionId,
    kind: 'replica',
    description: 'leave-joint-state',
    steps: [{ kind: 'leave-joint', transient }],
  };
}
