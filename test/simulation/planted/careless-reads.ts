/** Reads on replicas that do not lead, answered without asking what such a read has to ask. */

import type {
  KvService,
  RegionArguments,
  RegionMethod,
  RegionReply,
  RequestContext,
  Store,
} from '../../../tikv-lite/index.ts';
import { ReplicaRegion, readTsOfCall } from '../../../tikv-lite/txn/replica-region.ts';

/**
 * 'stale': whatever the replica's safe_ts. 'follower': without the leader's commit index, from what is applied.
 */
export function carelessReads(what: 'stale' | 'follower', service: KvService, store: Store): KvService {
  const isMeant = ({ staleRead, replicaRead }: RequestContext): boolean =>
    what === 'stale' ? staleRead === true : replicaRead === true && staleRead !== true;
  return {
    check: (context) => service.check(context),
    lead: (context) => service.lead(context),
    handle: async <M extends RegionMethod>(
      context: RequestContext,
      method: M,
      args: RegionArguments<M>,
    ): Promise<RegionReply<M>> => {
      if (!isMeant(context) || readTsOfCall(method, args) === undefined) {
        return await service.handle(context, method, args);
      }
      const { isLeader } = service.check(context);
      const kv = store.region(context.regionId);
      if (isLeader || kv === undefined) return await service.handle(context, method, args);
      const pause = (): Promise<void> => store.pause(0);
      const replica = new ReplicaRegion({ kv, isHere: () => true, pause, heedsLocks: what === 'follower' });
      return (await replica.call(method, args)) as RegionReply<M>;
    },
  };
}
