/**
 * PD's gRPC services over a placement driver: pdpb.PD as stores and clients of TiKV call it, the few calls of etcd's
 * protocol that clients make at the same address, and the health check.
 */

import type { Clock } from '../../base/index.ts';
import { addHealthService, type GrpcServer, pdpb } from '../../base/rpc/index.ts';
import type { PlacementDriver } from '../server/placement-driver.ts';
import { clusterHandlers } from './cluster-handlers.ts';
import { gcHandlers } from './gc-handlers.ts';
import { addEtcdServices, type PdServiceOptions as MemberOptions, memberHandlers } from './member-services.ts';
import { regionHandlers } from './region-handlers.ts';
import { Responder } from './responder.ts';
import { serveTso } from './tso-service.ts';

export interface PdServiceOptions extends MemberOptions {
  readonly clock: Clock;
}

/** Before the server listens. */
export function addPdService(server: GrpcServer, driver: PlacementDriver, options: PdServiceOptions): void {
  const responder = new Responder(driver.clusterId);
  server.add(pdpb.PDDefinition, {
    ...memberHandlers(driver, options),
    ...clusterHandlers(driver, responder),
    ...regionHandlers(driver, responder),
    ...gcHandlers(driver, responder, () => options.clock.nowMs()),
    tso: (stream) => serveTso(driver, stream, (header) => responder.checkCluster(header)),
  });
  addEtcdServices(server, driver, options);
  addHealthService(server, [pdpb.PDDefinition.fullName]);
}
