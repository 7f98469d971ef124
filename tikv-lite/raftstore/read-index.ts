/**
 * Reads on any replica: the leader is asked for its commit index, and the replica reads once it has applied that (Ongaro's
 * dissertation, section 6.4). Raft's own MsgReadIndex carries the question; its context names the question, who asks and
 * the read timestamp.
 *
 * The leader lets its observers prepare first: nothing may be committed at or below the timestamp any more except what
 * the index covers. Then it answers under its lease, or once a quorum has confirmed that it still leads.
 *
 * A question may get lost: it is repeated until the reads that wait for it run out of time. An answer that comes late or
 * twice is of no harm, since an index is never too large.
 */

import { MAX_TS, NO_TS, type Ts } from '../../base/index.ts';
import { type Message, newMessage, type RawNode } from '../../raft/index.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import { MAX_ASKED_READS, MAX_READ_ROUNDS, MAX_WAITING_READS, READ_RETRY_MS, READ_TIMEOUT_MS } from './limits.ts';
import type { RegionError, RegionErrorKind, RegionObserver, RegionReplica } from './region-kv.ts';

/** First byte of the context of a question. */
export const INDEX_ROUND = 1;
const CONTEXT_BYTES = 25;
/** Question numbers of one life of a replica; the next life begins elsewhere. */
const NUMBERS_PER_LIFE = 2 ** 22;
const LIVES = 2 ** 30;

/** The replica whose reads these are. */
export interface ReadingReplica extends RegionReplica {
  readonly isServing: boolean;
  readonly isRemoved: boolean;
  readonly isInitialised: boolean;
  /** Something happens: a sleeping replica wakes up. */
  stir(): void;
  refuse(kind: RegionErrorKind, message: string): RegionError;
  epochNotMatch(): RegionError;
}

/** What it needs of its store. */
export interface ReadingHost<R> {
  readonly reader: KvReader;
  readonly observers: readonly RegionObserver[];
  /** Why the store answers no reads. */
  readRefusal(): { readonly kind: RegionErrorKind; readonly message: string } | undefined;
  wake(replica: R): void;
  /** Hands a message to another replica, past raft. */
  send(replica: R, message: Message): void;
  monotonicMs(): number;
  randomBelow(bound: number): number;
}

interface WaitingRead {
  readonly readTs: Ts;
  readonly version: number;
  readonly untilMs: number;
  readonly resolve: () => void;
  readonly reject: (error: RegionError) => void;
  /** The index that has to be applied; 0 while it is unknown. */
  index: number;
}

/** A question under way, for all reads that came before it. */
interface Round {
  readonly context: Uint8Array;
  readonly readTs: Ts;
  readonly reads: readonly WaitingRead[];
  askedAtMs: number;
}

function keyOf(context: Uint8Array): string {
  return Buffer.from(context.buffer, context.byteOffset, context.byteLength).toString('latin1');
}

/** The timestamp in the context of a question; NO_TS when it has none. */
function readTsOf(context: Uint8Array | undefined): Ts {
  if (context === undefined || context.length !== CONTEXT_BYTES) return NO_TS;
  return Buffer.from(context.buffer, context.byteOffset, context.byteLength).readBigUInt64BE(17) as Ts;
}

export class ReadIndex<R extends ReadingReplica> {
  readonly #replica: R;
  readonly #node: RawNode;
  readonly #host: ReadingHost<R>;
  #nextNumber: number | undefined;
  /** Not asked for yet. */
  #queued: WaitingRead[] = [];
  readonly #rounds = new Map<string, Round>();
  /** Know their index, which is not applied yet. */
  #behind: WaitingRead[] = [];
  /** Questions of others that the observers prepare for. */
  #asked = 0;
  #waiting = 0;

  constructor(replica: R, node: RawNode, host: ReadingHost<R>) {
    this.#replica = replica;
    this.#node = node;
    this.#host = host;
  }

  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** What is applied here now. Throws RegionError. */
  readApplied(): KvReader {
    const refusal = this.#refusal(this.#replica.epoch.version);
    if (refusal !== undefined) throw refusal;
    if (this.#replica.isInstalling)
      throw this.#replica.refuse('read-index-not-ready', 'a snapshot takes the place of the data here');
    return this.#host.reader;
  }

  /** Resolves when this replica has applied all that was committed when it was called. Rejects with RegionError. */
  read(readTs: Ts): Promise<KvReader> {
    const refusal = this.#refusal(this.#replica.epoch.version);
    if (refusal !== undefined) return Promise.reject(refusal);
    this.#replica.stir();
    return this.#wait(readTs).then(() => this.#host.reader);
  }

  /** Why a read that began at this version of the region is not served. */
  #refusal(version: number): RegionError | undefined {
    const replica = this.#replica;
    const refusal = this.#host.readRefusal();
    if (refusal !== undefined) return replica.refuse(refusal.kind, refusal.message);
    if (replica.isRemoved) return replica.refuse('region-not-found', 'the replica was removed');
    if (!replica.isInitialised) return replica.refuse('region-not-initialized', 'the replica has no data yet');
    if (replica.isMerging)
      return replica.refuse('proposal-in-merging-mode', 'the region is about to become part of its neighbour');
    return version === replica.epoch.version ? undefined : replica.epochNotMatch();
  }

  #wait(readTs: Ts): Promise<void> {
    const { version } = this.#replica.epoch;
    if (this.#waiting >= MAX_WAITING_READS)
      return Promise.reject(this.#replica.refuse('server-is-busy', `${this.#waiting} reads wait for the commit index`));
    return new Promise((resolve, reject) => {
      const untilMs = this.#host.monotonicMs() + READ_TIMEOUT_MS;
      this.#waiting++;
      this.#queued.push({ readTs, version, untilMs, resolve, reject, index: 0 });
      this.#askForQueued();
    });
  }

  #askForQueued(): void {
    if (this.#queued.length === 0 || this.#rounds.size >= MAX_READ_ROUNDS) return;
    const reads = this.#queued;
    this.#queued = [];
    let readTs: Ts = NO_TS;
    for (const read of reads) if (read.readTs > readTs) readTs = read.readTs;
    const context = this.#newContext(readTs);
    const round: Round = { context, readTs, reads, askedAtMs: 0 };
    this.#rounds.set(keyOf(context), round);
    this.#ask(round);
  }

  #newContext(readTs: Ts): Uint8Array {
    const first = this.#nextNumber ?? this.#host.randomBelow(LIVES) * NUMBERS_PER_LIFE;
    this.#nextNumber = first + 1;
    const context = Buffer.alloc(CONTEXT_BYTES);
    context[0] = INDEX_ROUND;
    context.writeDoubleBE(this.#node.id, 1);
    context.writeDoubleBE(first, 9);
    context.writeBigUInt64BE(readTs, 17);
    return context;
  }

  #ask(round: Round): void {
    const { context, readTs } = round;
    round.askedAtMs = this.#host.monotonicMs();
    if (!this.#node.isLeader) {
      this.#node.readIndex(context);
      this.#host.wake(this.#replica);
    } else if (this.#replica.isServing) {
      this.#prepared(readTs, () => {
        if (this.#replica.hasLease) this.confirmed(context, this.#node.committed);
        else this.#node.readIndex(context);
        this.#host.wake(this.#replica);
      });
    }
  }

  /** Another replica asks this one, which may lead. */
  asked(question: Message): void {
    const context = question.entries[0]?.data;
    if (!this.#node.isLeader || !this.#replica.isServing || this.#asked >= MAX_ASKED_READS) return;
    this.#prepared(readTsOf(context), () => {
      if (this.#replica.hasLease) this.#answer(question);
      else this.#node.step(question);
      this.#host.wake(this.#replica);
    });
  }

  #answer({ from, entries }: Message): void {
    const { id, term, committed } = this.#node;
    this.#host.send(this.#replica, newMessage('MsgReadIndexResp', from, { from: id, term, index: committed, entries }));
  }

  /** Goes on when the observers are done, if this replica leads on. Whoever asked in vain asks again. */
  #prepared(readTs: Ts, answer: () => void): void {
    const { term } = this.#node;
    const preparing = this.#prepare(readTs);
    if (preparing === undefined) {
      answer();
      return;
    }
    this.#asked++;
    preparing
      .then(
        () => {
          if (this.#node.isLeader && this.#node.term === term && this.#replica.isServing) answer();
        },
        () => undefined,
      )
      .finally(() => {
        this.#asked--;
      });
  }

  #prepare(readTs: Ts): Promise<unknown> | undefined {
    const preparing = this.#host.observers.flatMap(
      (observer) => observer.beforeReplicaRead?.(this.#replica, readTs) ?? [],
    );
    return preparing.length === 0 ? undefined : Promise.all(preparing);
  }

  /** The leader answered a question of this replica, or this replica itself did. */
  confirmed(context: Uint8Array, index: number): void {
    const key = keyOf(context);
    const round = this.#rounds.get(key);
    if (round === undefined) return;
    this.#rounds.delete(key);
    for (const read of round.reads) {
      read.index = index;
      this.#behind.push(read);
    }
    this.applied();
    this.#askForQueued();
  }

  /** More was applied, or a snapshot is in the engine. */
  applied(): void {
    if (this.#behind.length === 0 || this.#replica.isInstalling) return;
    const { appliedIndex } = this.#replica;
    const due = this.#behind.filter(({ index }) => index <= appliedIndex);
    if (due.length === 0) return;
    this.#behind = this.#behind.filter(({ index }) => index > appliedIndex);
    for (const read of due) {
      const refusal = this.#refusal(read.version);
      this.#waiting--;
      if (refusal === undefined) read.resolve();
      else read.reject(refusal);
    }
  }

  /** This replica began to serve as the leader: it answers its own questions. */
  serving(): void {
    for (const round of [...this.#rounds.values()]) this.#ask(round);
  }

  tick(): void {
    if (this.#waiting === 0) return;
    const nowMs = this.#host.monotonicMs();
    const isOver = ({ untilMs }: WaitingRead): boolean => untilMs <= nowMs;
    for (const [key, round] of [...this.#rounds]) {
      if (round.reads.every(isOver)) {
        this.#rounds.delete(key);
        this.#expire(round.reads);
      } else if (nowMs - round.askedAtMs >= READ_RETRY_MS) this.#ask(round);
    }
    this.#expire(this.#behind.filter(isOver));
    this.#behind = this.#behind.filter((read) => !isOver(read));
    this.#expire(this.#queued.filter(isOver));
    this.#queued = this.#queued.filter((read) => !isOver(read));
    this.#askForQueued();
  }

  #expire(reads: readonly WaitingRead[]): void {
    for (const { reject } of reads) {
      this.#waiting--;
      reject(this.#replica.refuse('read-index-not-ready', 'the commit index of the leader was not reached in time'));
    }
  }

  /** Refuses all that waits. */
  abandon(kind: RegionErrorKind, message: string): void {
    if (this.#waiting === 0) return;
    const reads = [...this.#queued, ...this.#behind, ...[...this.#rounds.values()].flatMap((round) => round.reads)];
    this.#queued = [];
    this.#behind = [];
    this.#rounds.clear();
    this.#waiting = 0;
    for (const { reject } of reads) reject(this.#replica.refuse(kind, message));
  }
}

/** What a read at `ts` asks of the leader: a read of the newest versions promises nothing about later ones. */
export function preparedTs(ts: Ts | undefined): Ts {
  return ts === undefined || ts === MAX_TS ? NO_TS : ts;
}
