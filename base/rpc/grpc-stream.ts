/** `MessageStream` over the four kinds of streams of grpc-js. */

import type { Duplex, Readable, Writable } from 'node:stream';
import type { RpcError } from './rpc-error.ts';
import { RpcError as RpcFailure, rpcErrorOf } from './rpc-error.ts';
import type { MessageStream } from './service.ts';

/** A call of grpc-js: readable, writable or both; a server's call is an emitter even where it cannot be written. */
export type GrpcCall = Partial<Duplex> & { getPeer(): string; cancel?(): void; on: Duplex['on'] };

export class GrpcStream<In, Out> implements MessageStream<In, Out> {
  readonly #readable: Readable | undefined;
  readonly #writable: Writable | undefined;
  readonly #call: GrpcCall;
  readonly #fail: (error: RpcError) => void;
  #closeListener: ((error: RpcError | undefined) => void) | undefined;
  #closedWith: { readonly error: RpcError | undefined } | undefined;

  /** `fail` ends the call with a status: a server's way to cancel. */
  constructor(
    call: GrpcCall,
    sides: { readonly readable?: Readable | undefined; readonly writable?: Writable | undefined },
    fail: (error: RpcError) => void,
  ) {
    this.#call = call;
    this.#readable = sides.readable;
    this.#writable = sides.writable;
    this.#fail = fail;
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  get unsentMessages(): number {
    return this.#writable?.writableLength ?? 0;
  }

  onMessage(listener: (message: In) => void): void {
    this.#readable?.on('data', listener);
  }

  onEnd(listener: () => void): void {
    this.#readable?.on('end', listener);
  }

  onClose(listener: (error: RpcError | undefined) => void): void {
    this.#closeListener = listener;
    if (this.#closedWith !== undefined) listener(this.#closedWith.error);
  }

  send(message: Out): boolean {
    const writable = this.#writable;
    if (writable === undefined || this.#closedWith !== undefined || writable.destroyed || writable.writableEnded)
      return false;
    return writable.write(message);
  }

  onDrain(listener: () => void): void {
    this.#writable?.on('drain', listener);
  }

  pause(): void {
    this.#readable?.pause();
  }

  resume(): void {
    this.#readable?.resume();
  }

  end(): void {
    if (this.#closedWith === undefined) this.#writable?.end();
  }

  cancel(error: RpcError = new RpcFailure('cancelled', 'cancelled')): void {
    if (this.#closedWith === undefined) this.#fail(error);
  }

  /** Tells the listener once. */
  closed(error: unknown): void {
    if (this.#closedWith !== undefined) return;
    this.#closedWith = { error: error === undefined ? undefined : rpcErrorOf(error) };
    this.#closeListener?.(this.#closedWith.error);
  }
}
