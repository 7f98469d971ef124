/**
 * Making checkpoints, one at a time: remember what every replica has applied, flush the engine, write that down in one
 * group of log items together with what may leave the log because of it, then drop the segments that nothing needs.
 */

import { checkpointItems, type RegionCheckpoint } from './checkpoint.ts';
import type { CompletedCheckpoint } from './checkpoint-scope.ts';
import type { LogItem } from './log/log-items.ts';

/** Log items that have to be written in one group, and who waits for it. */
export interface GroupPart {
  /** Called when the group is put together. */
  items(): readonly LogItem[];
  written(): void;
  failed(error: Error): void;
}

/** What a checkpoint needs of the store. */
export interface CheckpointHost {
  /** Every replica as it is now, and the tombstones of those that are not here any more. */
  captureReplicas(): readonly RegionCheckpoint[];
  /** Resolves when everything applied before the call survives a power cut. */
  flushEngine(): Promise<void>;
  completeCheckpoint(captured: readonly RegionCheckpoint[]): CompletedCheckpoint;
  writePart(part: GroupPart): void;
  dropDeadSegments(): Promise<unknown>;
}

export class Checkpointer {
  readonly #host: CheckpointHost;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;

  constructor(host: CheckpointHost) {
    this.#host = host;
  }

  get isRunning(): boolean {
    return this.#running !== undefined || this.#queued !== undefined;
  }

  /** Resolves when a checkpoint stands that covers everything applied before the call. Rejects when it could not be made. */
  run(): Promise<void> {
    if (this.#queued !== undefined) return this.#queued;
    const queued = this.#after(this.#running);
    this.#queued = queued;
    return queued;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.isRunning) await (this.#queued ?? this.#running)?.catch(() => {});
  }

  async #after(previous: Promise<void> | undefined): Promise<void> {
    await previous?.catch(() => {});
    this.#queued = undefined;
    this.#running = this.#make();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #make(): Promise<void> {
    const captured = this.#host.captureReplicas();
    await this.#host.flushEngine();
    await new Promise<void>((written, failed) => {
      const items = (): readonly LogItem[] => {
        const complete = this.#host.completeCheckpoint(captured);
        return [...checkpointItems(complete.replicas), ...complete.items];
      };
      this.#host.writePart({ items, written, failed });
    });
    await this.#host.dropDeadSegments();
  }
}
