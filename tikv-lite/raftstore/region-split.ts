/** What a split makes of a region, and which splits are not allowed. Pure functions of the region. */

import { defined, type KeyRange } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { RegionSplit } from './region-kv.ts';

/** Why `region` cannot be split like that; undefined when it can. */
export function refuseSplit(region: Region, splits: readonly RegionSplit[]): string | undefined {
  if (splits.length === 0) return 'a split needs a key';
  const { start, end } = region.range;
  let previous = start;
  for (const { splitKey, newPeerIds } of splits) {
    if (splitKey <= previous) return 'split keys ascend, from behind the start of the region';
    if (end !== undefined && splitKey >= end) return 'a split key lies behind the end of the region';
    if (newPeerIds.length !== region.peers.length) {
      return `${newPeerIds.length} peer ids for a region of ${region.peers.length} peers`;
    }
    previous = splitKey;
  }
  return undefined;
}

/**
 * The resulting regions in key order; the last one keeps the id. The members of all are on the same stores. Only for
 * splits that `refuseSplit` lets pass: members may have changed since a split was proposed.
 */
export function regionsAfterSplit(region: Region, splits: readonly RegionSplit[]): readonly Region[] {
  const epoch = { confVer: region.epoch.confVer, version: region.epoch.version + splits.length };
  const parts: Region[] = [];
  let { start } = region.range;
  for (const { splitKey, newRegionId, newPeerIds } of splits) {
    const range: KeyRange = { start, end: splitKey };
    const peers = region.peers.map((peer, i) => ({
      ...peer,
      peerId: defined(newPeerIds[i], 'an id for every new peer'),
    }));
    parts.push({ regionId: newRegionId, range, epoch, peers });
    start = splitKey;
  }
  const { end } = region.range;
  parts.push({ ...region, range: end === undefined ? { start } : { start, end }, epoch });
  return parts;
}
