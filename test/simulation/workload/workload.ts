/** What a workload is to a run: clients that come back after every restart, and checks of what they remember. */

import type { Random, SimulatedMachine } from '../../../base/index.ts';
import { DiskError } from '../../../base/index.ts';
import { type ReadOptions, type Storage, TransactionError } from '../../../tikv-lite/index.ts';

/** One life of the store, as the clients inside the process see it. */
export interface Session {
  readonly storage: Storage;
  readonly machine: SimulatedMachine;
  readonly random: Random;
  /** The next place in the order of all calls and returns of the run. */
  instant(): number;
  /** An operation succeeded: it counts as progress. */
  acknowledged(label: string): void;
}

export interface Workload {
  readonly name: string;
  /** Makes the data before the faults begin. */
  setUp(session: Session): Promise<void>;
  /** One operation of one client. Throws CheckFailed when it saw something impossible; other failures are its own. */
  step(session: Session): Promise<void>;
  /** Reads everything back once the world is healed. Throws CheckFailed. */
  verify(session: Session): Promise<void>;
}

/** What an attempt to commit came to, as far as the client was told. */
export type Told = 'committed' | 'aborted' | 'unknown';

/** Throws what no client should ever see. */
export function toldBy(error: unknown): Told {
  if (error instanceof TransactionError) return error.kind === 'undetermined' ? 'unknown' : 'aborted';
  if (error instanceof DiskError) return 'aborted';
  throw error;
}

/** Runs what may fail because of faults; undefined when it did. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    toldBy(error);
    return undefined;
  }
}

/** False when what was to be read is garbage by now. */
export async function unlessCollected(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof TransactionError && error.kind === 'snapshot-too-old') return false;
    throw error;
  }
}

export function pause(session: Session, longestMs: number): Promise<void> {
  return new Promise((resolve) => {
    session.machine.timers.after(session.random.below(longestMs + 1), resolve);
  });
}

/** Where the reads of a snapshot go: every reader sees the same, whoever answers. */
export function readsOf(random: Random): ReadOptions | undefined {
  const dice = random.below(8);
  if (dice === 0) return { replicaRead: 'follower' };
  if (dice === 1) return { replicaRead: 'leader-and-follower' };
  return dice < 4 ? { isStale: true } : undefined;
}

export const TRANSACTION_MEMORY = 1 << 26;

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function textOf(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString('latin1');
}
