/**
 * The client's way to one store: one BatchCommands stream, calls of one turn of the event loop in one frame, answers by
 * id. The stream is opened with the first call; when it breaks, what was sent may have run, what was not did not.
 */

import type { StoreId, TimerHandle } from '../../base/index.ts';
import { GrpcChannel, type MessageStream, tikvpb } from '../../base/rpc/index.ts';
import { StoreUnreachableError } from '../txn/kv-service.ts';
import type { WireRequest, WireResponse } from './convert/calls.ts';
import {
  CALL_RECONNECT_MS,
  CONNECT_TIMEOUT_MS,
  MAX_CALLS_IN_FLIGHT,
  MAX_FRAME_CALLS,
  OVERDUE_CHECK_MS,
} from './limits.ts';
import { addressOfStore, type StoreConnections } from './store-addresses.ts';

type Stream = MessageStream<tikvpb.BatchCommandsResponse, tikvpb.BatchCommandsRequest>;

/** Settles one call; made once and handed the answer or what went wrong. */
export interface PendingCall {
  answered(response: WireResponse): void;
  failed(error: StoreUnreachableError): void;
}

interface SentCall {
  readonly call: PendingCall;
  readonly deadlineMs: number;
}

interface QueuedCall extends SentCall {
  readonly request: WireRequest;
}

export class CallLink {
  readonly #storeId: StoreId;
  readonly #options: StoreConnections;
  #state: 'idle' | 'connecting' | 'connected' | 'waiting' | 'closed' = 'idle';
  #channel: GrpcChannel | undefined;
  #stream: Stream | undefined;
  #queue: QueuedCall[] = [];
  readonly #sent = new Map<bigint, SentCall>();
  #nextId = 1n;
  #isFlushing = false;
  #isBlocked = false;
  #overdue: TimerHandle | undefined;
  #lastFailure = '';

  constructor(storeId: StoreId, options: StoreConnections) {
    this.#storeId = storeId;
    this.#options = options;
  }

  send(request: WireRequest, timeoutMs: number, call: PendingCall): void {
    if (this.#state === 'waiting' || this.#state === 'closed') {
      call.failed(this.#unreachable(this.#state === 'closed' ? 'the client is closed' : this.#lastFailure, false));
      return;
    }
    if (this.#queue.length + this.#sent.size >= MAX_CALLS_IN_FLIGHT) {
      call.failed(this.#unreachable('too many calls are under way', false));
      return;
    }
    this.#queue.push({ request, call, deadlineMs: this.#options.clock.monotonicMs() + timeoutMs });
    this.#overdue ??= this.#options.timers.after(OVERDUE_CHECK_MS, () => this.#dropOverdue());
    if (this.#state === 'idle') void this.#connect();
    else this.#flushSoon();
  }

  close(): void {
    this.#fail('the client is closed');
    this.#state = 'closed';
    this.#overdue?.cancel();
    this.#overdue = undefined;
  }

  #unreachable(message: string, mayHaveRun: boolean): StoreUnreachableError {
    return new StoreUnreachableError(this.#storeId, `store ${this.#storeId}: ${message}`, mayHaveRun);
  }

  async #connect(): Promise<void> {
    this.#state = 'connecting';
    let channel: GrpcChannel | undefined;
    try {
      const { clock, security } = this.#options;
      const address = await addressOfStore(this.#options, this.#storeId);
      channel = new GrpcChannel({ address, clock, security });
      await channel.ready({ timeoutMs: CONNECT_TIMEOUT_MS });
      if (this.#isClosed()) return channel.close();
      this.#channel = channel;
      this.#open(channel);
    } catch (error) {
      channel?.close();
      if (!this.#isClosed()) this.#broke(undefined, error instanceof Error ? error.message : String(error));
    }
  }

  #open(channel: GrpcChannel): void {
    const stream = channel.client(tikvpb.TikvDefinition).batchCommands();
    stream.onMessage((batch) => this.#take(batch));
    stream.onClose((error) => this.#broke(stream, error?.message ?? 'the store ended the connection'));
    stream.onDrain(() => {
      this.#isBlocked = false;
      this.#flush();
    });
    this.#stream = stream;
    this.#state = 'connected';
    this.#flush();
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #take({ responses, requestIds }: tikvpb.BatchCommandsResponse): void {
    for (const [at, { cmd }] of responses.entries()) {
      const id = requestIds[at];
      const sent = id === undefined ? undefined : this.#sent.get(id);
      if (id === undefined || sent === undefined) continue;
      this.#sent.delete(id);
      if (cmd === undefined) sent.call.failed(this.#unreachable('it does not know the command', false));
      else sent.call.answered(cmd);
    }
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#options.timers.nextTurn(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const stream = this.#stream;
    while (stream !== undefined && this.#queue.length > 0 && !this.#isBlocked) {
      const frame = this.#queue.length <= MAX_FRAME_CALLS ? this.#queue : this.#queue.slice(0, MAX_FRAME_CALLS);
      this.#queue = frame === this.#queue ? [] : this.#queue.slice(MAX_FRAME_CALLS);
      const requests: tikvpb.BatchCommandsRequest_Request[] = [];
      const requestIds: bigint[] = [];
      for (const { request, call, deadlineMs } of frame) {
        const id = this.#nextId++;
        this.#sent.set(id, { call, deadlineMs });
        requests.push({ cmd: request });
        requestIds.push(id);
      }
      this.#isBlocked = !stream.send({ requests, requestIds, clientSendTimeNs: 0n });
      if (this.#stream !== stream) return;
    }
  }

  /** Calls nobody answered in time: they may run yet. */
  #dropOverdue(): void {
    this.#overdue = undefined;
    const nowMs = this.#options.clock.monotonicMs();
    for (const [id, { call, deadlineMs }] of this.#sent) {
      if (deadlineMs > nowMs) continue;
      this.#sent.delete(id);
      call.failed(this.#unreachable('no answer in time', true));
    }
    const late = this.#queue.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    if (late.length > 0) this.#queue = this.#queue.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const { call } of late) call.failed(this.#unreachable('not sent in time', false));
    if (this.#sent.size + this.#queue.length > 0 && !this.#isClosed())
      this.#overdue ??= this.#options.timers.after(OVERDUE_CHECK_MS, () => this.#dropOverdue());
  }

  #broke(stream: Stream | undefined, reason: string): void {
    if (this.#isClosed() || stream !== this.#stream) return;
    this.#options.logger?.debug({ store: this.#storeId, reason }, 'connection to a store broke');
    this.#fail(reason);
    this.#state = 'waiting';
    this.#options.timers.after(CALL_RECONNECT_MS, () => {
      if (this.#state === 'waiting') this.#state = 'idle';
    });
  }

  #fail(reason: string): void {
    this.#lastFailure = reason;
    const stream = this.#stream;
    const sent = [...this.#sent.values()];
    const queued = this.#queue;
    this.#stream = undefined;
    this.#sent.clear();
    this.#queue = [];
    this.#isBlocked = false;
    this.#state = 'waiting';
    stream?.cancel();
    this.#channel?.close();
    this.#channel = undefined;
    for (const { call } of sent) call.failed(this.#unreachable(reason, true));
    for (const { call } of queued) call.failed(this.#unreachable(reason, false));
  }
}
