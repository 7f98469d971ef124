/** How stores talk: raft messages of many regions to the stores that hold the other replicas. */

import type { PeerId, RegionId, StoreId } from '../../base/index.ts';
import type { Message } from '../../raft/index.ts';
import type { RegionEpoch } from './region-kv.ts';

export interface RegionMessage {
  readonly regionId: RegionId;
  readonly epoch: RegionEpoch;
  readonly fromPeer: PeerId;
  readonly fromStore: StoreId;
  readonly toPeer: PeerId;
  readonly toStore: StoreId;
  readonly message: Message;
}

export interface StoreTransport {
  /** May lose, delay, repeat and reorder; never throws. One call per turn of the store with all that goes out. */
  send(messages: readonly RegionMessage[]): void;
}

/** For a store that is alone. */
export const noTransport: StoreTransport = { send: () => {} };
