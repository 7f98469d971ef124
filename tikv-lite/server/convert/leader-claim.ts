/** What leaders say of themselves as kvrpcpb.LeaderInfo, both ways. */

import type { PeerId, RegionId, Ts } from '../../../base/index.ts';
import type { kvrpcpb } from '../../../base/rpc/index.ts';
import { epochFromProto, epochToProto } from '../../../pd/server/index.ts';
import type { LeaderClaim } from '../../txn/leader-check.ts';

export function claimToProto({ regionId, leader, term, epoch, readState }: LeaderClaim): kvrpcpb.LeaderInfo {
  return {
    regionId: BigInt(regionId),
    peerId: BigInt(leader),
    term: BigInt(term),
    regionEpoch: epochToProto(epoch),
    readState: readState && { appliedIndex: BigInt(readState.appliedIndex), safeTs: readState.safeTs },
  };
}

export function claimFromProto({ regionId, peerId, term, regionEpoch, readState }: kvrpcpb.LeaderInfo): LeaderClaim {
  return {
    regionId: Number(regionId) as RegionId,
    leader: Number(peerId) as PeerId,
    term: Number(term),
    epoch: epochFromProto(regionEpoch),
    readState: readState && { appliedIndex: Number(readState.appliedIndex), safeTs: readState.safeTs as Ts },
  };
}
