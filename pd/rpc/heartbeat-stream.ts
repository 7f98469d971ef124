/**
 * The client's end of a stream of region heartbeats and instructions. When it breaks it is opened again as soon as the
 * placement driver answers, and whoever tells of regions hears that it should tell again.
 */

import type { Timers } from '../../base/index.ts';
import type { MessageStream, pdpb } from '../../base/rpc/index.ts';
import type { RegionHeartbeat, RegionInstruction } from '../client/pd-client.ts';
import { instructionFromProto, regionHeartbeatToProto } from './convert-heartbeat.ts';

type HeartbeatCall = MessageStream<pdpb.RegionHeartbeatResponse, pdpb.RegionHeartbeatRequest>;

export interface HeartbeatStreamOptions {
  readonly open: () => HeartbeatCall;
  /** Resolves when the placement driver answers at all. */
  readonly isThere: () => Promise<boolean>;
  readonly timers: Timers;
  readonly header: pdpb.RequestHeader;
}

const RETRY_MS = 500;
/** What cannot be sent is lost beyond this; heartbeats come again. */
const MAX_UNSENT = 100_000;

export class HeartbeatStream {
  readonly #options: HeartbeatStreamOptions;
  readonly #instructionListeners: ((instruction: RegionInstruction) => void)[] = [];
  readonly #reconnectListeners: (() => void)[] = [];
  #call: HeartbeatCall | undefined;
  #isBroken = false;
  #isClosed = false;

  constructor(options: HeartbeatStreamOptions) {
    this.#options = options;
  }

  onInstruction(listener: (instruction: RegionInstruction) => void): void {
    this.#instructionListeners.push(listener);
  }

  onReconnect(listener: () => void): void {
    this.#reconnectListeners.push(listener);
  }

  send(heartbeat: RegionHeartbeat): void {
    if (this.#isClosed || this.#isBroken) return;
    const call = (this.#call ??= this.#connect());
    if (call.unsentMessages < MAX_UNSENT) call.send(regionHeartbeatToProto(this.#options.header, heartbeat));
  }

  close(): void {
    this.#isClosed = true;
    this.#call?.cancel();
  }

  #connect(): HeartbeatCall {
    const call = this.#options.open();
    call.onMessage((response) => {
      const instruction = instructionFromProto(response);
      if (instruction === undefined || this.#isClosed) return;
      for (const listener of this.#instructionListeners) listener(instruction);
    });
    call.onClose(() => {
      if (call !== this.#call) return;
      this.#call = undefined;
      this.#isBroken = true;
      this.#retryLater();
    });
    return call;
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    this.#options.timers.after(RETRY_MS, () => {
      void this.#retry();
    });
  }

  async #retry(): Promise<void> {
    const isThere = await this.#options.isThere();
    if (this.#isClosed) return;
    if (!isThere) {
      this.#retryLater();
      return;
    }
    this.#isBroken = false;
    for (const listener of this.#reconnectListeners) listener();
  }
}
