/**
 * How a store asks the cluster's deadlock detector: deadlock.Deadlock/Detect, one stream per detector. Unlike TiKV's, our
 * detector answers every question, with an empty chain where there is no cycle; answers come in the order of the questions.
 */

import { keyFromBytes, keyToBytes, type StoreId, type Ts } from '../../base/index.ts';
import { deadlock, GrpcChannel, type GrpcServer, type MessageStream, RpcError } from '../../base/rpc/index.ts';
import type { DeadlockClient, DeadlockRequest, WaitForEdge } from '../txn/deadlock-service.ts';
import type { LockWait } from '../txn/lock-waits.ts';
import { NO_BYTES } from './convert/basics.ts';
import { addressOfStore, type StoreConnections } from './store-addresses.ts';

interface Question {
  resolve(waitChain: readonly Ts[] | undefined): void;
  reject(error: Error): void;
}

interface Conversation {
  readonly channel: GrpcChannel;
  readonly stream: MessageStream<deadlock.DeadlockResponse, deadlock.DeadlockRequest>;
  readonly questions: Question[];
}

export class GrpcDeadlockClient implements DeadlockClient {
  readonly #options: StoreConnections;
  readonly #conversations = new Map<StoreId, Promise<Conversation>>();
  #isClosed = false;

  constructor(options: StoreConnections) {
    this.#options = options;
  }

  async ask(storeId: StoreId, request: DeadlockRequest): Promise<readonly Ts[] | undefined> {
    if (this.#isClosed) throw new Error('the client is closed');
    const { stream, questions } = await this.#conversation(storeId);
    stream.send(requestToProto(request));
    if (request.kind === 'done') return undefined;
    return new Promise((resolve, reject) => questions.push({ resolve, reject }));
  }

  close(): void {
    this.#isClosed = true;
    for (const conversation of this.#conversations.values()) {
      conversation.then(
        ({ channel }) => channel.close(),
        () => undefined,
      );
    }
    this.#conversations.clear();
  }

  #conversation(storeId: StoreId): Promise<Conversation> {
    let conversation = this.#conversations.get(storeId);
    if (conversation === undefined) {
      conversation = this.#open(storeId);
      this.#conversations.set(storeId, conversation);
      conversation.catch(() => this.#conversations.delete(storeId));
    }
    return conversation;
  }

  async #open(storeId: StoreId): Promise<Conversation> {
    const { clock, security } = this.#options;
    const address = await addressOfStore(this.#options, storeId);
    const channel = new GrpcChannel({ address, clock, security });
    const stream = channel.client(deadlock.DeadlockDefinition).detect();
    const questions: Question[] = [];
    stream.onMessage(({ waitChain }) => {
      questions.shift()?.resolve(waitChain.length === 0 ? undefined : waitChain.map(({ txn }) => txn as Ts));
    });
    stream.onClose((error) => {
      this.#conversations.delete(storeId);
      channel.close();
      const reason = error ?? new RpcError('unavailable', 'the detector ended the conversation');
      for (const { reject } of questions.splice(0)) reject(reason);
    });
    return { channel, stream, questions };
  }
}

function requestToProto({ kind, edge }: DeadlockRequest): deadlock.DeadlockRequest {
  const { Detect, CleanUpWaitFor } = deadlock.DeadlockRequestType;
  return { tp: kind === 'detect' ? Detect : CleanUpWaitFor, entry: edgeToProto(edge) };
}

/** As TiKV's view of waiting requests shows them. */
export function waitToProto(wait: LockWait): deadlock.WaitForEntry {
  return { ...edgeToProto(wait), waitTime: BigInt(Math.floor(wait.waitedMs)) };
}

function edgeToProto({ waiter, holder, key }: WaitForEdge): deadlock.WaitForEntry {
  return { ...waitForEntry(waiter, holder), key: keyToBytes(key) };
}

function waitForEntry(txn: bigint, waitForTxn: bigint): deadlock.WaitForEntry {
  return { txn, waitForTxn, keyHash: 0n, key: NO_BYTES, resourceGroupTag: NO_BYTES, waitTime: 0n };
}

/** The detector's side. Throws when it is not the detector. */
export type DeadlockHandler = (request: DeadlockRequest) => readonly Ts[] | undefined;

/** Ends the conversation when this store is not the detector, so that the other one looks for it anew. */
export function addDeadlockService(server: GrpcServer, handle: DeadlockHandler): void {
  server.add(deadlock.DeadlockDefinition, {
    getWaitForEntries: () => ({ entries: [] }),
    detect(stream) {
      stream.onMessage(({ tp, entry }) => {
        if (entry === undefined || tp === deadlock.DeadlockRequestType.CleanUp) return;
        const kind = tp === deadlock.DeadlockRequestType.Detect ? 'detect' : 'done';
        const edge = { waiter: entry.txn as Ts, holder: entry.waitForTxn as Ts, key: keyFromBytes(entry.key) };
        try {
          const chain = handle({ kind, edge });
          if (kind === 'detect') stream.send(responseToProto(entry, chain ?? []));
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          stream.cancel(new RpcError('failed-precondition', message));
        }
      });
      stream.onEnd(() => stream.end());
    },
  });
}

function responseToProto(entry: deadlock.WaitForEntry, chain: readonly Ts[]): deadlock.DeadlockResponse {
  const waitChain = chain.map((txn, at) => waitForEntry(txn, chain[(at + 1) % chain.length]!));
  return { entry, deadlockKeyHash: 0n, waitChain, deadlockKey: entry.key };
}
