/** What a node asks of its host in one round. */
import type { Entry, HardState, Message, ReadState, Snapshot, SoftState } from './message.ts';

/**
 * The work of one round, in this order:
 *
 * 1. send `messages`; they may leave before anything is written (a leader's appends overlap its own disk);
 * 2. write `snapshot`, `entries` and `hardState` in one atomic batch and make it durable if `mustSync` is set or a
 *    snapshot is among it. A snapshot replaces the whole log, entries the log from the first of their indexes on;
 * 3. send `messagesAfterAppend`, which promise what step 2 wrote;
 * 4. apply `snapshot` to the state machine, then `committedEntries` in order; for each conf change call
 *    `applyConfChange` (or apply an empty conf change if the host refuses it);
 * 5. call `advance()`: everything above counts as done. No second `ready()` before it.
 *
 * Invariants a host may rely on:
 * - `committedEntries` continue without gap or repetition where the last round ended (or after `snapshot`); those that
 *   are also in `entries` or were never given to the host before are durable only after step 2. So log and state may
 *   go to disk in one batch, but never the state first.
 * - A single voter sees its proposals in `entries` of one round and in `committedEntries` of the next.
 * - With a `snapshot` there are no `committedEntries`, and `entries`, if any, follow it directly.
 * - `mustSync` is false when only `hardState.commit` moved: losing that is harmless, a restart takes at least
 *   `Config.applied` as committed.
 * - Lost, reordered and duplicated messages are harmless; a message of term t may be sent only after step 2 of the
 *   round that first showed term t, except for those in `messages` of that very round.
 * - All arrays and records are the host's to keep and must not be changed.
 *
 * With `asyncStorageWrites` steps 2 to 5 are messages instead: MsgStorageAppend (to LOCAL_APPEND_THREAD, in order) and
 * MsgStorageApply (to LOCAL_APPLY_THREAD, in order) are among `messages`, each carries the `responses` to deliver once
 * its work is done, `messagesAfterAppend` is empty, `ready()` may be called again at once and `advance()` never.
 * Committed entries are handed out only when durable here. When a snapshot comes, MsgStorageApply work that is still
 * queued is part of it: do not apply it (nor its conf changes) any more, but deliver its responses.
 */
export interface Ready {
  /** Present when leader or role changed. */
  readonly softState: SoftState | undefined;
  /** Present when it changed: write it. */
  readonly hardState: HardState | undefined;
  /** Reads that were asked for with readIndex: serve each once its index is applied. */
  readonly readStates: readonly ReadState[];
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | undefined;
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
  readonly messagesAfterAppend: readonly Message[];
  readonly mustSync: boolean;
}
