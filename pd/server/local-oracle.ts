/**
 * The timestamp oracle of a cluster in one process: answers synchronously while its durable bound lies ahead, and keeps
 * the bound in one small file. Saving happens at most once per half window, in the background.
 */

import type { Clock, Disk, Ts, ValueOrPromise } from '../../base/index.ts';
import type { TimestampOracle } from '../client/timestamp-oracle.ts';
import { TimestampState } from '../tso.ts';

export interface LocalOracleOptions {
  readonly clock: Clock;
  readonly disk: Disk;
  /** File that holds the bound, e.g. DATA-DIR/pd/tso. */
  readonly path: string;
}

function decodeBound(bytes: Uint8Array | undefined, path: string): number {
  if (bytes === undefined) return 0;
  const text = Buffer.from(bytes).toString('latin1').trim();
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${path} does not hold a timestamp bound`);
  return Number(text);
}

export class LocalOracle implements TimestampOracle {
  readonly #options: LocalOracleOptions;
  readonly #state: TimestampState;
  #saving: Promise<void> | undefined;

  private constructor(options: LocalOracleOptions, state: TimestampState) {
    this.#options = options;
    this.#state = state;
  }

  /** Reads the durable bound and saves the first one of this life. */
  static async open(options: LocalOracleOptions): Promise<LocalOracle> {
    const durableMs = decodeBound(await options.disk.readFile(options.path), options.path);
    const oracle = new LocalOracle(options, new TimestampState(durableMs, options.clock.nowMs()));
    await oracle.#extend();
    return oracle;
  }

  getTs(): ValueOrPromise<Ts> {
    return this.getTsBatch(1);
  }

  /** The last of `count` consecutive timestamps; count is positive and below 2^18. */
  getTsBatch(count: number): ValueOrPromise<Ts> {
    const nowMs = this.#options.clock.nowMs();
    const ts = this.#state.take(nowMs, count);
    if (ts === undefined) return this.#extend().then(() => this.getTsBatch(count));
    if (this.#saving === undefined && this.#state.wantedBoundMs(nowMs) !== undefined) {
      // A failure shows at the next take that finds the bound exhausted, which saves again.
      this.#extend().catch(() => undefined);
    }
    return ts;
  }

  #extend(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  async #save(): Promise<void> {
    const { clock, disk, path } = this.#options;
    const boundMs = this.#state.wantedBoundMs(clock.nowMs());
    if (boundMs === undefined) return;
    await disk.replaceFile(path, Buffer.from(String(boundMs), 'latin1'));
    this.#state.boundSaved(boundMs);
  }
}
