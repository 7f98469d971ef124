/**
 * Bugs planted on purpose, each a faulty part in the place of a sound one: what the simulator must find. Production code
 * knows nothing of them.
 */

import type { Disk, DiskFile, Key, KeyRange, Random } from '../../../base/index.ts';
import type { KvEngine, RegionKv } from '../../../tikv-lite/index.ts';
import type { Lock } from '../../../tikv-lite/mvcc/lock.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';
import { LockTable } from '../../../tikv-lite/txn/lock-table.ts';
import type { Components as OneStoreComponents } from '../one-store/components.ts';
import type { FaultKind } from '../one-store/faults.ts';
import { planOneStore, runOneStore } from '../one-store/run.ts';
import type { Components as ReplicatedComponents } from '../replicated/components.ts';
import { planReplicated, runReplicated } from '../replicated/run.ts';
import type { Outcome } from '../support/outcome.ts';

export interface PlantedBug {
  readonly name: string;
  /** Where a quick search begins. */
  readonly firstSeed: number;
  run(seed: number): Promise<Outcome>;
}

/** Every tenth sync of a file is answered without having been done. */
function skippingDisk(disk: Disk, random: Random): Disk {
  const skipping = (file: DiskFile): DiskFile => ({
    path: file.path,
    size: () => file.size(),
    read: (offset, length) => file.read(offset, length),
    write: (offset, buffers) => file.write(offset, buffers),
    writeDurably: (offset, buffers) =>
      random.below(10) === 0 ? file.write(offset, buffers) : file.writeDurably(offset, buffers),
    sync: () => (random.below(10) === 0 ? Promise.resolve() : file.sync()),
    truncate: (size) => file.truncate(size),
    allocate: (size) => file.allocate(size),
    close: () => file.close(),
  });
  return {
    open: async (path, options) => skipping(await disk.open(path, options)),
    readFile: (path) => disk.readFile(path),
    replaceFile: (path, contents) => disk.replaceFile(path, contents),
    list: (directory) => disk.list(directory),
    makeDirectory: (path) => disk.makeDirectory(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    lock: (path) => disk.lock(path),
    freeBytes: (path) => disk.freeBytes(path),
  };
}

/** Says that everything is durable when the log wants to forget it. */
function forgetfulEngine(engine: KvEngine): KvEngine {
  return {
    get state() {
      return engine.state;
    },
    get pendingBytes() {
      return engine.pendingBytes;
    },
    get: (key) => engine.get(key),
    scan: (range, limit, reverse) => engine.scan(range, limit, reverse),
    snapshot: () => engine.snapshot(),
    write: (operations, options) => engine.write(operations, options),
    flush: () => Promise.resolve(),
    recover: () => engine.recover(),
    destroyRange: (range: KeyRange) => engine.destroyRange(range),
    approximateSizeBytes: (range: KeyRange) => engine.approximateSizeBytes(range),
    close: () => engine.close(),
  };
}

/** Acknowledges a proposal before it is durable. */
function hastyRegion(region: RegionKv): RegionKv {
  return {
    regionId: region.regionId,
    regionRange: region.regionRange,
    get epoch() {
      return region.epoch;
    },
    get region() {
      return region.region;
    },
    get peer() {
      return region.peer;
    },
    get isLeader() {
      return region.isLeader;
    },
    get term() {
      return region.term;
    },
    get leader() {
      return region.leader;
    },
    read: () => region.read(),
    readIndex: () => region.readIndex(),
    propose: (operations, onApplied) => {
      region.propose(operations, onApplied).catch(() => {});
      return Promise.resolve();
    },
    destroyRange: (range) => region.destroyRange(range),
  };
}

/** Readers and writers see only four of five locks. */
class BlindLockTable extends LockTable {
  readonly #random: Random;

  constructor(random: Random) {
    super();
    this.#random = random;
  }

  override written(key: Key): Lock | undefined {
    return this.#random.below(5) === 0 ? undefined : super.written(key);
  }
}

/** A log that never writes down in which term a node is and whom it voted for. */
function forgetfulLog(log: RaftLog): RaftLog {
  const write = log.write.bind(log);
  log.write = (items) => write(items.filter(({ kind }) => kind !== 'hard-state'));
  return log;
}

function oneStore(name: string, components: Partial<OneStoreComponents>, kinds?: readonly FaultKind[]): PlantedBug {
  return { name, firstSeed: 4, run: (seed) => runOneStore(planOneStore(seed, 4, kinds), { components }) };
}

function replicated(name: string, components: Partial<ReplicatedComponents>): PlantedBug {
  return { name, firstSeed: 7, run: (seed) => runReplicated(planReplicated(seed, 10), { components }) };
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  oneStore('a disk that skips syncs', { disk: skippingDisk }),
  oneStore('an engine whose flush does nothing', { engine: forgetfulEngine }, ['crash', 'restart']),
  oneStore('an acknowledgement ahead of the log', { region: hastyRegion }),
  oneStore('a lock table that overlooks locks', { lockTable: (random) => new BlindLockTable(random) }),
  replicated('three disks that skip syncs', { disk: skippingDisk }),
  replicated('a raft storage that forgets term and vote', { log: forgetfulLog }),
  replicated('reads without a lease', { read: (store) => store.reader }),
];
