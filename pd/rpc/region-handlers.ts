/** The calls of pdpb.PD about regions: heartbeats, look-ups, splits, scattering, operators. */

import { type Key, keyFromBytes, type RegionId } from '../../base/index.ts';
import { type Handlers, type MessageStream, pdpb } from '../../base/rpc/index.ts';
import { PdError } from '../client/pd-client.ts';
import type { RegionInfo } from '../cluster/region-info.ts';
import type { OperatorState } from '../schedule/operator.ts';
import type { InstructionListener, PlacementDriver } from '../server/placement-driver.ts';
import { given } from './cluster-handlers.ts';
import { downPeersToProto, instructionToProto, regionHeartbeatFromProto } from './convert-heartbeat.ts';
import { errorToProto } from './errors.ts';
import { peerToProto, rangeFromProto, regionFromProto, regionToProto } from './metapb.ts';
import type { Responder } from './responder.ts';

type PdHandlers = Handlers<typeof pdpb.PDDefinition>;

/** A receiver of instructions that lags further behind gets no more; they are repeated. */
const MAX_UNSENT_INSTRUCTIONS = 1024;

const OPERATOR_STATUS: Readonly<Record<OperatorState, pdpb.OperatorStatus>> = {
  running: pdpb.OperatorStatus.RUNNING,
  success: pdpb.OperatorStatus.SUCCESS,
  timeout: pdpb.OperatorStatus.TIMEOUT,
  cancelled: pdpb.OperatorStatus.CANCEL,
  replaced: pdpb.OperatorStatus.REPLACE,
};

export function regionHandlers(driver: PlacementDriver, responder: Responder): PdHandlers {
  return { ...lookUpHandlers(driver, responder), ...changeHandlers(driver, responder) };
}

function lookUpHandlers(driver: PlacementDriver, responder: Responder): PdHandlers {
  return {
    getRegion: responder.respond(pdpb.GetRegionResponse, ({ regionKey }: pdpb.GetRegionRequest) =>
      found(driver.getRegion(keyFromBytes(regionKey))),
    ),
    getPrevRegion: responder.respond(pdpb.GetRegionResponse, ({ regionKey }: pdpb.GetRegionRequest) =>
      found(driver.getPrevRegion(keyFromBytes(regionKey))),
    ),
    getRegionByID: responder.respond(pdpb.GetRegionResponse, ({ regionId }: pdpb.GetRegionByIDRequest) =>
      found(driver.getRegionById(Number(regionId) as RegionId)),
    ),
    queryRegion: (stream) => serveQueries(driver, responder, stream),
    scanRegions: responder.respond(pdpb.ScanRegionsResponse, (request: pdpb.ScanRegionsRequest) => {
      const range = rangeFromProto(request.startKey, request.endKey);
      const infos = driver.scanRegions(range, request.limit);
      return {
        regionMetas: infos.map(({ region }) => regionToProto(region)),
        leaders: infos.map(({ leader }) => (leader === undefined ? NO_PEER : peerToProto(leader))),
        regions: infos.map((info) => regionWithStatistics(driver, info)),
      };
    }),
    batchScanRegions: responder.respond(pdpb.BatchScanRegionsResponse, (request: pdpb.BatchScanRegionsRequest) => ({
      regions: scanRanges(driver, request).map((info) => regionWithStatistics(driver, info)),
    })),
    getOperator: responder.respond(pdpb.GetOperatorResponse, ({ regionId }: pdpb.GetOperatorRequest) => {
      const operator = driver.getOperator(Number(regionId) as RegionId);
      if (operator === undefined) throw new PdError('region-not-found', `region ${regionId} has no operator`);
      return {
        regionId,
        desc: Buffer.from(operator.description),
        kind: Buffer.from(operator.kind),
        status: OPERATOR_STATUS[operator.state],
      };
    }),
  };
}

function changeHandlers(driver: PlacementDriver, responder: Responder): PdHandlers {
  return {
    regionHeartbeat: (stream) => serveHeartbeats(driver, responder, stream),
    askBatchSplit: responder.respond(pdpb.AskBatchSplitResponse, async (request: pdpb.AskBatchSplitRequest) => {
      const region = regionFromProto(given(request.region, 'no region is given'));
      const ids = await driver.askBatchSplit(region, request.splitCount);
      return {
        ids: ids.map(({ newRegionId, newPeerIds }) => ({
          newRegionId: BigInt(newRegionId),
          newPeerIds: newPeerIds.map(BigInt),
        })),
      };
    }),
    reportBatchSplit: responder.respond(pdpb.ReportBatchSplitResponse, ({ regions }: pdpb.ReportBatchSplitRequest) => {
      driver.reportBatchSplit(regions.map(regionFromProto));
      return {};
    }),
    scatterRegion: responder.respond(pdpb.ScatterRegionResponse, async (request: pdpb.ScatterRegionRequest) => {
      const ids = request.regionsId.length > 0 ? request.regionsId : [request.regionId];
      const regionIds = ids.map((id) => Number(id) as RegionId);
      const [only] = regionIds;
      if (regionIds.length === 1 && only !== undefined && driver.getRegionById(only) === undefined) {
        throw new PdError('region-not-found', `region ${only} is not known`);
      }
      const unfit = await driver.scatterRegions(regionIds);
      return {
        finishedPercentage: BigInt(Math.round((100 * (ids.length - unfit.length)) / Math.max(1, ids.length))),
        failedRegionsId: unfit.map(BigInt),
      };
    }),
    splitRegions: responder.respond(pdpb.SplitRegionsResponse, async ({ splitKeys }: pdpb.SplitRegionsRequest) => {
      const { regionIds, isComplete } = await driver.splitRegions(splitKeys.map(keyFromBytes));
      return {
        regionsId: regionIds.map(BigInt),
        finishedPercentage: isComplete ? 100n : BigInt(Math.floor((99 * regionIds.length) / splitKeys.length)),
      };
    }),
  };
}

function serveHeartbeats(
  driver: PlacementDriver,
  responder: Responder,
  stream: MessageStream<pdpb.RegionHeartbeatRequest, pdpb.RegionHeartbeatResponse>,
): void {
  const listener: InstructionListener = (instruction) => {
    if (stream.unsentMessages < MAX_UNSENT_INSTRUCTIONS) stream.send(instructionToProto(responder.header, instruction));
  };
  stream.onMessage((request) => {
    if (request.header?.clusterId !== responder.clusterId) return;
    const heartbeat = regionHeartbeatFromProto(request);
    if (heartbeat !== undefined) driver.regionHeartbeat(heartbeat, listener);
  });
  stream.onEnd(() => stream.end());
  stream.onClose(() => driver.dropListener(listener));
}

function serveQueries(
  driver: PlacementDriver,
  responder: Responder,
  stream: MessageStream<pdpb.QueryRegionRequest, pdpb.QueryRegionResponse>,
): void {
  stream.onMessage((request) => {
    try {
      responder.checkCluster(request.header);
      stream.send({ ...query(driver, request), header: responder.header });
    } catch (error) {
      if (!(error instanceof PdError)) throw error;
      const header = { ...responder.header, error: errorToProto(error) };
      stream.send(pdpb.QueryRegionResponse.create({ header }));
    }
  });
  stream.onEnd(() => stream.end());
}

/** The ids of the regions in the order of the keys (0 where there is none), and the regions once each. */
function query(driver: PlacementDriver, request: pdpb.QueryRegionRequest): pdpb.QueryRegionResponse {
  const regionsById = new Map<bigint, pdpb.RegionResponse>();
  const note = (info: RegionInfo | undefined): bigint => {
    if (info === undefined) return 0n;
    const id = BigInt(info.region.regionId);
    if (!regionsById.has(id)) regionsById.set(id, regionInfoToProto(info));
    return id;
  };
  const keyIdMap = request.keys.map((key) => note(driver.getRegion(keyFromBytes(key))));
  const prevKeyIdMap = request.prevKeys.map((key) => note(driver.getPrevRegion(keyFromBytes(key))));
  for (const id of request.ids) note(driver.getRegionById(Number(id) as RegionId));
  return pdpb.QueryRegionResponse.create({ keyIdMap, prevKeyIdMap, regionsById });
}

function scanRanges(driver: PlacementDriver, request: pdpb.BatchScanRegionsRequest): RegionInfo[] {
  const infos: RegionInfo[] = [];
  for (const { startKey, endKey } of request.ranges) {
    const range = rangeFromProto(startKey, endKey);
    const left = request.limit > 0 ? request.limit - infos.length : 0;
    if (request.limit > 0 && left <= 0) break;
    const found = driver.scanRegions(range, left);
    if (request.containAllKeyRange && !covers(found, range.start, range.end, left)) {
      throw new PdError('regions-have-gaps', 'the regions do not cover the whole range at the moment');
    }
    infos.push(...found.filter(({ region }) => infos.at(-1)?.region.regionId !== region.regionId));
  }
  return infos;
}

/** Without gaps from `start` to `end`, or as far as the limit let it go. */
function covers(infos: readonly RegionInfo[], start: Key, end: Key | undefined, limit: number): boolean {
  let reached: Key | undefined = start;
  for (const { region } of infos) {
    if (reached === undefined || region.range.start > reached) return false;
    reached = region.range.end;
  }
  const isCut = limit > 0 && infos.length === limit;
  return isCut || reached === undefined || (end !== undefined && reached >= end);
}

const NO_PEER = { id: 0n, storeId: 0n, role: 0 as const, isWitness: false };

function found(info: RegionInfo | undefined): Partial<pdpb.GetRegionResponse> {
  return info === undefined ? {} : regionInfoToProto(info);
}

function regionWithStatistics(driver: PlacementDriver, info: RegionInfo): pdpb.Region {
  return {
    ...regionInfoToProto(info),
    approximateSize: BigInt(info.approximateBytes),
    approximateKeys: BigInt(info.approximateKeys),
    bytesWritten: BigInt(info.bytesWritten),
    bytesRead: BigInt(info.bytesRead),
    isScheduling: driver.isScheduling(info.region.regionId),
  };
}

function regionInfoToProto({ region, leader, downPeers, pendingPeers }: RegionInfo): pdpb.RegionResponse {
  return {
    region: regionToProto(region),
    leader: leader === undefined ? undefined : peerToProto(leader),
    downPeers: downPeersToProto(downPeers),
    pendingPeers: pendingPeers.map(peerToProto),
  };
}
