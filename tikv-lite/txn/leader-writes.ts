/**
 * The writes of a region on its leader: how the result of a command becomes an entry of the log, and what becomes of it.
 *
 * A command holds the latches of its keys from its first read until its writes are applied. Its changes of the lock table
 * take effect in the turn in which its writes become visible; locks that a prewrite published before stand already. A
 * proposal whose outcome is not known makes the lock table doubtful: the region is told, and decides what it still serves.
 */

import { chain, isPromise, type Key, type ValueOrPromise } from '../../base/index.ts';
import type { KvReader, WriteOperation } from '../kv/kv-engine.ts';
import type { Changes } from '../mvcc/changes.ts';
import type { CommandResult } from '../mvcc/commands/commit.ts';
import type { PessimisticLockResult } from '../mvcc/commands/pessimistic-lock.ts';
import { type MvccReader, runCommand } from '../mvcc/reader.ts';
import { RegionError, type RegionKv } from '../raftstore/region-kv.ts';
import type { Latches, LatchTicket } from './latches.ts';
import type { LockTable } from './lock-table.ts';
import type { LockWaits } from './lock-waits.ts';
import { checkKeys, epochNotMatch } from './region-checks.ts';
import type { Done, Failed } from './region-service.ts';

/** One log entry holds less than 8 MiB; a command that wants more is cut or falls back. */
export const MAX_PROPOSAL_BYTES = 6 * 1024 * 1024;
/** Keys per log entry of a commit; versions that move to the history may be long. */
export const CHUNK_KEYS = 1024;

const OK: Done = { kind: 'ok' };
const OVERSIZE = { kind: 'oversize' } as const;

/** With changes: they are written before the command is answered. */
type CommandOutcome = { readonly changes: Changes } | Failed | PessimisticLockResult | typeof OVERSIZE;

export interface LeaderWritesParts {
  readonly kv: RegionKv;
  readonly locks: LockTable;
  readonly latches: Latches;
  readonly waits: LockWaits;
  /** The applied state, while the lock table matches it. Throws RegionError otherwise. */
  readonly read: () => KvReader;
  /** The store failed with a proposal under way. */
  readonly storeFailed: (error: RegionError) => void;
  /** A proposal may yet be applied, unseen. */
  readonly outcomeLost: () => void;
  /** No proposal's outcome is open any more. */
  readonly allSettled: () => void;
}

/** What else happens with the changes of a command. */
export interface WriteHooks {
  /** In the turn in which they become visible, before the lock table follows. */
  readonly onApplied: () => void;
  /** The log did not take them, or may have done so unseen. */
  readonly undo: (isUndetermined: boolean) => void;
}

export class LeaderWrites {
  readonly #parts: LeaderWritesParts;
  /** Proposals whose outcome is open. */
  #inFlight = 0;

  constructor(parts: LeaderWritesParts) {
    this.#parts = parts;
  }

  /** Whether the outcome of a proposal is open. */
  get areInFlight(): boolean {
    return this.#inFlight > 0;
  }

  /** Runs with the latches of distinct `keys`; `work` gives the ticket back, unless it throws. */
  latched<R>(keys: readonly Key[], work: (ticket: LatchTicket) => ValueOrPromise<R>): ValueOrPromise<R> {
    const { kv, latches } = this.#parts;
    checkKeys(kv, keys);
    const ticket = latches.acquire(keys);
    ticket.epochVersion = kv.epoch.version;
    const guarded = (): ValueOrPromise<R> => {
      try {
        return work(ticket);
      } catch (error) {
        this.release(ticket);
        throw error;
      }
    };
    return ticket.isHeld ? guarded() : ticket.held().then(guarded);
  }

  /**
   * A command may be run several times, with waits in between: each time the region must still be the same. When it
   * rejects, the ticket is given back.
   */
  run<R>(ticket: LatchTicket, command: (reader: MvccReader) => R): ValueOrPromise<R> {
    const { locks, read } = this.#parts;
    const readNow = (): KvReader => {
      this.#checkEpoch(ticket);
      return read();
    };
    const result = runCommand(readNow, locks, command);
    if (!isPromise(result)) return result;
    return result.catch((error: unknown) => {
      this.release(ticket);
      throw error;
    });
  }

  /** A command whose result, if it has changes, is written before it is answered. */
  command<R extends CommandOutcome, A>(
    keys: readonly Key[],
    command: (reader: MvccReader) => R,
    answer: (result: R) => A,
  ): ValueOrPromise<A> {
    return this.latched(keys, (ticket) =>
      chain(this.run(ticket, command), (result) => {
        const changes = 'changes' in result ? result.changes : undefined;
        if (changes === undefined) {
          this.release(ticket);
          return answer(result);
        }
        return chain(this.write(changes, ticket), () => answer(result));
      }),
    );
  }

  /** Commands that treat their keys one by one: as many keys per log entry as fit. */
  inChunks(
    keys: readonly Key[],
    command: (reader: MvccReader, keys: readonly Key[]) => CommandResult,
  ): ValueOrPromise<Done> {
    if (keys.length > CHUNK_KEYS) return this.#chunkByChunk(keys, CHUNK_KEYS, command);
    const done = this.command(keys, (reader) => refuseOversize(keys, command(reader, keys)), toDoneOrOversize);
    return chain(done, (reply) =>
      reply.kind === 'oversize' ? this.#chunkByChunk(keys, Math.ceil(keys.length / 4), command) : reply,
    );
  }

  async #chunkByChunk(
    keys: readonly Key[],
    size: number,
    command: (reader: MvccReader, keys: readonly Key[]) => CommandResult,
  ): Promise<Done> {
    for (let at = 0; at < keys.length; at += size) {
      const done = await this.inChunks(keys.slice(at, at + size), command);
      if (done.kind === 'failed') return done;
    }
    return OK;
  }

  /** Sends changes through the log; lock table, latches and waiters follow when they are applied. */
  write(changes: Changes, ticket: LatchTicket, hooks?: WriteHooks): ValueOrPromise<void> {
    const { kv } = this.#parts;
    if (ticket.epochVersion !== kv.epoch.version) {
      hooks?.undo(false);
      this.release(ticket);
      return Promise.reject(epochNotMatch(kv));
    }
    const onApplied = (): void => {
      hooks?.onApplied();
      this.applyLocks(changes);
    };
    if (changes.operations.length === 0) {
      onApplied();
      this.release(ticket);
      return undefined;
    }
    this.#inFlight++;
    return this.#proposeAll(changes, ticket, onApplied).then(
      () => {
        this.#settled();
        this.release(ticket);
      },
      (error: unknown) => {
        hooks?.undo(isUndetermined(error));
        this.#doubt(error);
        this.#settled();
        this.release(ticket);
        throw error;
      },
    );
  }

  /** Changes of the lock table alone. */
  applyLocks(changes: Changes): void {
    for (const change of changes.locks) this.#parts.locks.apply(change);
  }

  /** Gives the latches back; those who wait for the keys try again. */
  release(ticket: LatchTicket): void {
    const { latches, waits } = this.#parts;
    latches.release(ticket);
    if (waits.waiting > 0) for (const key of ticket.keys) waits.wake(key);
  }

  /** One entry, or two when the old and the new version of a long value are too much for one. */
  #proposeAll(changes: Changes, ticket: LatchTicket, onApplied: () => void): Promise<void> {
    const copies = changes.sizeBytes > MAX_PROPOSAL_BYTES ? changes.takeCopies() : [];
    if (copies.length === 0) return this.#propose(changes.operations, onApplied);
    return this.#propose(copies).then(() => {
      this.#checkEpoch(ticket);
      return this.#propose(changes.operations, onApplied);
    });
  }

  #propose(operations: readonly WriteOperation[], onApplied?: () => void): Promise<void> {
    try {
      return this.#parts.kv.propose(operations, onApplied);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #checkEpoch(ticket: LatchTicket): void {
    const { kv } = this.#parts;
    if (ticket.epochVersion !== kv.epoch.version) throw epochNotMatch(kv);
  }

  #doubt(error: unknown): void {
    if (error instanceof RegionError && error.kind === 'store-failed') this.#parts.storeFailed(error);
    else if (isUndetermined(error)) this.#parts.outcomeLost();
  }

  #settled(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#parts.allSettled();
  }
}

/** What the client hears of a command that only succeeds or fails. */
export function toDone(result: CommandResult): Done {
  return result.kind === 'ok' ? OK : result;
}

function isUndetermined(error: unknown): boolean {
  return error instanceof RegionError && (error.kind === 'stale-command' || error.kind === 'store-failed');
}

function refuseOversize(keys: readonly Key[], result: CommandResult): CommandResult | typeof OVERSIZE {
  const isOversize = keys.length > 1 && result.kind === 'ok' && result.changes.sizeBytes > MAX_PROPOSAL_BYTES;
  return isOversize ? OVERSIZE : result;
}

function toDoneOrOversize(result: CommandResult | typeof OVERSIZE): Done | typeof OVERSIZE {
  return result.kind === 'oversize' ? result : toDone(result);
}
