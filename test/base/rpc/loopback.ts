/** A server and a channel to it on a port of this machine, closed with the test. */
import type { TestContext } from 'node:test';
import { realEnv } from '../../../base/index.ts';
import { GrpcChannel, GrpcServer, type RpcSecurity } from '../../../base/rpc/index.ts';

export interface LoopbackOptions {
  readonly serverSecurity?: RpcSecurity;
  readonly clientSecurity?: RpcSecurity;
}

export interface Loopback {
  readonly server: GrpcServer;
  readonly channel: GrpcChannel;
}

/** `prepare` adds the services. */
export async function openLoopback(
  context: TestContext,
  prepare: (server: GrpcServer) => void,
  options: LoopbackOptions = {},
): Promise<Loopback> {
  const server = new GrpcServer({ security: options.serverSecurity });
  prepare(server);
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const address = `localhost:${port}`;
  const channel = new GrpcChannel({ address, clock: realEnv.clock, security: options.clientSecurity });
  context.after(async () => {
    channel.close();
    await server.close();
  });
  return { server, channel };
}
