/**
 * A connection to one address and the clients of its services. It connects when it is first used and connects again by
 * itself; calls made while the address cannot be reached fail with 'unavailable'.
 */

import { Client, connectivityState, Metadata } from '@grpc/grpc-js';
import type { Clock } from '../env/env.ts';
import { deserializerOf, serializerOf } from './grpc-server.ts';
import { type GrpcCall, GrpcStream } from './grpc-stream.ts';
import {
  CLIENT_KEEPALIVE_TIME_MS,
  CLIENT_KEEPALIVE_TIMEOUT_MS,
  FLOW_CONTROL_WINDOW_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_RECONNECT_MS,
  MIN_RECONNECT_MS,
} from './limits.ts';
import { RpcError, rpcErrorOf } from './rpc-error.ts';
import { clientCredentials, type RpcSecurity } from './security.ts';
import {
  type CallOptions,
  type MethodDefinition,
  pathOf,
  type ServiceClient,
  type ServiceDefinition,
} from './service.ts';

export interface GrpcChannelOptions {
  /** host:port */
  readonly address: string;
  readonly clock: Clock;
  readonly security?: RpcSecurity | undefined;
}

type Message = object;

export class GrpcChannel {
  readonly address: string;
  readonly #clock: Clock;
  readonly #client: Client;

  constructor(options: GrpcChannelOptions) {
    this.address = options.address;
    this.#clock = options.clock;
    this.#client = new Client(options.address, clientCredentials(options.security), {
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': CLIENT_KEEPALIVE_TIME_MS,
      'grpc.keepalive_timeout_ms': CLIENT_KEEPALIVE_TIMEOUT_MS,
      'grpc.initial_reconnect_backoff_ms': MIN_RECONNECT_MS,
      'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_MS,
      'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.enable_channelz': 0,
    });
  }

  /** The methods of a service the other side offers. */
  client<S extends ServiceDefinition>(service: S): ServiceClient<S> {
    const methods: Record<string, unknown> = {};
    for (const [name, method] of Object.entries(service.methods)) methods[name] = this.#method(service, method);
    return methods as ServiceClient<S>;
  }

  /** Resolves when the address answers; rejects with 'unavailable' when it refuses, or has not answered in time. */
  ready(options: CallOptions): Promise<void> {
    const channel = this.#client.getChannel();
    const deadline = this.#clock.nowMs() + options.timeoutMs;
    return new Promise((resolve, reject) => {
      const refuse = (reason: string): void =>
        reject(new RpcError('unavailable', `no connection to ${this.address}: ${reason}`));
      const look = (error?: Error): void => {
        const state = channel.getConnectivityState(true);
        if (error !== undefined) refuse('no answer in time');
        else if (state === connectivityState.READY) resolve();
        else if (state === connectivityState.TRANSIENT_FAILURE) refuse('it refuses');
        else if (state === connectivityState.SHUTDOWN) refuse('closed');
        else channel.watchConnectivityState(state, deadline, look);
      };
      look();
    });
  }

  /** Ends every call with 'cancelled' or 'unavailable'. */
  close(): void {
    this.#client.close();
  }

  #method(service: ServiceDefinition, method: MethodDefinition): unknown {
    const path = pathOf(service, method);
    const serialize = serializerOf(method.requestType);
    const deserialize = deserializerOf(method.responseType);
    if (method.requestStream && method.responseStream) {
      return () => {
        const call = this.#client.makeBidiStreamRequest(path, serialize, deserialize);
        return streamOf(call as unknown as GrpcCall, { readable: call, writable: call });
      };
    }
    if (method.responseStream) {
      return (request: Message) => {
        const call = this.#client.makeServerStreamRequest(path, serialize, deserialize, request);
        return streamOf(call as unknown as GrpcCall, { readable: call });
      };
    }
    if (method.requestStream) {
      return (options?: CallOptions) => {
        const { promise, callback } = settled();
        const call = this.#client.makeClientStreamRequest(
          path,
          serialize,
          deserialize,
          new Metadata(),
          this.#deadline(options),
          callback,
        );
        const grpcCall = call as unknown as GrpcCall;
        const stream = new GrpcStream(grpcCall, { writable: call }, () => call.cancel());
        call.on('error', () => undefined);
        promise.then(
          () => stream.closed(undefined),
          (error: unknown) => stream.closed(error),
        );
        return { stream, response: promise };
      };
    }
    return (request: Message, options: CallOptions) => {
      const { promise, callback } = settled();
      this.#client.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        request,
        new Metadata(),
        this.#deadline(options),
        callback,
      );
      return promise;
    };
  }

  #deadline(options: CallOptions | undefined): { deadline?: number } {
    return options === undefined ? {} : { deadline: this.#clock.nowMs() + options.timeoutMs };
  }
}

function streamOf(call: GrpcCall, sides: ConstructorParameters<typeof GrpcStream>[1]): GrpcStream<unknown, unknown> {
  const stream = new GrpcStream<unknown, unknown>(call, sides, () => call.cancel?.());
  call.on('error', (error) => stream.closed(error));
  call.on('status', (result: { code: number }) => {
    if (result.code === 0) stream.closed(undefined);
  });
  return stream;
}

function settled(): {
  readonly promise: Promise<Message>;
  readonly callback: (error: Error | null, value?: Message) => void;
} {
  let callback!: (error: Error | null, value?: Message) => void;
  const promise = new Promise<Message>((resolve, reject) => {
    callback = (error, value) => (error === null ? resolve(value!) : reject(rpcErrorOf(error)));
  });
  return { promise, callback };
}
