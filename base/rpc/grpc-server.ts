/**
 * A gRPC server: services are added as handlers by method; unknown services and methods answer UNIMPLEMENTED, an error
 * that is no RpcError answers INTERNAL. Pings of clients are answered, however many they send.
 */

import {
  type ServiceDefinition as GrpcServiceDefinition,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  type ServerDuplexStream,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import type { Address } from '../env/env.ts';
import type { Logger } from '../log.ts';
import { isPromise } from '../value-or-promise.ts';
import { type GrpcCall, GrpcStream } from './grpc-stream.ts';
import { MAX_MESSAGE_BYTES, SERVER_KEEPALIVE_TIME_MS, SERVER_KEEPALIVE_TIMEOUT_MS } from './limits.ts';
import { encodeMessage } from './message-writer.ts';
import { RpcError, statusCodeOf } from './rpc-error.ts';
import { type RpcSecurity, serverCredentials } from './security.ts';
import {
  type AnyMessageType,
  type Handlers,
  type MessageType,
  type MethodDefinition,
  pathOf,
  type ServiceDefinition,
} from './service.ts';

type Message = object;
type Reply = sendUnaryData<Message>;
type AnyHandler = (...args: unknown[]) => unknown;

export class GrpcServer {
  readonly #security: RpcSecurity | undefined;
  readonly #logger: Logger | undefined;
  readonly #server: Server;

  constructor(options: { readonly security?: RpcSecurity | undefined; readonly logger?: Logger | undefined } = {}) {
    this.#security = options.security;
    this.#logger = options.logger;
    // Without channelz a server forgets its sessions and cannot close them.
    this.#server = new Server({
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': SERVER_KEEPALIVE_TIME_MS,
      'grpc.keepalive_timeout_ms': SERVER_KEEPALIVE_TIMEOUT_MS,
    });
  }

  /** Before `listen`. */
  add<S extends ServiceDefinition>(service: S, handlers: Handlers<S>): void {
    const definition: Record<string, GrpcServiceDefinition[string]> = {};
    const implementation: Record<string, UntypedHandleCall> = {};
    for (const [name, method] of Object.entries(service.methods)) {
      const handler = handlers[name] as AnyHandler | undefined;
      if (handler === undefined) continue;
      definition[name] = {
        path: pathOf(service, method),
        requestStream: method.requestStream,
        responseStream: method.responseStream,
        requestSerialize: serializerOf(method.requestType),
        requestDeserialize: deserializerOf(method.requestType),
        responseSerialize: serializerOf(method.responseType),
        responseDeserialize: deserializerOf(method.responseType),
      };
      implementation[name] = this.#handleWith(method, handler, pathOf(service, method));
    }
    if (Object.keys(definition).length > 0) this.#server.addService(definition, implementation);
  }

  /** Answers the address with the port that was chosen when `address` has port 0. */
  async listen(address: Address): Promise<Address> {
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(textOf(address), serverCredentials(this.#security), (error, chosen) =>
        error === null ? resolve(chosen) : reject(error),
      );
    });
    return { host: address.host, port };
  }

  /** Ends every call; the other sides see 'cancelled' or 'unavailable'. */
  close(): Promise<void> {
    this.#server.forceShutdown();
    return Promise.resolve();
  }

  #handleWith(method: MethodDefinition, handler: AnyHandler, path: string): UntypedHandleCall {
    if (!method.requestStream && !method.responseStream) return this.#unary(handler, path);
    if (!method.requestStream) return serverStreaming(handler);
    return method.responseStream ? bidirectional(handler) : clientStreaming(handler);
  }

  #unary(handler: AnyHandler, path: string): handleUnaryCall<Message, Message> {
    const fail = (error: unknown, callback: Reply) => {
      if (!(error instanceof RpcError)) this.#logger?.error({ err: error, path }, 'a call failed');
      callback(statusOf(error));
    };
    return (call, callback) => {
      try {
        const response = handler(call.request, { peer: call.getPeer() }) as Message | Promise<Message>;
        if (!isPromise(response)) callback(null, response);
        else
          response.then(
            (message) => callback(null, message),
            (error: unknown) => fail(error, callback),
          );
      } catch (error) {
        fail(error, callback);
      }
    };
  }
}

const serverStreaming =
  (handler: AnyHandler): handleServerStreamingCall<Message, Message> =>
  (call) => {
    const stream = new GrpcStream(call as unknown as GrpcCall, { writable: call }, (error) =>
      call.destroy(statusOf(error)),
    );
    closeWith(stream, call as unknown as GrpcCall);
    handler(stream, call.request);
  };

const clientStreaming =
  (handler: AnyHandler): handleClientStreamingCall<Message, Message> =>
  (call, callback) => {
    const stream = new GrpcStream(call as unknown as GrpcCall, { readable: call }, (error) =>
      callback(statusOf(error)),
    );
    closeWith(stream, call as unknown as GrpcCall);
    handler(stream, (response: Message) => callback(null, response));
  };

const bidirectional =
  (handler: AnyHandler): handleBidiStreamingCall<Message, Message> =>
  (call) => {
    const stream = new GrpcStream(call as unknown as GrpcCall, { readable: call, writable: call }, (error) =>
      failDuplex(call, error),
    );
    closeWith(stream, call as unknown as GrpcCall);
    handler(stream);
  };

function failDuplex(call: ServerDuplexStream<Message, Message>, error: RpcError): void {
  call.emit('error', statusOf(error));
}

function closeWith<In, Out>(stream: GrpcStream<In, Out>, call: GrpcCall): void {
  call.on('cancelled', () => stream.closed(new RpcError('cancelled', 'the other side went away')));
  call.on('error', (error) => stream.closed(error));
  call.on('finish', () => stream.closed(undefined));
}

function statusOf(error: unknown): Error & { code: number; details: string } {
  const details = error instanceof Error ? error.message : String(error);
  const code = error instanceof RpcError ? statusCodeOf(error) : status.INTERNAL;
  return Object.assign(new Error(details), { code, details });
}

function textOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function serializerOf(type: AnyMessageType): (message: Message) => Buffer {
  return (message) => encodeMessage(type as MessageType<Message>, message);
}

export function deserializerOf(type: AnyMessageType): (bytes: Buffer) => Message {
  const { decode } = type as MessageType<Message>;
  return (bytes) => decode.call(type, bytes);
}
