/** Calls go straight to the stores of this process. */

import type { StoreId } from '../../../base/index.ts';
import {
  type RegionArguments,
  type RegionMethod,
  type RegionReply,
  type RequestContext,
  type StoreClient,
  type StoreNode,
  StoreUnreachableError,
} from '../../../tikv-lite/index.ts';

export class DirectStores implements StoreClient {
  readonly nodes = new Map<StoreId, StoreNode>();

  async call<M extends RegionMethod>(
    storeId: StoreId,
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
  ): Promise<RegionReply<M>> {
    const node = this.nodes.get(storeId);
    if (node === undefined) throw new StoreUnreachableError(storeId, 'no such store', false);
    return node.kv.handle(context, method, args);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
