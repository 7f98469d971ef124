/** The placement driver behind gRPC: timestamps and heartbeats over streams, everything else as plain calls. */

import {
  type Clock,
  type Key,
  type KeyRange,
  keyToBytes,
  type Logger,
  type PeerId,
  pause,
  type RegionId,
  type StoreId,
  type Timers,
  type Ts,
} from '../../base/index.ts';
import { GrpcChannel, pdpb, type RpcSecurity, type ServiceClient } from '../../base/rpc/index.ts';
import {
  type GcState,
  type PdClient,
  PdError,
  type RegionHeartbeat,
  type RegionInstruction,
  type RegionStatistics,
  type RegionWithLeader,
  type SplitIds,
  type StoreHeartbeat,
} from '../client/pd-client.ts';
import type { Region, StoreDescriptor } from '../meta.ts';
import { downPeersFromProto, storeHeartbeatFromProto, storeHeartbeatToProto } from './convert-heartbeat.ts';
import { checkHeader, pdErrorOf } from './errors.ts';
import { HeartbeatStream } from './heartbeat-stream.ts';
import { endToProto, peerFromProto, regionFromProto, regionToProto, storeFromProto, storeToProto } from './metapb.ts';
import { TsoStream } from './tso-stream.ts';

export interface GrpcPdClientOptions {
  /** host:port of every placement driver of the cluster; the first that answers is used. */
  readonly endpoints: readonly string[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly security?: RpcSecurity | undefined;
  readonly logger?: Logger | undefined;
}

type PdService = ServiceClient<typeof pdpb.PDDefinition>;

const CALL_TIMEOUT_MS = 3000;
const SPLIT_TIMEOUT_MS = 30_000;
const RETRY_MS = 500;

interface Headed {
  readonly header?: pdpb.ResponseHeader | undefined;
}

export class GrpcPdClient implements PdClient {
  readonly clusterId: bigint;
  readonly #channel: GrpcChannel;
  readonly #service: PdService;
  readonly #header: pdpb.RequestHeader;
  readonly #tso: TsoStream;
  readonly #heartbeats: HeartbeatStream;

  private constructor(options: GrpcPdClientOptions, channel: GrpcChannel, clusterId: bigint) {
    const { timers } = options;
    this.clusterId = clusterId;
    this.#channel = channel;
    this.#service = channel.client(pdpb.PDDefinition);
    this.#header = pdpb.RequestHeader.create({ clusterId });
    this.#tso = new TsoStream({ open: () => this.#service.tso(), timers, header: this.#header });
    this.#heartbeats = new HeartbeatStream({
      open: () => this.#service.regionHeartbeat(),
      isThere: () =>
        this.isBootstrapped().then(
          () => true,
          () => false,
        ),
      timers,
      header: this.#header,
    });
  }

  /** Asks every endpoint until one answers, for as long as it takes. Rejects for a server that is no placement driver. */
  static async connect(options: GrpcPdClientOptions): Promise<GrpcPdClient> {
    const { endpoints, clock, timers, security, logger } = options;
    if (endpoints.length === 0) throw new PdError('invalid-value', 'no address of a placement driver is given');
    for (;;) {
      for (const address of endpoints) {
        const channel = new GrpcChannel({ address, clock, security });
        try {
          return new GrpcPdClient(options, channel, await clusterIdAt(channel));
        } catch (error) {
          channel.close();
          if (!(error instanceof PdError) || error.kind !== 'unavailable') throw error;
          logger?.warn({ address, err: error }, 'the placement driver cannot be reached; trying again');
        }
      }
      await pause(timers, RETRY_MS);
    }
  }

  getTs(): Promise<Ts> {
    return this.#tso.getTs();
  }

  async isBootstrapped(): Promise<boolean> {
    return (await this.#ask(this.#service.isBootstrapped({ header: this.#header }, CALL))).bootstrapped;
  }

  async bootstrap(store: StoreDescriptor, region: Region): Promise<void> {
    const request = { header: this.#header, store: storeToProto(store), region: regionToProto(region) };
    await this.#ask(this.#service.bootstrap(request, CALL));
  }

  async allocateIds(count: number): Promise<number> {
    const { id } = await this.#ask(this.#service.allocID({ header: this.#header, count }, CALL));
    return Number(id) - count + 1;
  }

  async putStore(store: StoreDescriptor): Promise<void> {
    await this.#ask(this.#service.putStore({ header: this.#header, store: storeToProto(store) }, CALL));
  }

  async getStore(storeId: StoreId): Promise<StoreDescriptor | undefined> {
    try {
      const request = { header: this.#header, storeId: BigInt(storeId) };
      const { store } = await this.#ask(this.#service.getStore(request, CALL));
      return store === undefined ? undefined : storeFromProto(store);
    } catch (error) {
      // pdpb has no error of its own for a store that is not known.
      if (error instanceof PdError && error.kind === 'store-not-found') return undefined;
      throw error;
    }
  }

  async getAllStores(options?: { readonly includeTombstones: boolean }): Promise<readonly StoreDescriptor[]> {
    const request = { header: this.#header, excludeTombstoneStores: options?.includeTombstones !== true };
    return (await this.#ask(this.#service.getAllStores(request, CALL))).stores.map(storeFromProto);
  }

  async storeHeartbeat(heartbeat: StoreHeartbeat): Promise<void> {
    const stats = storeHeartbeatToProto(heartbeat);
    await this.#ask(
      this.#service.storeHeartbeat(pdpb.StoreHeartbeatRequest.create({ header: this.#header, stats }), CALL),
    );
  }

  /** Without the count of leaders, for which pdpb has no place. */
  async getStoreReport(storeId: StoreId): Promise<StoreHeartbeat | undefined> {
    const request = { header: this.#header, storeId: BigInt(storeId) };
    const { stats } = await this.#ask(this.#service.getStore(request, CALL));
    return stats === undefined ? undefined : storeHeartbeatFromProto(stats);
  }

  regionHeartbeat(heartbeat: RegionHeartbeat): void {
    this.#heartbeats.send(heartbeat);
  }

  onInstruction(listener: (instruction: RegionInstruction) => void): void {
    this.#heartbeats.onInstruction(listener);
  }

  onReconnect(listener: () => void): void {
    this.#heartbeats.onReconnect(listener);
  }

  async askBatchSplit(region: Region, count: number): Promise<readonly SplitIds[]> {
    const request = { header: this.#header, region: regionToProto(region), splitCount: count };
    const { ids } = await this.#ask(this.#service.askBatchSplit(pdpb.AskBatchSplitRequest.create(request), CALL));
    return ids.map(({ newRegionId, newPeerIds }) => ({
      newRegionId: Number(newRegionId) as RegionId,
      newPeerIds: newPeerIds.map((id) => Number(id) as PeerId),
    }));
  }

  async reportBatchSplit(regions: readonly Region[]): Promise<void> {
    const request = { header: this.#header, regions: regions.map(regionToProto) };
    await this.#ask(this.#service.reportBatchSplit(request, CALL));
  }

  async getRegion(regionKey: Key): Promise<RegionWithLeader | undefined> {
    const request = { header: this.#header, regionKey: keyToBytes(regionKey), needBuckets: false };
    return withLeader(await this.#ask(this.#service.getRegion(request, CALL)));
  }

  async getPrevRegion(regionKey: Key): Promise<RegionWithLeader | undefined> {
    const request = { header: this.#header, regionKey: keyToBytes(regionKey), needBuckets: false };
    return withLeader(await this.#ask(this.#service.getPrevRegion(request, CALL)));
  }

  async getRegionById(regionId: RegionId): Promise<RegionWithLeader | undefined> {
    const request = { header: this.#header, regionId: BigInt(regionId), needBuckets: false };
    return withLeader(await this.#ask(this.#service.getRegionByID(request, CALL)));
  }

  async scanRegions(range: KeyRange, limit: number): Promise<readonly RegionWithLeader[]> {
    const { start, end } = range;
    const request = { header: this.#header, startKey: keyToBytes(start), endKey: endToProto(end), limit };
    const { regions } = await this.#ask(
      this.#service.scanRegions({ ...request, endKey: Buffer.from(request.endKey) }, CALL),
    );
    return regions.flatMap((one) => {
      const known = withLeader(one);
      return known === undefined ? [] : [{ ...known, statistics: statisticsFromProto(one) }];
    });
  }

  async splitRegions(keys: readonly Key[]): ReturnType<PdClient['splitRegions']> {
    const request = pdpb.SplitRegionsRequest.create({ header: this.#header, splitKeys: keys.map(keyToBytes) });
    const response = await this.#ask(this.#service.splitRegions(request, { timeoutMs: SPLIT_TIMEOUT_MS }));
    return {
      regionIds: response.regionsId.map((id) => Number(id) as RegionId),
      isComplete: response.finishedPercentage >= 100n,
    };
  }

  async scatterRegions(regionIds: readonly RegionId[]): Promise<void> {
    const request = pdpb.ScatterRegionRequest.create({ header: this.#header, regionsId: regionIds.map(BigInt) });
    await this.#ask(this.#service.scatterRegion(request, CALL));
  }

  async getGcState(): Promise<GcState> {
    const request = pdpb.GetGCStateRequest.create({ header: this.#header, excludeGcBarriers: true });
    const { gcState } = await this.#ask(this.#service.getGCState(request, CALL));
    return { gcSafePoint: (gcState?.gcSafePoint ?? 0n) as Ts, txnSafePoint: (gcState?.txnSafePoint ?? 0n) as Ts };
  }

  async advanceTxnSafePoint(target: Ts): Promise<Ts> {
    const request = pdpb.AdvanceTxnSafePointRequest.create({ header: this.#header, target });
    return (await this.#ask(this.#service.advanceTxnSafePoint(request, CALL))).newTxnSafePoint as Ts;
  }

  async advanceGcSafePoint(target: Ts): Promise<Ts> {
    const request = pdpb.AdvanceGCSafePointRequest.create({ header: this.#header, target });
    return (await this.#ask(this.#service.advanceGCSafePoint(request, CALL))).newGcSafePoint as Ts;
  }

  close(): Promise<void> {
    this.#tso.close();
    this.#heartbeats.close();
    this.#channel.close();
    return Promise.resolve();
  }

  async #ask<Response extends Headed>(call: Promise<Response>): Promise<Response> {
    const response = await answered(call);
    checkHeader(response.header);
    return response;
  }
}

const CALL = { timeoutMs: CALL_TIMEOUT_MS };

async function clusterIdAt(channel: GrpcChannel): Promise<bigint> {
  const request = pdpb.GetMembersRequest.create();
  const { header } = await answered(channel.client(pdpb.PDDefinition).getMembers(request, CALL));
  checkHeader(header);
  if (header === undefined || header.clusterId === 0n) {
    throw new PdError('unavailable', `${channel.address} does not know its cluster yet`);
  }
  return header.clusterId;
}

async function answered<Response>(call: Promise<Response>): Promise<Response> {
  try {
    return await call;
  } catch (error) {
    throw pdErrorOf(error);
  }
}

function statisticsFromProto(region: pdpb.Region): RegionStatistics {
  return {
    approximateBytes: Number(region.approximateSize),
    approximateKeys: Number(region.approximateKeys),
    bytesWritten: Number(region.bytesWritten),
    bytesRead: Number(region.bytesRead),
    downPeers: downPeersFromProto(region.downPeers),
    pendingPeers: region.pendingPeers.map(peerFromProto),
    isScheduling: region.isScheduling,
  };
}

function withLeader({ region, leader }: pdpb.RegionResponse | pdpb.GetRegionResponse): RegionWithLeader | undefined {
  if (region === undefined) return undefined;
  const isLed = leader !== undefined && leader.id !== 0n;
  return { region: regionFromProto(region), leader: isLed ? peerFromProto(leader) : undefined };
}
