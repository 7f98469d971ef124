/**
 * What a service is: the shape of the definitions that are generated beside the messages, and what servers and clients
 * derive from it. A method whose two message types do not fit a caller's needs (hot paths with a codec of their own) may
 * be replaced in a copy of the definition.
 */

import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { ValueOrPromise } from '../value-or-promise.ts';
import type { RpcError } from './rpc-error.ts';

export interface MessageType<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  /** What it answers may point into `bytes`. */
  decode(bytes: Uint8Array): T;
}

/** A message type of which nothing is known. */
export interface AnyMessageType {
  encode(message: never, writer?: BinaryWriter): BinaryWriter;
  decode(bytes: Uint8Array): unknown;
}

export interface MethodDefinition {
  /** As it stands in the path of a call. */
  readonly name: string;
  readonly requestType: AnyMessageType;
  readonly requestStream: boolean;
  readonly responseType: AnyMessageType;
  readonly responseStream: boolean;
}

export interface ServiceDefinition {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

type MessageOf<Type> = Type extends { decode(bytes: Uint8Array): infer T } ? T : never;
export type RequestOf<M extends MethodDefinition> = MessageOf<M['requestType']>;
export type ResponseOf<M extends MethodDefinition> = MessageOf<M['responseType']>;

/** A call as the side sees it that receives `In` and sends `Out`. */
export interface MessageStream<In, Out> {
  /** host:port of the other side, or 'unknown'. */
  readonly peer: string;
  /** Messages that were given to `send` and have not left for the network. */
  readonly unsentMessages: number;
  onMessage(listener: (message: In) => void): void;
  /** The other side sends no more; it may still receive. */
  onEnd(listener: () => void): void;
  /** Called once, last, whatever way the call ended; without an error when both sides ended it. */
  onClose(listener: (error: RpcError | undefined) => void): void;
  /** False when the other side reads too slowly: send less until `onDrain`. Never throws; does nothing once closed. */
  send(message: Out): boolean;
  onDrain(listener: () => void): void;
  /** Stops and starts reading; what is not read makes the sender slow down. */
  pause(): void;
  resume(): void;
  /** This side sends no more. */
  end(): void;
  /** Ends the call at once; as a server with the status of `error`. */
  cancel(error?: RpcError): void;
}

export interface UnaryCall {
  readonly peer: string;
}

/**
 * What serves a method: a function of the request for plain calls, which rejects with RpcError for a status other than
 * OK; a function of the stream otherwise.
 */
export type Handler<M extends MethodDefinition> = M extends { requestStream: false; responseStream: false }
  ? (request: RequestOf<M>, call: UnaryCall) => ValueOrPromise<ResponseOf<M>>
  : M extends { requestStream: false }
    ? (stream: MessageStream<never, ResponseOf<M>>, request: RequestOf<M>) => void
    : M extends { responseStream: false }
      ? (stream: MessageStream<RequestOf<M>, never>, reply: (response: ResponseOf<M>) => void) => void
      : (stream: MessageStream<RequestOf<M>, ResponseOf<M>>) => void;

/** Methods without a handler answer UNIMPLEMENTED. */
export type Handlers<S extends ServiceDefinition> = {
  readonly [Name in keyof S['methods']]?: Handler<S['methods'][Name]>;
};

export interface CallOptions {
  /** The call fails with 'deadline-exceeded' after so long; required, so that no call waits for ever. */
  readonly timeoutMs: number;
}

type ClientMethod<M extends MethodDefinition> = M extends { requestStream: false; responseStream: false }
  ? (request: RequestOf<M>, options: CallOptions) => Promise<ResponseOf<M>>
  : M extends { requestStream: false }
    ? (request: RequestOf<M>) => MessageStream<ResponseOf<M>, never>
    : M extends { responseStream: false }
      ? (options?: CallOptions) => {
          readonly stream: MessageStream<never, RequestOf<M>>;
          readonly response: Promise<ResponseOf<M>>;
        }
      : () => MessageStream<ResponseOf<M>, RequestOf<M>>;

/** The methods of a service as a client calls them. Plain calls reject with RpcError. */
export type ServiceClient<S extends ServiceDefinition> = {
  readonly [Name in keyof S['methods']]: ClientMethod<S['methods'][Name]>;
};

export function pathOf(service: ServiceDefinition, method: MethodDefinition): string {
  return `/${service.fullName}/${method.name}`;
}
