/** The parts of a replicated store that a run may replace by faulty ones; the defaults are the production parts. */

import type { Disk, Random } from '../../../base/index.ts';
import type { KvReader, Store } from '../../../tikv-lite/index.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';

export interface Components {
  disk(disk: Disk, random: Random): Disk;
  log(log: RaftLog): RaftLog;
  /** Where a client reads on a store. Throws RegionError where it may not. */
  read(store: Store): KvReader;
}

export const SOUND: Components = {
  disk: (disk) => disk,
  log: (log) => log,
  read: (store) => {
    const [region] = store.regions;
    if (region === undefined) throw new Error('the store has no region');
    return region.read();
  },
};
