/** One of the stores of a replicated region: its machine, its lives, and what checks may look at. */

import { DiskError, type PeerId, type SeededRandom, type SimulatedMachine, type StoreId } from '../../../base/index.ts';
import type { Region } from '../../../pd/index.ts';
import {
  type Bootstrap,
  MemoryEngine,
  openStore,
  type RegionMessage,
  type Store,
  type StoreTransport,
} from '../../../tikv-lite/index.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';
import { openRaftLog } from '../../../tikv-lite/raftstore/log/replay.ts';
import { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { LOCAL_RANGE } from '../../../tikv-lite/raftstore/region.ts';
import type { Components } from './components.ts';

const SEGMENT_BYTES = 1 << 20;
const ENDLESS = Number.MAX_SAFE_INTEGER;

export interface NodeOptions {
  readonly machine: SimulatedMachine;
  readonly random: SeededRandom;
  readonly bootstrap: Bootstrap & { readonly region: Region };
  readonly transport: StoreTransport;
  readonly components: Components;
}

export interface NodeLife {
  readonly store: Store;
  readonly log: RaftLog;
  readonly peer: Peer;
}

export class Node {
  readonly #options: NodeOptions;
  readonly #memory = new MemoryEngine();
  #life: NodeLife | undefined;
  /** The engine may hold the effects of entries up to here, although a start applies them again one after the other. */
  #highestApplied = 0;

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  get storeId(): StoreId {
    return this.#options.bootstrap.storeId;
  }

  get machine(): SimulatedMachine {
    return this.#options.machine;
  }

  get life(): NodeLife | undefined {
    return this.#life;
  }

  /** Rejects with DiskError when the disk is what fails. */
  async boot(): Promise<void> {
    const { machine, random, bootstrap, transport, components } = this.#options;
    const engine = this.#memory.open();
    let log: RaftLog | undefined;
    const store = await openStore(
      { ...machine, disk: components.disk(machine.disk, random) },
      {
        directory: '/data',
        segmentBytes: SEGMENT_BYTES,
        cacheBytes: 0,
        openEngine: () => Promise.resolve(engine),
        openLog: async (options) => {
          log = components.log(await openRaftLog(options));
          return log;
        },
        bootstrap,
        transport,
      },
    );
    const peer = store.region(bootstrap.region.regionId);
    if (!(peer instanceof Peer) || log === undefined)
      throw new DiskError('EIO', 'the store came up without its region');
    this.#life = { store, log, peer };
  }

  crash(): void {
    this.#highestApplied = Math.max(this.#highestApplied, this.#life?.peer.appliedIndex ?? 0);
    this.#life = undefined;
    this.#options.machine.crash();
    this.#memory.crash(this.#options.random);
  }

  receive(message: RegionMessage): void {
    this.#life?.store.receive([message]);
  }

  receiveSnapshot(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const life = this.#life;
    return life === undefined
      ? Promise.reject(new Error('the store is down'))
      : life.store.receiveSnapshot(header, chunks);
  }

  get isLeader(): boolean {
    return this.#life?.peer.isLeader === true;
  }

  /** What is applied, once the start has caught up with the engine. */
  get settledIndex(): number | undefined {
    const index = this.#life?.peer.isInstalling === true ? undefined : this.#life?.peer.appliedIndex;
    return index === undefined || index < this.#highestApplied ? undefined : index;
  }

  termAt(index: number): number | undefined {
    return this.#life?.log.region(this.#options.bootstrap.region.regionId).termAt(index);
  }

  /** Everything the replica holds, as one string. */
  contents(): string {
    const { end } = LOCAL_RANGE;
    if (end === undefined) return '';
    const pairs = this.#memory.scan({ start: end }, ENDLESS, false);
    return pairs.map(({ key, value }) => `${key}=${Buffer.from(value).toString('latin1')}`).join('\n');
  }

  get peerId(): PeerId | undefined {
    return this.#life?.peer.peerId;
  }
}
