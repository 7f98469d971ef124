/**
 * BatchCommands on the store's side: many commands in a frame, each answered exactly once, in any order, with all answers
 * of one turn of the event loop in one frame. A client that does not read its answers, or has too many commands under
 * way, is read no further.
 */

import type { Timers } from '../../base/index.ts';
import type { MessageStream, tikvpb } from '../../base/rpc/index.ts';
import { MAX_COMMANDS_IN_FLIGHT } from './limits.ts';

type Request = tikvpb.BatchCommandsRequest_Request;
type Response = tikvpb.BatchCommandsResponse_Response;
type Command = NonNullable<Request['cmd']>;
type Stream = MessageStream<tikvpb.BatchCommandsRequest, tikvpb.BatchCommandsResponse>;

/** Commands by case; a case without one is answered with nothing. */
export type CommandTable = {
  readonly [Case in Command['$case']]?: (
    request: Extract<Command, { $case: Case }>['value'],
  ) => Promise<Extract<NonNullable<Response['cmd']>, { $case: Case }>['value']>;
};

const NOTHING: Response = { cmd: undefined };

export function serveBatchCommands(stream: Stream, commands: CommandTable, timers: Timers): void {
  new BatchConnection(stream, commands, timers);
}

class BatchConnection {
  readonly #stream: Stream;
  readonly #commands: CommandTable;
  readonly #timers: Timers;
  #responses: Response[] = [];
  #ids: bigint[] = [];
  #inFlight = 0;
  #isFlushing = false;
  #isPaused = false;
  #isBlocked = false;
  #isEnding = false;

  constructor(stream: Stream, commands: CommandTable, timers: Timers) {
    this.#stream = stream;
    this.#commands = commands;
    this.#timers = timers;
    stream.onMessage((batch) => this.#take(batch));
    stream.onEnd(() => {
      this.#isEnding = true;
      this.#endWhenDone();
    });
    stream.onDrain(() => {
      this.#isBlocked = false;
      this.#readOnlyWithRoom();
    });
  }

  #take({ requests, requestIds }: tikvpb.BatchCommandsRequest): void {
    for (const [at, request] of requests.entries()) {
      const id = requestIds[at];
      if (id === undefined) break;
      this.#inFlight++;
      const { cmd } = request;
      const command = cmd === undefined ? undefined : this.#commands[cmd.$case];
      if (cmd === undefined || command === undefined) this.#answer(id, NOTHING);
      else void this.#run(id, cmd, command as (value: unknown) => Promise<unknown>);
    }
    this.#readOnlyWithRoom();
  }

  async #run(id: bigint, { $case, value }: Command, command: (value: unknown) => Promise<unknown>): Promise<void> {
    const reply = await command(value);
    this.#answer(id, { cmd: { $case, value: reply } as NonNullable<Response['cmd']> });
  }

  #answer(id: bigint, response: Response): void {
    this.#responses.push(response);
    this.#ids.push(id);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#timers.nextTurn(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    const responses = this.#responses;
    const requestIds = this.#ids;
    this.#responses = [];
    this.#ids = [];
    this.#inFlight -= responses.length;
    this.#isBlocked = !this.#stream.send({ responses, requestIds, transportLayerLoad: 0n, tikvSendTimeNs: 0n });
    this.#readOnlyWithRoom();
    this.#endWhenDone();
  }

  #readOnlyWithRoom(): void {
    const isFull = this.#isBlocked || this.#inFlight >= MAX_COMMANDS_IN_FLIGHT;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#stream.pause();
    else this.#stream.resume();
  }

  #endWhenDone(): void {
    if (this.#isEnding && this.#inFlight === 0) this.#stream.end();
  }
}
