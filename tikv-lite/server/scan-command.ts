/**
 * KvScan. A client of TiKV takes fewer pairs than it asked for as the end of the region, so pages are read until there are
 * enough; locks stand among the pairs. Our own client asks for single pages and is told what is left.
 */

import { type Key, type KeyRange, keyFromBytes, keyToBytes, type Ts } from '../../base/index.ts';
import type { kvrpcpb } from '../../base/rpc/index.ts';
import { endToProto } from '../../pd/server/index.ts';
import { readTsOf } from '../mvcc/read.ts';
import type { KvService } from '../txn/kv-service.ts';
import { LockedRead } from '../txn/region-service.ts';
import { lockedPair, type RegionsOfStore, regionRange } from './command-support.ts';
import { bypassOf, contextFromProto, NO_BYTES } from './convert/basics.ts';

/** Keys looked at in one step, so that a scan over many deleted ones does not hold up the rest of the store. */
const MAX_PAGE_KEYS = 1024;

export async function scanForClient(
  kv: KvService,
  store: RegionsOfStore,
  request: kvrpcpb.ScanRequest,
): Promise<kvrpcpb.ScanResponse> {
  const context = contextFromProto(request.context);
  const at = readTsOf(request.version as Ts);
  const bypass = bypassOf(request.context);
  const { reverse, limit, singlePage } = request;
  let range: KeyRange | undefined = requestedRange(request, regionRange(store, context));
  const pairs: kvrpcpb.KvPair[] = [];
  while (range !== undefined && pairs.length < limit) {
    const keys: number = Math.min(limit - pairs.length, MAX_PAGE_KEYS);
    const page = await kv.handle(context, 'scan', [range, at, keys, reverse, bypass]);
    if (page instanceof LockedRead) {
      pairs.push(lockedPair(page.lock));
      range = behind(page.lock.key, range, reverse);
    } else {
      for (const { key, value } of page.pairs)
        pairs.push({ key: keyToBytes(key), value: request.keyOnly ? NO_BYTES : value, commitTs: 0n });
      range = page.rest;
    }
    if (singlePage)
      return { pairs, rest: range && { startKey: keyToBytes(range.start), endKey: endToProto(range.end) } };
  }
  return { pairs };
}

/** Cut at the far end of the region; the near end has to lie in it. */
function requestedRange(request: kvrpcpb.ScanRequest, region: KeyRange): KeyRange {
  if (request.reverse) {
    const lower = keyFromBytes(request.endKey);
    const end = request.startKey.length === 0 ? region.end : keyFromBytes(request.startKey);
    return { start: lower > region.start ? lower : region.start, end };
  }
  const start = keyFromBytes(request.startKey);
  const end = request.endKey.length === 0 ? undefined : keyFromBytes(request.endKey);
  const isBeyond = region.end !== undefined && (end === undefined || end > region.end);
  return { start, end: isBeyond ? region.end : end };
}

/** What of a range a scan has not seen when it stands at `key`; undefined when nothing is left. */
function behind(key: Key, range: KeyRange, reverse: boolean): KeyRange | undefined {
  if (reverse) return key > range.start ? { start: range.start, end: key } : undefined;
  const start = `${key}\0` as Key;
  return range.end === undefined || start < range.end ? { start, end: range.end } : undefined;
}
