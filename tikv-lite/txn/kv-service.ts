/**
 * A store's transactional service as others call it, and the port through which a client reaches stores. Over the
 * network a call is one command of tikvpb.Tikv; the simulator hands the same call over with delays and losses.
 */

import type { RegionId, StoreId } from '../../base/index.ts';
import type { PeerDescriptor, RegionEpoch } from '../../pd/index.ts';
import type { RegionKv } from '../raftstore/region-kv.ts';
import type { RegionService } from './region-service.ts';

/** Which replica of which region the caller believes it talks to (kvrpcpb's Context). */
export interface RequestContext {
  readonly regionId: RegionId;
  readonly epoch: RegionEpoch;
  readonly peer: PeerDescriptor;
  /** When known: refused with 'stale-command' if the replica's term is more than one ahead. */
  readonly term?: number | undefined;
  /** A follower may answer after asking the leader for its commit index. */
  readonly replicaRead?: boolean | undefined;
  /** Any replica may answer whose safe_ts has reached the read timestamp. */
  readonly staleRead?: boolean | undefined;
}

export type RegionMethod = Exclude<keyof RegionService, 'range'>;
export type RegionArguments<M extends RegionMethod> = Parameters<RegionService[M]>;
export type RegionReply<M extends RegionMethod> = Awaited<ReturnType<RegionService[M]>>;

/** The server's side: one per store. */
export interface KvService {
  /**
   * Checks the context in TiKV's order (store, region, peer, leader, initialised, term, epoch, keys) and carries the call
   * out. Rejects with RegionError.
   */
  handle<M extends RegionMethod>(context: RequestContext, method: M, args: RegionArguments<M>): Promise<RegionReply<M>>;
  /** The replica that the context means. Throws RegionError when it is not here, or not as the caller knows it. */
  check(context: RequestContext): RegionKv;
  /** Like `check`, on a leader that regains its lease first if that ran out. Rejects with RegionError. */
  lead(context: RequestContext): Promise<RegionKv>;
}

/** The client's side: one per process, for all stores. */
export interface StoreClient {
  /** Rejects with RegionError as the store answered, or with StoreUnreachableError. */
  call<M extends RegionMethod>(
    storeId: StoreId,
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
    options?: { readonly timeoutMs?: number },
  ): Promise<RegionReply<M>>;
  /**
   * Whether a connection to the store stands. To be asked about a store that could not be reached: one without a
   * connection is tried again then. Absent where nobody knows before the next call.
   */
  isReachable?(storeId: StoreId): boolean;
  close(): Promise<void>;
}

export class StoreUnreachableError extends Error {
  override readonly name = 'StoreUnreachableError';
  readonly storeId: StoreId;
  /** False only when the request certainly never reached the store. */
  readonly mayHaveRun: boolean;
  constructor(storeId: StoreId, message: string, mayHaveRun: boolean) {
    super(message);
    this.storeId = storeId;
    this.mayHaveRun = mayHaveRun;
  }
}
