/** The calls of pdpb.PD about the cluster and its stores: bootstrap, ids, stores and their heartbeats. */

import type { StoreId } from '../../base/index.ts';
import { type Handlers, pdpb } from '../../base/rpc/index.ts';
import { PdError } from '../client/pd-client.ts';
import type { PlacementDriver } from '../server/placement-driver.ts';
import { storeHeartbeatFromProto, storeHeartbeatToProto, timestampToProto } from './convert-heartbeat.ts';
import { regionFromProto, storeFromProto, storeToProto } from './metapb.ts';
import type { Responder } from './responder.ts';

export function clusterHandlers(driver: PlacementDriver, responder: Responder): Handlers<typeof pdpb.PDDefinition> {
  return {
    isBootstrapped: responder.respond(pdpb.IsBootstrappedResponse, (_request: pdpb.IsBootstrappedRequest) => ({
      bootstrapped: driver.isBootstrapped,
    })),
    bootstrap: responder.respond(pdpb.BootstrapResponse, async ({ store, region }: pdpb.BootstrapRequest) => {
      await driver.bootstrap(
        storeFromProto(given(store, 'a bootstrap names a store')),
        regionFromProto(given(region, 'a bootstrap names a region')),
      );
      return {};
    }),
    allocID: responder.respond(pdpb.AllocIDResponse, async (request: pdpb.AllocIDRequest) => {
      const count = Math.max(1, request.count);
      const first = await driver.allocateIds(count);
      return { id: BigInt(first + count - 1), count };
    }),
    putStore: responder.respond(pdpb.PutStoreResponse, async ({ store }: pdpb.PutStoreRequest) => {
      await driver.putStore(storeFromProto(given(store, 'no store is given')));
      return {};
    }),
    getStore: responder.respond(pdpb.GetStoreResponse, ({ storeId }: pdpb.GetStoreRequest) => {
      const id = Number(storeId) as StoreId;
      const store = driver.getStore(id);
      if (store === undefined) throw new PdError('store-not-found', `store ${storeId} is not known`);
      const report = driver.storeReport(id);
      return { store: storeToProto(store), stats: report === undefined ? undefined : storeHeartbeatToProto(report) };
    }),
    getAllStores: responder.respond(pdpb.GetAllStoresResponse, (request: pdpb.GetAllStoresRequest) => ({
      stores: driver.getAllStores({ includeTombstones: !request.excludeTombstoneStores }).map(storeToProto),
    })),
    storeHeartbeat: responder.respond(pdpb.StoreHeartbeatResponse, ({ stats }: pdpb.StoreHeartbeatRequest) => {
      const heartbeat = storeHeartbeatFromProto(given(stats, 'a heartbeat has figures'));
      driver.storeHeartbeat(heartbeat);
      const store = driver.getStore(heartbeat.storeId);
      return {
        clusterVersion: driver.clusterVersion,
        ...(store === undefined ? {} : { state: storeToProto(store).nodeState }),
      };
    }),
    getClusterConfig: responder.respond(pdpb.GetClusterConfigResponse, (_request: pdpb.GetClusterConfigRequest) => ({
      cluster: { id: driver.clusterId, maxPeerCount: driver.maxReplicas },
    })),
    getMinTS: responder.respond(pdpb.GetMinTSResponse, async (_request: pdpb.GetMinTSRequest) => ({
      timestamp: timestampToProto(await driver.getTs()),
    })),
    reportMinResolvedTS: responder.respond(
      pdpb.ReportMinResolvedTsResponse,
      (_request: pdpb.ReportMinResolvedTsRequest) => ({}),
    ),
    loadGlobalConfig: ({ names }) =>
      pdpb.LoadGlobalConfigResponse.create({
        items: names.map((name) => ({
          ...pdpb.GlobalConfigItem.create({ name }),
          error: { type: pdpb.ErrorType.GLOBAL_CONFIG_NOT_FOUND, message: `no configuration ${name}` },
        })),
      }),
  };
}

export function given<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new PdError('invalid-value', message);
  return value;
}
