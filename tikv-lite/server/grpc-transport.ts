/** `StoreTransport` over gRPC: a link to every store that has been sent something. */

import type { StoreId } from '../../base/index.ts';
import type { OutgoingSnapshot, RegionMessage, StoreTransport } from '../raftstore/transport.ts';
import type { StoreConnections } from './store-addresses.ts';
import { StoreLink } from './store-link.ts';

export class GrpcStoreTransport implements StoreTransport {
  readonly #options: StoreConnections;
  readonly #links = new Map<StoreId, StoreLink>();
  #isClosed = false;

  constructor(options: StoreConnections) {
    this.#options = options;
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
