/** How leaders tell other stores who leads and up to where replicas may be read: tikvpb.Tikv/CheckLeader. */

import { NO_TS, type RegionId, type StoreId } from '../../base/index.ts';
import { GrpcChannel, tikvpb } from '../../base/rpc/index.ts';
import type { LeaderCheckClient, LeaderClaim } from '../txn/leader-check.ts';
import { claimToProto } from './convert/leader-claim.ts';
import { LEADER_CHECK_TIMEOUT_MS } from './limits.ts';
import { addressOfStore, type StoreConnections } from './store-addresses.ts';

export class GrpcLeaderCheckClient implements LeaderCheckClient {
  readonly #options: StoreConnections;
  readonly #channels = new Map<StoreId, GrpcChannel>();
  #isClosed = false;

  constructor(options: StoreConnections) {
    this.#options = options;
  }

  async checkLeaders(storeId: StoreId, claims: readonly LeaderClaim[]): Promise<readonly RegionId[]> {
    const channel = this.#channels.get(storeId) ?? (await this.#open(storeId));
    try {
      const request = { regions: claims.map(claimToProto), ts: NO_TS };
      const timeoutMs = LEADER_CHECK_TIMEOUT_MS;
      const { regions } = await channel.client(tikvpb.TikvDefinition).checkLeader(request, { timeoutMs });
      return regions.map((regionId) => Number(regionId) as RegionId);
    } catch (error) {
      // The store may have moved: its address is asked for anew.
      channel.close();
      if (this.#channels.get(storeId) === channel) this.#channels.delete(storeId);
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  async #open(storeId: StoreId): Promise<GrpcChannel> {
    const { clock, security } = this.#options;
    const address = await addressOfStore(this.#options, storeId);
    if (this.#isClosed) throw new Error('the client is closed');
    const known = this.#channels.get(storeId);
    if (known !== undefined) return known;
    const channel = new GrpcChannel({ address, clock, security });
    this.#channels.set(storeId, channel);
    return channel;
  }
}
