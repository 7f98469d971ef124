/**
 * The memory of writes that a store's scheduler has taken over from clients and not answered: those that wait for latches
 * or for data from the disk, and those in the log's queue. A region may hold as much as the store still has free, so a
 * region with one hot key does not keep the others from writing.
 */

import type { RegionId } from '../../base/index.ts';
import type { PrewriteRequest } from '../mvcc/commands/prewrite.ts';
import { RegionError } from '../raftstore/region-kv.ts';

/** Beyond it writes are refused with 'server-is-busy'. TiKV's scheduler-pending-write-threshold. */
const MAX_PENDING_WRITE_BYTES = 100 << 20;
const BACK_OFF_MS = 200;

export class WriteQuota {
  readonly #maxBytes: number;
  readonly #byRegion = new Map<RegionId, number>();
  #bytes = 0;

  constructor(maxBytes = MAX_PENDING_WRITE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Runs `write`, which holds `bytes` until it has settled. Rejects with RegionError 'server-is-busy' without room. */
  async run<T>(regionId: RegionId, bytes: number, write: () => T | Promise<T>): Promise<T> {
    const own = this.#byRegion.get(regionId) ?? 0;
    const free = this.#maxBytes - this.#bytes;
    if (this.#bytes > 0 && (bytes > free || (own > 0 && own + bytes > free))) {
      const message = `scheduler is busy: ${this.#bytes} bytes of writes are pending, ${own} of them in this region`;
      throw new RegionError('server-is-busy', regionId, message, { backOffMs: BACK_OFF_MS });
    }
    this.#bytes += bytes;
    this.#byRegion.set(regionId, own + bytes);
    try {
      return await write();
    } finally {
      this.#bytes -= bytes;
      const left = (this.#byRegion.get(regionId) ?? 0) - bytes;
      if (left > 0) this.#byRegion.set(regionId, left);
      else this.#byRegion.delete(regionId);
    }
  }
}

/** What the mutations of a prewrite or a flush take in memory, about. */
export function sizeOfMutations({ mutations }: Pick<PrewriteRequest, 'mutations'>): number {
  let bytes = 0;
  for (const { key, value } of mutations) bytes += key.length + (value?.byteLength ?? 0);
  return bytes;
}
