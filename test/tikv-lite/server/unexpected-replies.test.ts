/** What other stores than ours may answer instead of data is never taken for data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type RegionId, type Ts } from '../../../base/index.ts';
import { kvrpcpb } from '../../../base/rpc/index.ts';
import { readTsOf } from '../../../tikv-lite/mvcc/read.ts';
import { replyOf, type WireResponse } from '../../../tikv-lite/server/convert/calls.ts';
import type { RegionArguments, RegionMethod } from '../../../tikv-lite/txn/kv-service.ts';

const REGION = 7 as RegionId;
const AT = readTsOf(9n as Ts);
const KEY = keyOf('k');
const RANGE = { start: KEY, end: undefined };
const error = kvrpcpb.KeyError.create({ abort: 'it cannot be read' });
const pair = kvrpcpb.KvPair.create({ key: Buffer.from('k'), error });

function refuses<M extends RegionMethod>(method: M, args: RegionArguments<M>, response: WireResponse): void {
  test(`${method} with an error`, () => {
    assert.throws(() => replyOf(method, response, args, REGION), { kind: 'server-is-busy' });
  });
}

refuses('get', [KEY, AT, undefined], { $case: 'get', value: kvrpcpb.GetResponse.create({ error }) });
refuses('batchGet', [[KEY], AT, undefined], {
  $case: 'batchGet',
  value: kvrpcpb.BatchGetResponse.create({ pairs: [pair] }),
});
refuses('scan', [RANGE, AT, 10, false, undefined], {
  $case: 'scan',
  value: kvrpcpb.ScanResponse.create({ pairs: [pair] }),
});
refuses('bufferBatchGet', [[KEY], 9n as Ts], {
  $case: 'bufferBatchGet',
  value: kvrpcpb.BufferBatchGetResponse.create({ pairs: [pair] }),
});
refuses('checkSecondaryLocks', [{ keys: [KEY], startTs: 5n as Ts }], {
  $case: 'checkSecondaryLocks',
  value: kvrpcpb.CheckSecondaryLocksResponse.create({ error }),
});
refuses('scanLocks', [RANGE, 10, 9n as Ts], {
  $case: 'scanLock',
  value: kvrpcpb.ScanLockResponse.create({ error }),
});
refuses('destroyRange', [RANGE], {
  $case: 'deleteRange',
  value: kvrpcpb.DeleteRangeResponse.create({ error: 'not now' }),
});
