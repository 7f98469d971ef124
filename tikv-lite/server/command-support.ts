/** What the commands of the service share. */

import { type Key, type KeyRange, keyToBytes, type Logger, type RegionId } from '../../base/index.ts';
import type { errorpb, kvrpcpb } from '../../base/rpc/index.ts';
import type { LockInfo } from '../mvcc/lock.ts';
import { RegionError, type RegionKv } from '../raftstore/region-kv.ts';
import type { RequestContext } from '../txn/kv-service.ts';
import { NO_BYTES } from './convert/basics.ts';
import { lockInfoToProto } from './convert/key-error.ts';
import { regionErrorToProto } from './convert/region-error.ts';

/** Where the commands find the ranges of regions. */
export interface RegionsOfStore {
  region(regionId: RegionId): RegionKv | undefined;
}

/** Makes a command of a function: whatever goes wrong is told in the reply, so that every request has one. */
export type Answering = <Request, Response>(
  type: { decode(bytes: Uint8Array): Response; create(base: never): unknown },
  run: (request: Request) => Promise<NoInfer<Response>>,
) => (request: Request) => Promise<Response>;

/** Errors that are no region errors are bugs: they are logged, and the client asks again. */
export function answerer(logger: Logger | undefined): Answering {
  return (type, run) => {
    const create = type.create as (base: { regionError: errorpb.Error }) => Awaited<ReturnType<typeof run>>;
    return async (request) => {
      try {
        return await run(request);
      } catch (error) {
        if (error instanceof RegionError) return create.call(type, { regionError: regionErrorToProto(error) });
        logger?.error({ err: error }, 'a command failed');
        return create.call(type, { regionError: { message: error instanceof Error ? error.message : String(error) } });
      }
    };
  };
}

export function locked(lock: LockInfo): kvrpcpb.KeyError {
  return { retryable: '', abort: '', locked: lockInfoToProto(lock) };
}

export function lockedPair(lock: LockInfo): kvrpcpb.KvPair {
  return { key: keyToBytes(lock.key), value: NO_BYTES, commitTs: 0n, error: locked(lock) };
}

export function pairToProto(pair: { readonly key: Key; readonly value: Uint8Array }): kvrpcpb.KvPair {
  return { key: keyToBytes(pair.key), value: pair.value, commitTs: 0n };
}

/** The user keys of the region a request is for; everything when it is not here, which the service will refuse. */
export function regionRange(store: RegionsOfStore, context: RequestContext): KeyRange {
  return store.region(context.regionId)?.regionRange ?? { start: '' as Key };
}

/** The part of a range that lies in a region. */
export function within(range: KeyRange, region: KeyRange): KeyRange {
  const start = range.start > region.start ? range.start : region.start;
  const { end } = range;
  if (region.end === undefined || (end !== undefined && end < region.end)) return { start, end };
  return { start, end: region.end };
}
