/** The calls of pdpb.PD about safe points: today's (GC state and barriers) and those of older clients. */

import { MAX_TS, type Ts } from '../../base/index.ts';
import { type Handlers, pdpb } from '../../base/rpc/index.ts';
import type { FullGcState, GcBarrier } from '../gc.ts';
import type { PlacementDriver } from '../server/placement-driver.ts';
import type { Responder } from './responder.ts';

const MS_PER_SECOND = 1000;
/** A time to live from here on means for good. */
const FOREVER_SECONDS = 1n << 40n;
/** The service that stands for the transaction safe point itself. */
const GC_WORKER = 'gc_worker';

export function gcHandlers(
  driver: PlacementDriver,
  responder: Responder,
  nowMs: () => number,
): Handlers<typeof pdpb.PDDefinition> {
  return { ...stateHandlers(driver, responder, nowMs), ...olderHandlers(driver, responder, nowMs) };
}

function stateHandlers(
  driver: PlacementDriver,
  responder: Responder,
  nowMs: () => number,
): Handlers<typeof pdpb.PDDefinition> {
  return {
    getGCState: responder.respond(pdpb.GetGCStateResponse, (request: pdpb.GetGCStateRequest) => ({
      gcState: stateToProto(driver.gcState, request.excludeGcBarriers, nowMs()),
    })),
    advanceTxnSafePoint: responder.respond(
      pdpb.AdvanceTxnSafePointResponse,
      async ({ target }: pdpb.AdvanceTxnSafePointRequest) => {
        const old = driver.gcState.txnSafePoint;
        const { txnSafePoint, barriers } = await driver.advanceTxnSafePoint(target as Ts);
        const blocker = txnSafePoint < target ? barriers.find(({ ts }) => ts === txnSafePoint) : undefined;
        return {
          oldTxnSafePoint: old,
          newTxnSafePoint: txnSafePoint,
          blockerDescription: blocker === undefined ? '' : `GC barrier ${blocker.barrierId}`,
        };
      },
    ),
    advanceGCSafePoint: responder.respond(
      pdpb.AdvanceGCSafePointResponse,
      async ({ target }: pdpb.AdvanceGCSafePointRequest) => {
        const old = driver.gcState.gcSafePoint;
        const { gcSafePoint } = await driver.advanceGcSafePoint(target as Ts);
        return { oldGcSafePoint: old, newGcSafePoint: gcSafePoint };
      },
    ),
    setGCBarrier: responder.respond(pdpb.SetGCBarrierResponse, async (request: pdpb.SetGCBarrierRequest) => {
      const barrier = barrierOf(request.barrierId, request.barrierTs, request.ttlSeconds, nowMs());
      await driver.setGcBarrier(barrier);
      return { newBarrierInfo: barrierToProto(barrier, nowMs()) };
    }),
    deleteGCBarrier: responder.respond(
      pdpb.DeleteGCBarrierResponse,
      async ({ barrierId }: pdpb.DeleteGCBarrierRequest) => {
        const barrier = driver.gcState.barriers.find((one) => one.barrierId === barrierId);
        await driver.deleteGcBarrier(barrierId);
        return barrier === undefined ? {} : { deletedBarrierInfo: barrierToProto(barrier, nowMs()) };
      },
    ),
  };
}

function olderHandlers(
  driver: PlacementDriver,
  responder: Responder,
  nowMs: () => number,
): Handlers<typeof pdpb.PDDefinition> {
  return {
    getGCSafePoint: responder.respond(pdpb.GetGCSafePointResponse, (_request: pdpb.GetGCSafePointRequest) => ({
      safePoint: driver.gcState.gcSafePoint,
    })),
    updateGCSafePoint: responder.respond(
      pdpb.UpdateGCSafePointResponse,
      async ({ safePoint }: pdpb.UpdateGCSafePointRequest) => {
        await driver.advanceTxnSafePoint(safePoint as Ts);
        return { newSafePoint: (await driver.advanceGcSafePoint(safePoint as Ts)).gcSafePoint };
      },
    ),
    updateServiceGCSafePoint: responder.respond(
      pdpb.UpdateServiceGCSafePointResponse,
      async (request: pdpb.UpdateServiceGCSafePointRequest) => {
        const serviceId = Buffer.from(request.serviceId).toString();
        const ts = request.safePoint as Ts;
        if (serviceId === GC_WORKER) await driver.advanceTxnSafePoint(ts);
        else if (request.TTL <= 0n) await driver.deleteGcBarrier(serviceId);
        // A service that comes too late learns it from the minimum, not from an error.
        else if (ts >= driver.gcState.txnSafePoint) {
          await driver.setGcBarrier(barrierOf(serviceId, ts, request.TTL, nowMs()));
        }
        return leastService(driver.gcState, nowMs());
      },
    ),
  };
}

function leastService(
  { txnSafePoint, barriers }: FullGcState,
  nowMs: number,
): Partial<pdpb.UpdateServiceGCSafePointResponse> {
  const worker: GcBarrier = { barrierId: GC_WORKER, ts: txnSafePoint, expiresAtMs: undefined };
  const least = barriers.reduce((best, barrier) => (barrier.ts < best.ts ? barrier : best), worker);
  const { ttlSeconds } = barrierToProto(least, nowMs);
  return { serviceId: Buffer.from(least.barrierId), TTL: ttlSeconds, minSafePoint: least.ts };
}

function barrierOf(barrierId: string, ts: bigint, ttlSeconds: bigint, nowMs: number): GcBarrier {
  const expiresAtMs = ttlSeconds >= FOREVER_SECONDS ? undefined : nowMs + Number(ttlSeconds) * MS_PER_SECOND;
  return { barrierId, ts: ts as Ts, expiresAtMs };
}

function barrierToProto({ barrierId, ts, expiresAtMs }: GcBarrier, nowMs: number): pdpb.GCBarrierInfo {
  const left = expiresAtMs === undefined ? MAX_TS >> 1n : BigInt(Math.max(0, Math.ceil((expiresAtMs - nowMs) / 1000)));
  return { barrierId, barrierTs: ts, ttlSeconds: left };
}

function stateToProto(state: FullGcState, excludesBarriers: boolean, nowMs: number): pdpb.GCState {
  return {
    keyspaceScope: undefined,
    isKeyspaceLevelGc: false,
    txnSafePoint: state.txnSafePoint,
    gcSafePoint: state.gcSafePoint,
    gcBarriers: excludesBarriers ? [] : state.barriers.map((barrier) => barrierToProto(barrier, nowMs)),
  };
}
