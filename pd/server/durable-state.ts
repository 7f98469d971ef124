/**
 * What a placement driver must never forget: one small file that is replaced as a whole with each change.
 *
 * A change takes effect in memory only once it is on the disk, and changes happen one after the other, so what anybody
 * was told is what a restart finds.
 */

import { type Disk, MAX_TS, NO_TS, type StoreId, type Ts } from '../../base/index.ts';
import type { FullGcState } from '../gc.ts';
import type { Region, StoreDescriptor } from '../meta.ts';

const FORMAT = 1;

export interface DurableState {
  readonly clusterId: bigint;
  /** Wall clock; 0 when that was not written down. */
  readonly createdAtMs: number;
  /** Every id handed out lies below. */
  readonly idBound: number;
  /** The region the cluster began with; undefined before the bootstrap. */
  readonly bootstrapRegion: Region | undefined;
  readonly stores: ReadonlyMap<StoreId, StoreDescriptor>;
  readonly gc: FullGcState;
}

export function newClusterState(clusterId: bigint, createdAtMs: number): DurableState {
  return {
    clusterId,
    createdAtMs,
    idBound: 1,
    bootstrapRegion: undefined,
    stores: new Map(),
    gc: { gcSafePoint: NO_TS, txnSafePoint: NO_TS, barriers: [] },
  };
}

/** The JSON form: what JSON lacks (bigint, binary keys, maps) as text or lists. */
interface StateRecord {
  readonly format: number;
  readonly clusterId: string;
  readonly createdAtMs?: number;
  readonly idBound: number;
  readonly bootstrapRegion: Region | null;
  readonly stores: readonly StoreDescriptor[];
  readonly gc: {
    readonly gcSafePoint: string;
    readonly txnSafePoint: string;
    readonly barriers: readonly { readonly id: string; readonly ts: string; readonly expiresAtMs: number | null }[];
  };
}

function encodeState(state: DurableState): Uint8Array {
  const { clusterId, createdAtMs, idBound, bootstrapRegion, stores, gc } = state;
  const record: StateRecord = {
    format: FORMAT,
    clusterId: String(clusterId),
    createdAtMs,
    idBound,
    bootstrapRegion: bootstrapRegion ?? null,
    stores: [...stores.values()],
    gc: {
      gcSafePoint: String(gc.gcSafePoint),
      txnSafePoint: String(gc.txnSafePoint),
      barriers: gc.barriers.map(({ barrierId, ts, expiresAtMs }) => ({
        id: barrierId,
        ts: String(ts),
        expiresAtMs: expiresAtMs ?? null,
      })),
    },
  };
  return Buffer.from(`${JSON.stringify(record, undefined, 1)}\n`);
}

function tsOf(text: string): Ts {
  const ts = BigInt(text);
  if (ts < NO_TS || ts > MAX_TS) throw new RangeError(`${text} is no timestamp`);
  return ts as Ts;
}

function decodeState(bytes: Uint8Array, path: string): DurableState {
  try {
    const record = JSON.parse(Buffer.from(bytes).toString()) as StateRecord;
    if (record.format !== FORMAT) throw new RangeError(`it has format ${record.format}, this version reads ${FORMAT}`);
    const { gc } = record;
    return {
      clusterId: BigInt(record.clusterId),
      createdAtMs: record.createdAtMs ?? 0,
      idBound: record.idBound,
      bootstrapRegion: record.bootstrapRegion ?? undefined,
      stores: new Map(record.stores.map((store) => [store.storeId, store])),
      gc: {
        gcSafePoint: tsOf(gc.gcSafePoint),
        txnSafePoint: tsOf(gc.txnSafePoint),
        barriers: gc.barriers.map(({ id, ts, expiresAtMs }) => ({
          barrierId: id,
          ts: tsOf(ts),
          expiresAtMs: expiresAtMs ?? undefined,
        })),
      },
    };
  } catch (error) {
    throw new Error(`${path} cannot be read as the state of a placement driver: ${String(error)}`);
  }
}

export class StateFile {
  readonly #disk: Disk;
  readonly #path: string;
  #state: DurableState;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(disk: Disk, path: string, state: DurableState) {
    this.#disk = disk;
    this.#path = path;
    this.#state = state;
  }

  /** Reads the file, or writes the one of a new cluster. Rejects when it is there and cannot be read. */
  static async open(disk: Disk, path: string, newState: () => DurableState): Promise<StateFile> {
    const bytes = await disk.readFile(path);
    if (bytes !== undefined) return new StateFile(disk, path, decodeState(bytes, path));
    const state = newState();
    await disk.replaceFile(path, encodeState(state));
    return new StateFile(disk, path, state);
  }

  get state(): DurableState {
    return this.#state;
  }

  /**
   * Runs `change` on the newest state when its turn comes and resolves with what it made of it, once that is durable.
   * Rejects with what `change` throws, or with DiskError; then nothing changed. An unchanged state is not written.
   */
  change(change: (state: DurableState) => DurableState): Promise<DurableState> {
    const turn = this.#tail.then(async () => {
      const next = change(this.#state);
      if (next !== this.#state) await this.#disk.replaceFile(this.#path, encodeState(next));
      this.#state = next;
      return next;
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}
