/**
 * Whether the disk takes writes: looked at once in a while as long as proposals come in, and until a full disk has room
 * again and the engine has recovered.
 */

import type { Env } from '../../base/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import { MAX_ENTRY_BYTES, MIN_FREE_DISK_BYTES, SPACE_CHECK_MS } from './limits.ts';
import type { RaftLog } from './log/raft-log.ts';

export interface SpaceHost {
  readonly env: Env;
  readonly directory: string;
  readonly engine: KvEngine;
  readonly log: RaftLog;
  /** Bytes accepted into raft whose log write has not ended. */
  unwrittenBytes(): number;
  /** The engine, which had refused writes, takes them again. */
  recovered(): void;
  failed(error: unknown): void;
  isOver(): boolean;
}

export class DiskSpace {
  readonly #host: SpaceHost;
  #lowSpaceMessage: string | undefined;
  #isWatching = false;

  constructor(host: SpaceHost) {
    this.#host = host;
  }

  /** Why nothing can be written; undefined when it can. */
  get problem(): string | undefined {
    const { engine, log } = this.#host;
    const { state } = engine;
    if (state === 'refusing' || state === 'reopening') return 'the disk is full or failing: the engine refuses writes';
    if (this.#lowSpaceMessage !== undefined) return this.#lowSpaceMessage;
    const { spareFailure } = log;
    return spareFailure !== undefined && log.roomBytes - this.#host.unwrittenBytes() < MAX_ENTRY_BYTES / 8
      ? spareFailure.message
      : undefined;
  }

  /** Looks at the disk in a while, and again for as long as there is a problem. */
  watch(): void {
    if (this.#isWatching || this.#host.isOver()) return;
    this.#isWatching = true;
    this.#host.env.timers.after(SPACE_CHECK_MS, () => {
      this.#isWatching = false;
      this.#check().catch((error: unknown) => this.#host.failed(error));
    });
  }

  async #check(): Promise<void> {
    if (this.#host.isOver()) return;
    const { env, directory, engine, log } = this.#host;
    const free = await env.disk.freeBytes(directory).catch(() => Number.POSITIVE_INFINITY);
    this.#lowSpaceMessage = free < MIN_FREE_DISK_BYTES ? `only ${free} bytes are free below ${directory}` : undefined;
    if (this.#lowSpaceMessage === undefined) {
      if (log.spareFailure !== undefined) log.prepareSpare();
      if (engine.state === 'refusing' && (await engine.recover())) this.#host.recovered();
    }
    if (this.problem !== undefined) this.watch();
  }
}
