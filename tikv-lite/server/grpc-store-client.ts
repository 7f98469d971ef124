/** `StoreClient` over gRPC: a link to every store that was called. */

import type { StoreId } from '../../base/index.ts';
import {
  type RegionArguments,
  type RegionMethod,
  type RegionReply,
  type RequestContext,
  type StoreClient,
  StoreUnreachableError,
} from '../txn/kv-service.ts';
import { CallLink } from './call-link.ts';
import { replyOf, requestOf } from './convert/calls.ts';
import { DEFAULT_CALL_TIMEOUT_MS } from './limits.ts';
import type { StoreConnections } from './store-addresses.ts';

export class GrpcStoreClient implements StoreClient {
  readonly #options: StoreConnections;
  readonly #links = new Map<StoreId, CallLink>();
  #isClosed = false;

  constructor(options: StoreConnections) {
    this.#options = options;
  }

  call<M extends RegionMethod>(
    storeId: StoreId,
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
    options?: { readonly timeoutMs?: number },
  ): Promise<RegionReply<M>> {
    if (this.#isClosed) return Promise.reject(new StoreUnreachableError(storeId, 'the client is closed', false));
    return new Promise((resolve, reject) => {
      const request = requestOf(method, context, args);
      this.#link(storeId).send(request, options?.timeoutMs ?? DEFAULT_CALL_TIMEOUT_MS, {
        answered(response) {
          try {
            resolve(replyOf(method, response, args, context.regionId));
          } catch (error) {
            reject(error);
          }
        },
        failed: reject,
      });
    });
  }

  isReachable(storeId: StoreId): boolean {
    return this.#links.get(storeId)?.isReachable() === true;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    return Promise.resolve();
  }

  #link(storeId: StoreId): CallLink {
    let link = this.#links.get(storeId);
    if (link === undefined) {
      link = new CallLink(storeId, this.#options);
      this.#links.set(storeId, link);
    }
    return link;
  }
}
