/** Clients' calls to the stores of a simulated cluster. */

import type { StoreId } from '../../../base/index.ts';
import {
  type KvService,
  type RegionArguments,
  RegionError,
  type RegionMethod,
  type RegionReply,
  type RequestContext,
  type StoreClient,
  StoreUnreachableError,
} from '../../../tikv-lite/index.ts';
import { CallLost, type Fabric } from './fabric.ts';
import type { Host } from './host.ts';
import type { ClusterMarks } from './marks.ts';

const DEFAULT_TIMEOUT_MS = 5000;

export interface RemoteStoresOptions {
  readonly fabric: Fabric;
  readonly from: Host;
  hostOf(storeId: StoreId): Host | undefined;
  serviceOf(storeId: StoreId): KvService | undefined;
  readonly marks: ClusterMarks;
  /** Hears of every call and of its end. */
  traced(text: string): void;
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
    const { fabric, from, hostOf, serviceOf, marks, traced } = this.#options;
    const to = hostOf(storeId);
    if (to === undefined) throw new StoreUnreachableError(storeId, `store ${storeId} is not known`, false);
    const { regionId, epoch } = context;
    const name = `${from.name} ${method} of region ${regionId}:${epoch.version} on ${to.name}`;
    traced(name);
    marks.called(method, args);
    try {
      const reply = await fabric.call(from, to, options?.timeoutMs ?? DEFAULT_TIMEOUT_MS, async () => {
        const service = serviceOf(storeId);
        if (service === undefined) throw new CallLost(`${to.name} is starting`, false);
        return await service.handle(context, method, args);
      });
      marks.answered(context);
      traced(`${name}: ${isReplyKind(reply) ? reply.kind : 'ok'}`);
      return reply;
    } catch (error) {
      if (error instanceof RegionError) marks.refused(error.kind);
      traced(`${name}: ${error instanceof RegionError ? error.kind : String(error)}`);
      if (error instanceof CallLost) throw new StoreUnreachableError(storeId, error.message, error.mayHaveRun);
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function isReplyKind(reply: unknown): reply is { readonly kind: string } {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && typeof reply.kind === 'string';
}
