/**
 * The parts of a store's process that a run may replace by faulty ones. The defaults are the production parts; a planted
 * bug is a replacement, so that no production code knows of it.
 */

import type { Disk, Random } from '../../../base/index.ts';
import type { KvEngine, RegionKv } from '../../../tikv-lite/index.ts';
import { LockTable } from '../../../tikv-lite/txn/lock-table.ts';

export interface Components {
  disk(disk: Disk, random: Random): Disk;
  engine(engine: KvEngine, random: Random): KvEngine;
  region(region: RegionKv, random: Random): RegionKv;
  lockTable(random: Random): LockTable;
}

export const SOUND: Components = {
  disk: (disk) => disk,
  engine: (engine) => engine,
  region: (region) => region,
  lockTable: () => new LockTable(),
};
