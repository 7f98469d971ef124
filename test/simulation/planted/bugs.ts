/**
 * Bugs planted on purpose, each a faulty part in the place of a sound one: what the simulator must find. Production code
 * knows nothing of them.
 */

import type { Key, KeyRange, Random } from '../../../base/index.ts';
import type { KvEngine, RegionKv } from '../../../tikv-lite/index.ts';
import type { Lock } from '../../../tikv-lite/mvcc/lock.ts';
import { LockTable } from '../../../tikv-lite/txn/lock-table.ts';
import type { Components as OneStoreComponents } from '../one-store/components.ts';
import type { FaultKind } from '../one-store/faults.ts';
import { planOneStore, runOneStore } from '../one-store/run.ts';
import type { Components as ReplicatedComponents } from '../replicated/components.ts';
import { planReplicated, runReplicated } from '../replicated/run.ts';
import { regionOver } from '../support/region-over.ts';
import { CLUSTER_BUGS } from './cluster-bugs.ts';
import { forgetfulLog, skippingDisk } from './faulty-parts.ts';
import type { PlantedBug } from './planted-bug.ts';

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
  return regionOver(region, {
    propose: (operations, onApplied) => {
      region.propose(operations, onApplied).catch(() => {});
      return Promise.resolve();
    },
  });
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

function oneStore(
  name: string,
  components: Partial<OneStoreComponents>,
  { firstSeed = 4, kinds }: { readonly firstSeed?: number; readonly kinds?: readonly FaultKind[] } = {},
): PlantedBug {
  return { name, firstSeed, run: (seed) => runOneStore(planOneStore(seed, 4, kinds), { components }) };
}

function replicated(name: string, components: Partial<ReplicatedComponents>, firstSeed = 7): PlantedBug {
  return { name, firstSeed, run: (seed) => runReplicated(planReplicated(seed, 10), { components }) };
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...CLUSTER_BUGS,
  oneStore('a disk that skips syncs', { disk: (disk, random) => skippingDisk(disk, random) }, { firstSeed: 22 }),
  oneStore('an engine whose flush does nothing', { engine: forgetfulEngine }, { kinds: ['crash', 'restart'] }),
  oneStore('an acknowledgement ahead of the log', { region: hastyRegion }),
  oneStore('a lock table that overlooks locks', { lockTable: (random) => new BlindLockTable(random) }),
  replicated('three disks that skip syncs', { disk: (disk, random) => skippingDisk(disk, random, 2) }, 10),
  replicated('a raft storage that forgets term and vote', { log: forgetfulLog }),
  replicated('reads without a lease', { read: (store) => store.reader }),
];
