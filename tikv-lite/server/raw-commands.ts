/** The raw commands of tikvpb.Tikv. What is wrong with a request itself is told in the `error` text of the reply. */

import {
  type Clock,
  type Key,
  type KeyRange,
  type KvPair,
  keyFromBytes,
  keyToBytes,
  type Logger,
} from '../../base/index.ts';
import { kvrpcpb } from '../../base/rpc/index.ts';
import { RawRegion } from '../raw/raw-region.ts';
import type { RawApiVersion } from '../raw/raw-value.ts';
import type { KvService } from '../txn/kv-service.ts';
import { Latches } from '../txn/latches.ts';
import { answerer, pairToProto } from './command-support.ts';
import { contextFromProto, keysFromBytes, NO_BYTES, rangeOf } from './convert/basics.ts';

export interface RawCommandOptions {
  readonly kv: KvService;
  readonly clock: Clock;
  readonly api: RawApiVersion;
  readonly logger?: Logger | undefined;
}

/** client-go's bound of a scan. */
const MAX_SCAN = 10_240;

/** The request cannot be served as it is. */
class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
}

export function rawCommands({ kv, clock, api, logger }: RawCommandOptions) {
  const answering = answerer(logger);
  const latches = new Latches();
  const wireApi = api === 'v1' ? kvrpcpb.APIVersion.V1 : kvrpcpb.APIVersion.V1TTL;

  /** The region a request is for, led here. Rejects with RegionError or RefusedRequest. */
  const regionOf = async (request: {
    readonly context?: kvrpcpb.Context | undefined;
    readonly cf?: string;
  }): Promise<RawRegion> => {
    if (request.context !== undefined && request.context.apiVersion !== wireApi)
      throw new RefusedRequest(`this store speaks API ${api}`);
    if (request.cf !== undefined && request.cf !== '' && request.cf !== 'default')
      throw new RefusedRequest(`no column family ${request.cf}`);
    return new RawRegion(await kv.lead(contextFromProto(request.context)), { api, clock, latches });
  };
  const ttlOf = (ttl: bigint): number => {
    if (ttl !== 0n && api === 'v1') throw new RefusedRequest('this store keeps no time to live');
    return Number(ttl);
  };
  const refusable = async <Response>(run: () => Promise<Response>, refused: (error: string) => Response) => {
    try {
      return await run();
    } catch (error) {
      if (error instanceof RefusedRequest) return refused(error.message);
      throw error;
    }
  };

  return {
    rawGet: answering(kvrpcpb.RawGetResponse, (request: kvrpcpb.RawGetRequest) =>
      refusable(
        async () => {
          const region = await regionOf(request);
          const found = region.get(keyFromBytes(request.key));
          return { error: '', value: found?.value ?? NO_BYTES, notFound: found === undefined };
        },
        (error) => ({ error, value: NO_BYTES, notFound: false }),
      ),
    ),

    rawBatchGet: answering(kvrpcpb.RawBatchGetResponse, async (request: kvrpcpb.RawBatchGetRequest) => {
      const region = await regionOf(request);
      const pairs: kvrpcpb.KvPair[] = [];
      for (const key of keysFromBytes(request.keys)) {
        const found = region.get(key);
        if (found !== undefined) pairs.push(pairToProto({ key, value: found.value }));
      }
      return { pairs };
    }),

    rawPut: answering(kvrpcpb.RawPutResponse, (request: kvrpcpb.RawPutRequest) =>
      refusable(async () => {
        const write = { key: keyFromBytes(request.key), value: request.value, ttlS: ttlOf(request.ttl) };
        await (await regionOf(request)).put([write], { forCas: request.forCas });
        return { error: '' };
      }, withError),
    ),

    rawBatchPut: answering(kvrpcpb.RawBatchPutResponse, (request: kvrpcpb.RawBatchPutRequest) =>
      refusable(async () => {
        const { pairs, ttl, ttls, forCas } = request;
        const writes = pairs.map(({ key, value }, at) => ({
          key: keyFromBytes(key),
          value,
          ttlS: ttlOf(ttls[ttls.length === 1 ? 0 : at] ?? ttl),
        }));
        await (await regionOf(request)).put(writes, { forCas });
        return { error: '' };
      }, withError),
    ),

    rawDelete: answering(kvrpcpb.RawDeleteResponse, (request: kvrpcpb.RawDeleteRequest) =>
      refusable(async () => {
        await (await regionOf(request)).delete([keyFromBytes(request.key)], { forCas: request.forCas });
        return { error: '' };
      }, withError),
    ),

    rawBatchDelete: answering(kvrpcpb.RawBatchDeleteResponse, (request: kvrpcpb.RawBatchDeleteRequest) =>
      refusable(async () => {
        await (await regionOf(request)).delete(keysFromBytes(request.keys), { forCas: request.forCas });
        return { error: '' };
      }, withError),
    ),

    rawScan: answering(kvrpcpb.RawScanResponse, async (request: kvrpcpb.RawScanRequest) => {
      const range = scanned(request.startKey, request.endKey, request.reverse);
      const limit = Math.min(request.limit, MAX_SCAN);
      const pairs = await (await regionOf(request)).scan(range, limit, request.reverse);
      return { kvs: toProto(pairs, request.keyOnly) };
    }),

    rawBatchScan: answering(kvrpcpb.RawBatchScanResponse, async (request: kvrpcpb.RawBatchScanRequest) => {
      const region = await regionOf(request);
      const kvs: kvrpcpb.KvPair[] = [];
      for (const { startKey, endKey } of request.ranges) {
        const range = scanned(startKey, endKey, request.reverse);
        const limit = Math.min(request.eachLimit, MAX_SCAN - kvs.length);
        kvs.push(...toProto(await region.scan(range, limit, request.reverse), request.keyOnly));
      }
      return { kvs };
    }),

    rawDeleteRange: answering(kvrpcpb.RawDeleteRangeResponse, (request: kvrpcpb.RawDeleteRangeRequest) =>
      refusable(async () => {
        await (await regionOf(request)).deleteRange(rangeOf(request.startKey, request.endKey));
        return { error: '' };
      }, withError),
    ),

    rawGetKeyTTL: answering(kvrpcpb.RawGetKeyTTLResponse, (request: kvrpcpb.RawGetKeyTTLRequest) =>
      refusable(
        async () => {
          const region = await regionOf(request);
          const found = region.get(keyFromBytes(request.key));
          if (api === 'v1') throw new RefusedRequest('this store keeps no time to live');
          const leftS = found === undefined || found.expiresAtS === 0 ? 0 : found.expiresAtS - clock.nowMs() / 1000;
          return { error: '', ttl: BigInt(Math.ceil(leftS)), notFound: found === undefined };
        },
        (error) => ({ error, ttl: 0n, notFound: false }),
      ),
    ),

    rawCompareAndSwap: answering(kvrpcpb.RawCASResponse, (request: kvrpcpb.RawCASRequest) =>
      refusable(
        async () => {
          const { succeeded, previous } = await (await regionOf(request)).swap({
            key: keyFromBytes(request.key),
            expected: request.previousNotExist ? undefined : request.previousValue,
            value: request.delete ? undefined : request.value,
            ttlS: ttlOf(request.ttl),
          });
          return {
            error: '',
            succeed: succeeded,
            previousNotExist: previous === undefined,
            previousValue: previous ?? NO_BYTES,
          };
        },
        (error) => ({ error, succeed: false, previousNotExist: false, previousValue: NO_BYTES }),
      ),
    ),

    rawChecksum: answering(kvrpcpb.RawChecksumResponse, (request: kvrpcpb.RawChecksumRequest) =>
      refusable(
        async () => {
          const region = await regionOf(request);
          let checksum = 0n;
          let totalKvs = 0;
          let totalBytes = 0;
          for (const { startKey, endKey } of request.ranges) {
            const sum = await region.sum(rangeOf(startKey, endKey));
            checksum ^= sum.checksum;
            totalKvs += sum.keys;
            totalBytes += sum.bytes;
          }
          return { error: '', checksum, totalKvs: BigInt(totalKvs), totalBytes: BigInt(totalBytes) };
        },
        (error) => ({ error, checksum: 0n, totalKvs: 0n, totalBytes: 0n }),
      ),
    ),
  };
}

const withError = (error: string): { readonly error: string } => ({ error });

/** A reversed scan begins below its start key and ends with its end key. */
function scanned(startKey: Uint8Array, endKey: Uint8Array, reverse: boolean): KeyRange {
  return reverse ? rangeOf(endKey, startKey) : rangeOf(startKey, endKey);
}

function toProto(pairs: readonly KvPair[], isKeyOnly: boolean): kvrpcpb.KvPair[] {
  if (!isKeyOnly) return pairs.map(pairToProto);
  return pairs.map(({ key }: { readonly key: Key }) => ({ key: keyToBytes(key), value: NO_BYTES, commitTs: 0n }));
}
