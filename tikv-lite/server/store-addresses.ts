/** Where stores can be reached, as the placement driver knows. */

import type { Clock, Logger, StoreId, Timers } from '../../base/index.ts';
import type { RpcSecurity } from '../../base/rpc/index.ts';
import type { PdClient } from '../../pd/index.ts';

/** What everything that talks to other stores needs. */
export interface StoreConnections {
  readonly pd: Pick<PdClient, 'getStore'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly security?: RpcSecurity | undefined;
  readonly logger?: Logger | undefined;
}

/** host:port of a store. Rejects when it is gone for good, not known, or the placement driver does not answer. */
export async function addressOfStore({ pd }: Pick<StoreConnections, 'pd'>, storeId: StoreId): Promise<string> {
  const store = await pd.getStore(storeId);
  if (store === undefined || store.state === 'tombstone') throw new Error(`store ${storeId} has no address`);
  return store.address;
}
