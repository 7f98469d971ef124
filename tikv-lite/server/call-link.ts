/**
 * The client's way to one store: one BatchCommands stream, calls of one turn of the event loop in one frame, answers by
 * id. The stream is opened with the first call; when it breaks, what was sent may have run, what was not did not.
 *
 * A store that owes answers and says nothing for a while is asked for a sign of life, and given up without one: a cable
 * that was pulled tells nobody. From then on calls are refused until a connection stands again, so that whoever can asks
 * another replica at once.
 */

import type { StoreId, TimerHandle } from '../../base/index.ts';
import { GrpcChannel, type MessageStream, tikvpb } from '../../base/rpc/index.ts';
import { StoreUnreachableError } from '../txn/kv-service.ts';
import type { WireRequest, WireResponse } from './convert/calls.ts';
import {
  CALL_RECONNECT_MS,
  CHECK_MS,
  CONNECT_TIMEOUT_MS,
  MAX_CALLS_IN_FLIGHT,
  MAX_COMMANDS_IN_FLIGHT,
  MAX_FRAME_CALLS,
  QUIET_CHECKS_BEFORE_GIVING_UP,
  QUIET_CHECKS_BEFORE_PING,
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

/** States in which no call is taken. */
const REFUSING: ReadonlySet<string> = new Set(['waiting', 'doubtful', 'probing', 'closed']);

export class CallLink {
  readonly #storeId: StoreId;
  readonly #options: StoreConnections;
  /** 'waiting': it broke a moment ago; 'doubtful': it broke and has not been tried since; 'probing': it is being tried. */
  #state: 'idle' | 'connecting' | 'connected' | 'waiting' | 'doubtful' | 'probing' | 'closed' = 'idle';
  #channel: GrpcChannel | undefined;
  #stream: Stream | undefined;
  #queue: QueuedCall[] = [];
  readonly #sent = new Map<bigint, SentCall>();
  #nextId = 1n;
  #isFlushing = false;
  #isBlocked = false;
  #nextCheck: TimerHandle | undefined;
  /** Checks in a row that found nothing heard although answers were owed. */
  #quietChecks = 0;
  #lastFailure = '';

  constructor(storeId: StoreId, options: StoreConnections) {
    this.#storeId = storeId;
    this.#options = options;
  }

  send(request: WireRequest, timeoutMs: number, call: PendingCall): void {
    if (REFUSING.has(this.#state)) {
      call.failed(this.#unreachable(this.#lastFailure, false));
      this.#probe();
      return;
    }
    if (this.#queue.length + this.#sent.size >= MAX_CALLS_IN_FLIGHT) {
      call.failed(this.#unreachable('too many calls are under way', false));
      return;
    }
    this.#queue.push({ request, call, deadlineMs: this.#options.clock.monotonicMs() + timeoutMs });
    this.#checkLater();
    if (this.#state === 'idle') void this.#connect('connecting');
    else this.#flushSoon();
  }

  /** See StoreClient. */
  isReachable(): boolean {
    this.#probe();
    return this.#state === 'connected';
  }

  close(): void {
    this.#fail('the client is closed');
    this.#state = 'closed';
    this.#nextCheck?.cancel();
    this.#nextCheck = undefined;
  }

  #unreachable(message: string, mayHaveRun: boolean): StoreUnreachableError {
    return new StoreUnreachableError(this.#storeId, `store ${this.#storeId}: ${message}`, mayHaveRun);
  }

  #probe(): void {
    if (this.#state === 'doubtful') void this.#connect('probing');
  }

  async #connect(state: 'connecting' | 'probing'): Promise<void> {
    this.#state = state;
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
    this.#quietChecks = 0;
    this.#flush();
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #take({ responses, requestIds }: tikvpb.BatchCommandsResponse): void {
    this.#quietChecks = 0;
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

  #check(): void {
    this.#nextCheck = undefined;
    this.#watchForSilence();
    this.#dropOverdue();
    if (this.#sent.size + this.#queue.length > 0 && !this.#isClosed()) this.#checkLater();
  }

  #checkLater(): void {
    this.#nextCheck ??= this.#options.timers.after(CHECK_MS, () => this.#check());
  }

  /** Counts checks, not time, so that a process that stood still itself reads what came meanwhile before it judges. */
  #watchForSilence(): void {
    const stream = this.#stream;
    // A store with so many commands under way may not be reading.
    if (stream === undefined || this.#sent.size === 0 || this.#sent.size >= MAX_COMMANDS_IN_FLIGHT) {
      this.#quietChecks = 0;
      return;
    }
    this.#quietChecks++;
    if (this.#quietChecks === QUIET_CHECKS_BEFORE_PING) stream.send(this.#ping());
    if (this.#quietChecks >= QUIET_CHECKS_BEFORE_GIVING_UP) this.#broke(stream, 'it gives no sign of life');
  }

  #ping(): tikvpb.BatchCommandsRequest {
    const empty = { $case: 'empty' as const, value: { testId: 0n, delayTime: 0n } };
    return { requests: [{ cmd: empty }], requestIds: [this.#nextId++], clientSendTimeNs: 0n };
  }

  /** Calls nobody answered in time: they may run yet. */
  #dropOverdue(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [id, { call, deadlineMs }] of this.#sent) {
      if (deadlineMs > nowMs) continue;
      this.#sent.delete(id);
      call.failed(this.#unreachable('no answer in time', true));
    }
    const late = this.#queue.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    if (late.length > 0) this.#queue = this.#queue.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const { call } of late) call.failed(this.#unreachable('not sent in time', false));
  }

  #broke(stream: Stream | undefined, reason: string): void {
    if (this.#isClosed() || stream !== this.#stream) return;
    this.#options.logger?.debug({ store: this.#storeId, reason }, 'connection to a store broke');
    this.#fail(reason);
    this.#state = 'waiting';
    this.#options.timers.after(CALL_RECONNECT_MS, () => {
      if (this.#state === 'waiting') this.#state = 'doubtful';
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
