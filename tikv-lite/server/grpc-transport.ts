/** `StoreTransport` over gRPC: a link to every store that has been sent something. */

import type { StoreId } from '../../base/index.ts';
import type { PdClient } from '../../pd/index.ts';
import type { OutgoingSnapshot, RegionMessage, StoreTransport } from '../raftstore/transport.ts';
import { StoreLink, type StoreLinkOptions } from './store-link.ts';

export interface GrpcStoreTransportOptions extends Omit<StoreLinkOptions, 'addressOf'> {
  readonly pd: Pick<PdClient, 'getStore'>;
}

export class GrpcStoreTransport implements StoreTransport {
  readonly #options: StoreLinkOptions;
  readonly #links = new Map<StoreId, StoreLink>();
  #isClosed = false;

  constructor(options: GrpcStoreTransportOptions) {
    const { pd, ...rest } = options;
    const addressOf = async (storeId: StoreId): Promise<string | undefined> => {
      const store = await pd.getStore(storeId);
      return store === undefined || store.state === 'tombstone' ? undefined : store.address;
    };
    this.#options = { ...rest, addressOf };
  }

  send(messages: readonly RegionMessage[]): void {
    if (this.#isClosed) return;
    const byStore = new Map<StoreId, RegionMessage[]>();
    for (const message of messages) {
      const { storeId } = message.to;
      const batch = byStore.get(storeId);
      if (batch === undefined) byStore.set(storeId, [message]);
      else batch.push(message);
    }
    for (const [storeId, batch] of byStore) this.#link(storeId).send(batch);
  }

  sendSnapshot(snapshot: OutgoingSnapshot): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('the transport is closed'));
    return this.#link(snapshot.header.to.storeId).sendSnapshot(snapshot);
  }

  close(): void {
    this.#isClosed = true;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  #link(storeId: StoreId): StoreLink {
    let link = this.#links.get(storeId);
    if (link === undefined) {
      link = new StoreLink(storeId, this.#options);
      this.#links.set(storeId, link);
    }
    return link;
  }
}
