/** `StoreClient` over gRPC: a link to every store that was called. */

import type { StoreId } from '../../base/index.ts';
import type { PdClient } from '../../pd/index.ts';
import {
  type RegionArguments,
  type RegionMethod,
  type RegionReply,
  type RequestContext,
  type StoreClient,
  StoreUnreachableError,
} from '../txn/kv-service.ts';
import { CallLink, type CallLinkOptions } from './call-link.ts';
import { replyOf, requestOf } from './convert/calls.ts';
import { DEFAULT_CALL_TIMEOUT_MS } from './limits.ts';

export interface GrpcStoreClientOptions extends Omit<CallLinkOptions, 'addressOf'> {
  readonly pd: Pick<PdClient, 'getStore'>;
}

export class GrpcStoreClient implements StoreClient {
  readonly #options: CallLinkOptions;
  readonly #links = new Map<StoreId, CallLink>();
  #isClosed = false;

  constructor(options: GrpcStoreClientOptions) {
    const { pd, ...rest } = options;
    const addressOf = async (storeId: StoreId): Promise<string | undefined> => {
      const store = await pd.getStore(storeId);
      return store === undefined || store.state === 'tombstone' ? undefined : store.address;
    };
    this.#options = { ...rest, addressOf };
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
