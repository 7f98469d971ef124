/** The standard health check: SERVING from the first call on, for the server as a whole and each service it names. */

import { type HealthCheckResponse, HealthCheckResponse_ServingStatus, HealthDefinition } from './generated/health.ts';
import type { GrpcServer } from './grpc-server.ts';
import { RpcError } from './rpc-error.ts';

const SERVING: HealthCheckResponse = { status: HealthCheckResponse_ServingStatus.SERVING };

/** `services` by full name; '' is the server. */
export function addHealthService(server: GrpcServer, services: readonly string[]): void {
  const known = new Set(['', ...services]);
  server.add(HealthDefinition, {
    check({ service }) {
      if (!known.has(service)) throw new RpcError('not-found', `no service ${service}`);
      return SERVING;
    },
    watch(stream, { service }) {
      const status = HealthCheckResponse_ServingStatus.SERVICE_UNKNOWN;
      stream.send(known.has(service) ? SERVING : { status });
    },
  });
}
