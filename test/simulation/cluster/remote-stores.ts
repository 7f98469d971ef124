/** Clients' calls to the stores of a simulated cluster. */

import type { StoreId } from '../../../base/index.ts';
import {
  type KvService,
  type RegionArguments,
  type RegionMethod,
  type RegionReply,
  type RequestContext,
  type StoreClient,
  StoreUnreachableError,
} from '../../../tikv-lite/index.ts';
import { CallLost, type Fabric } from './fabric.ts';
import type { Host } from './host.ts';

const DEFAULT_TIMEOUT_MS = 5000;

export interface RemoteStoresOptions {
  readonly fabric: Fabric;
  readonly from: Host;
  hostOf(storeId: StoreId): Host | undefined;
  serviceOf(storeId: StoreId): KvService | undefined;
}

export class RemoteStores implements StoreClient {
  readonly #options: RemoteStoresOptions;

  constructor(options: RemoteStoresOptions) {
    this.#options = options;
  }

  async call<M extends RegionMethod>(
    storeId: StoreId,
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
    options?: { readonly timeoutMs?: number },
  ): Promise<RegionReply<M>> {
    const { fabric, from, hostOf, serviceOf } = this.#options;
    const to = hostOf(storeId);
    if (to === undefined) throw new StoreUnreachableError(storeId, `store ${storeId} is not known`, false);
    try {
      return await fabric.call(from, to, options?.timeoutMs ?? DEFAULT_TIMEOUT_MS, async () => {
        const service = serviceOf(storeId);
        if (service === undefined) throw new CallLost(`${to.name} is starting`, false);
        return await service.handle(context, method, args);
      });
    } catch (error) {
      if (error instanceof CallLost) throw new StoreUnreachableError(storeId, error.message, error.mayHaveRun);
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
