/**
 * How much a store takes on: the bytes and the number of proposals between `propose` and their answer, for the store and
 * for each region, and when it takes less because something behind it does not keep up.
 *
 * A region may have as much under way as the store still has free: one hot region takes half, n of them leave an (n+1)th,
 * and a quiet region is never refused because of a hot one. Trouble behind the store (a log write that does not end, an
 * engine that takes nothing, a raft log that is not trimmed) lowers the limit step by step, down to nothing. LevelDB
 * makes its writer wait while its memtable or its first level is full, so an engine that is asked to wait stands for
 * both. Whoever is refused is told when to come back: after what is under way should be done.
 */

import type { Message } from '../../raft/index.ts';
import {
  MAX_ARRIVED_BYTES,
  MAX_BUSY_HINT_MS,
  MAX_PROPOSAL_BYTES,
  MAX_PROPOSALS,
  MAX_RAFT_LOG_SEGMENTS,
  MAX_STALL_MS,
  MIN_BUSY_HINT_MS,
  RAFT_LOG_SEGMENTS_TO_TRIM,
  STALL_MS,
} from './limits.ts';
import type { RegionErrorDetails, RegionErrorKind } from './region-kv.ts';
import { SlowScore } from './slow-score.ts';

/** Proposals under way, of a region or of a store. */
export interface ProposalLoad {
  readonly count: number;
  readonly bytes: number;
}

/** Why a proposal is not taken, and what the caller may do about it. */
export interface Refusal {
  readonly kind: RegionErrorKind;
  readonly message: string;
  readonly details?: RegionErrorDetails;
}

/** A sum that the queues of proposals keep, of a region and with it of its store. */
export class ProposalSum implements ProposalLoad {
  readonly #whole: ProposalSum | undefined;
  count = 0;
  bytes = 0;

  constructor(whole?: ProposalSum) {
    this.#whole = whole;
  }

  add(bytes: number): void {
    this.count++;
    this.bytes += bytes;
    this.#whole?.add(bytes);
  }

  remove(bytes: number): void {
    this.count--;
    this.bytes -= bytes;
    this.#whole?.remove(bytes);
  }
}

/** What can hold a store up, as of now. */
export interface StoreBacklog {
  /** How long the log write under way has taken so far; 0 without one. */
  readonly logWriteMs: number;
  /** How long the loop has waited for the engine to take writes; 0 when it does not. */
  readonly engineWaitMs: number;
  readonly raftLogSegments: number;
}

/** From 0 (all is well) to 1 (nothing more), with what is to blame. */
export interface Pressure {
  readonly level: number;
  readonly reason: string;
}

const NO_PRESSURE: Pressure = { level: 0, reason: '' };

/** The share of the way from `from` to `to` that `value` has gone. */
function share(value: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

export function pressureOf({ logWriteMs, engineWaitMs, raftLogSegments }: StoreBacklog): Pressure {
  const log = share(logWriteMs, STALL_MS, MAX_STALL_MS);
  const engine = share(engineWaitMs, STALL_MS, MAX_STALL_MS);
  const size = share(raftLogSegments, RAFT_LOG_SEGMENTS_TO_TRIM, MAX_RAFT_LOG_SEGMENTS);
  const level = Math.max(log, engine, size);
  if (level === 0) return NO_PRESSURE;
  if (level === log)
    return { level, reason: `the disk has been writing the raft log for ${Math.round(logWriteMs)} ms` };
  if (level === engine) return { level, reason: `the engine has taken no writes for ${Math.round(engineWaitMs)} ms` };
  return { level, reason: `the raft log has ${raftLogSegments} segments that cannot be trimmed` };
}

/** Of new samples in the average of what a byte takes. */
const NEW_SHARE = 0.2;

/** What flow control knows its store by. */
export interface FlowHost {
  monotonicMs(): number;
  /** The raft log: the segments it has, and the bytes it wrote so far. */
  readonly log: { readonly segmentCount: number; readonly writtenBytes: number };
  /** Default MAX_PROPOSAL_BYTES. */
  readonly maxProposalBytes?: number | undefined;
}

export class FlowControl {
  /** Proposals under way in all regions. */
  readonly underWay = new ProposalSum();
  /** Proposals refused so far. */
  refusals = 0;
  readonly #host: FlowHost;
  readonly #slowScore: SlowScore;
  /** What the log needs for a byte, on average, when it writes much at once. */
  #msPerByte = 0;
  #writeBeganMs: number | undefined;
  #bytesBeforeWrite = 0;
  #engineWaitBeganMs: number | undefined;
  /** Bytes of entries from other stores: before the log write under way began, and since. */
  #arrivedInWrite = 0;
  #arrivedSince = 0;

  constructor(host: FlowHost) {
    this.#host = host;
    this.#slowScore = new SlowScore(host.monotonicMs());
  }

  get pressure(): Pressure {
    return pressureOf({
      logWriteMs: this.#logWriteMs,
      engineWaitMs: this.#since(this.#engineWaitBeganMs),
      raftLogSegments: this.#host.log.segmentCount,
    });
  }

  /** How slow the disk is, from 1 to 100, as of the last round. */
  get slowScore(): number {
    return this.#slowScore.value;
  }

  /** Ends a round of measuring how slow the disk is; answers the score. */
  takeSlowScore(): number {
    return this.#slowScore.endRound(this.#host.monotonicMs(), this.#logWriteMs);
  }

  logWriteBegins(): void {
    this.#writeBeganMs = this.#host.monotonicMs();
    this.#bytesBeforeWrite = this.#host.log.writtenBytes;
    this.#arrivedInWrite = this.#arrivedSince;
    this.#arrivedSince = 0;
  }

  logWriteEnded(): void {
    const ms = this.#logWriteMs;
    const bytes = this.#host.log.writtenBytes - this.#bytesBeforeWrite;
    this.#writeBeganMs = undefined;
    this.#arrivedInWrite = 0;
    this.#slowScore.note(ms);
    if (bytes > 0) this.#msPerByte += NEW_SHARE * (ms / bytes - this.#msPerByte);
  }

  /** The loop waits until the engine takes writes; said again and again while it does. */
  engineWaits(): void {
    this.#engineWaitBeganMs ??= this.#host.monotonicMs();
  }

  engineTakesWrites(): void {
    this.#engineWaitBeganMs = undefined;
  }

  /** Bytes of entries from other stores that are not in the log yet. */
  get arrivedBytes(): number {
    return this.#arrivedInWrite + this.#arrivedSince;
  }

  /** Whatever arrived was known already. */
  nothingToWrite(): void {
    this.#arrivedSince = 0;
  }

  /** Whether there is room for the entries of a message from another store; if not, raft sends them again. */
  takesEntries({ type, entries }: Pick<Message, 'type' | 'entries'>): boolean {
    if (type !== 'MsgApp' || entries.length === 0) return true;
    let bytes = 0;
    for (const { data } of entries) bytes += data.byteLength;
    const sum = this.arrivedBytes;
    if (sum > 0 && sum + bytes > MAX_ARRIVED_BYTES) return false;
    this.#arrivedSince += bytes;
    return true;
  }

  /** Whether `bytes` more are too much for the store, or for a region that has `region` under way. */
  refusal(bytes: number, region: ProposalLoad): Refusal | undefined {
    const { underWay } = this;
    if (underWay.count === 0) return undefined;
    const { level, reason } = this.pressure;
    const limit = (this.#host.maxProposalBytes ?? MAX_PROPOSAL_BYTES) * (1 - level);
    if (level === 1 || underWay.bytes + bytes > limit || underWay.count >= MAX_PROPOSALS) {
      const under = `${underWay.count} proposals of ${underWay.bytes} bytes are under way`;
      return this.#busy(reason === '' ? under : `${reason}; ${under}`);
    }
    if (region.count === 0) return undefined;
    const isHot = region.bytes + bytes > limit - underWay.bytes || region.count >= MAX_PROPOSALS - underWay.count;
    return isHot
      ? this.#busy(`${region.count} proposals of ${region.bytes} bytes are under way in this region`)
      : undefined;
  }

  /** The time in which the store should be through with what it has. */
  get estimatedWaitMs(): number {
    return this.underWay.bytes * this.#msPerByte + this.#logWriteMs;
  }

  /** How long the log write under way has taken so far. */
  get #logWriteMs(): number {
    return this.#since(this.#writeBeganMs);
  }

  #since(beganMs: number | undefined): number {
    return beganMs === undefined ? 0 : this.#host.monotonicMs() - beganMs;
  }

  #busy(reason: string): Refusal {
    this.refusals++;
    const estimatedWaitMs = Math.ceil(this.estimatedWaitMs);
    const backOffMs = Math.min(MAX_BUSY_HINT_MS, Math.max(MIN_BUSY_HINT_MS, estimatedWaitMs));
    return { kind: 'server-is-busy', message: reason, details: { backOffMs, estimatedWaitMs } };
  }
}
