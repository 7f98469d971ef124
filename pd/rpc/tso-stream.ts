/**
 * The client's end of a stream of timestamps: everybody who asks in one turn of the event loop is served by one request.
 * While two requests are on their way, whoever asks waits for an answer and shares the next one: a busy client makes its
 * requests larger, not more. (client-go has one on its way.)
 * A stream that breaks or does not answer in time fails those who wait; the next one who asks opens another.
 */

import type { TimerHandle, Timers, Ts } from '../../base/index.ts';
import type { MessageStream, pdpb } from '../../base/rpc/index.ts';
import { PdError } from '../client/pd-client.ts';
import { timestampFromProto } from './convert-heartbeat.ts';
import { checkHeader } from './errors.ts';

type TsoCall = MessageStream<pdpb.TsoResponse, pdpb.TsoRequest>;

interface Waiter {
  readonly resolve: (ts: Ts) => void;
  readonly reject: (error: Error) => void;
}

const MAX_BATCH = 10_000;
const MAX_WAITERS = 1_000_000;
/** Batches on their way at a time; what is asked meanwhile goes with the next. */
const MAX_BATCHES_SENT = 2;
const TIMEOUT_MS = 3000;

export class TsoStream {
  readonly #open: () => TsoCall;
  readonly #timers: Timers;
  readonly #header: pdpb.RequestHeader;
  #call: TsoCall | undefined;
  #waiting: Waiter[] = [];
  /** Batches on their way, in order. */
  #sent: Waiter[][] = [];
  #isFlushing = false;
  /** Counts answers; a stream that did not move for a while although it should is given up. */
  #answers = 0;
  #isWatched = false;
  #watchdog: TimerHandle | undefined;
  #isClosed = false;

  constructor(options: { readonly open: () => TsoCall; readonly timers: Timers; readonly header: pdpb.RequestHeader }) {
    this.#open = options.open;
    this.#timers = options.timers;
    this.#header = options.header;
  }

  /** Rejects with PdError 'unavailable'. */
  getTs(): Promise<Ts> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed || this.#waiting.length >= MAX_WAITERS) {
        reject(new PdError('unavailable', this.#isClosed ? 'closed' : 'too many wait for timestamps'));
        return;
      }
      this.#waiting.push({ resolve, reject });
      if (this.#isFlushing || this.#sent.length >= MAX_BATCHES_SENT) return;
      this.#isFlushing = true;
      this.#timers.nextTurn(() => this.#flush());
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#watchdog?.cancel();
    const call = this.#call;
    this.#call = undefined;
    call?.cancel();
    this.#refuseAll('closed');
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.#isClosed) return;
    while (this.#waiting.length > 0 && this.#sent.length < MAX_BATCHES_SENT) {
      const call = (this.#call ??= this.#connect());
      const batch = this.#waiting.splice(0, MAX_BATCH);
      this.#sent.push(batch);
      call.send({ header: this.#header, count: batch.length, dcLocation: '' });
    }
    this.#watch();
  }

  #connect(): TsoCall {
    const call = this.#open();
    call.onMessage((response) => this.#answered(call, response));
    call.onClose((error) => this.#fail(call, error?.message ?? 'the stream has ended'));
    return call;
  }

  #answered(call: TsoCall, response: pdpb.TsoResponse): void {
    if (call !== this.#call) return;
    const batch = this.#sent.shift();
    const { timestamp, count, header } = response;
    this.#answers++;
    try {
      checkHeader(header);
    } catch (error) {
      this.#sent.unshift(batch ?? []);
      this.#fail(call, String(error));
      return;
    }
    if (batch === undefined || timestamp === undefined || count !== batch.length) {
      this.#sent.unshift(batch ?? []);
      this.#fail(call, 'an answer that fits no request');
      return;
    }
    const last = timestampFromProto(timestamp);
    let ts = last - BigInt(count - 1);
    for (const { resolve } of batch) resolve(ts++ as Ts);
    if (!this.#isFlushing) this.#flush();
  }

  #fail(call: TsoCall | undefined, message: string): void {
    if (call === undefined || call !== this.#call) return;
    this.#call = undefined;
    call.cancel();
    this.#refuseAll(message);
  }

  #refuseAll(message: string): void {
    const error = new PdError('unavailable', `no timestamp from the placement driver: ${message}`);
    const waiters = [...this.#sent.flat(), ...this.#waiting];
    this.#sent = [];
    this.#waiting = [];
    for (const { reject } of waiters) reject(error);
  }

  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    const answersBefore = this.#answers;
    this.#watchdog = this.#timers.after(TIMEOUT_MS, () => {
      this.#isWatched = false;
      if (this.#sent.length === 0) return;
      if (this.#answers === answersBefore) this.#fail(this.#call, 'it does not answer in time');
      else this.#watch();
    });
  }
}
