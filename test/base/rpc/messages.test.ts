/** The generated messages speak the wire format: field numbers, 64-bit integers, presence, unknown fields. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorpb, kvrpcpb, pdpb, tikvpb, tipb } from '../../../base/rpc/index.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('a request has the bytes its field numbers ask for', () => {
  const request = kvrpcpb.GetRequest.create({
    context: { regionId: 2n, regionEpoch: { confVer: 1n, version: 3n }, peer: { id: 4n, storeId: 1n } },
    key: Buffer.from('k'),
    version: 0xffff_ffff_ffff_ffffn,
  });
  const bytes = kvrpcpb.GetRequest.encode(request).finish();
  const context = '08021204080110031a0408041001';
  assert.equal(hex(bytes), `0a0e${context}12016b18ffffffffffffffffff01`);
  assert.deepEqual(kvrpcpb.GetRequest.decode(bytes), { ...request, key: new Uint8Array(Buffer.from('k')) });
});

test('the number of a command is the same in the batched request and response', () => {
  const request = { requests: [{ cmd: { $case: 'rawPut' as const, value: kvrpcpb.RawPutRequest.create() } }] };
  const encoded = tikvpb.BatchCommandsRequest.encode(
    tikvpb.BatchCommandsRequest.create({ ...request, requestIds: [7n] }),
  );
  assert.equal(hex(encoded.finish()), '0a027a00120107');
});

test('a field nobody knows is skipped and an unknown enum value kept', () => {
  const known = kvrpcpb.CommitResponse.encode(kvrpcpb.CommitResponse.create({ commitVersion: 9n })).finish();
  const unknown = Buffer.concat([Buffer.from('ca3e03616263', 'hex'), known]);
  assert.equal(kvrpcpb.CommitResponse.decode(unknown).commitVersion, 9n);
  assert.equal(kvrpcpb.CheckTxnStatusResponse.decode(Buffer.from('2863', 'hex')).action, 99);
});

test('proto2 tells an absent field from a zero', () => {
  assert.equal(tipb.DAGRequest.decode(new Uint8Array(0)).timeZoneOffset, undefined);
  const zero = tipb.DAGRequest.encode(tipb.DAGRequest.create({ timeZoneOffset: 0n, outputOffsets: [0, 1] })).finish();
  assert.equal(tipb.DAGRequest.decode(zero).timeZoneOffset, 0n);
  assert.equal(hex(zero), '180028002801');
});

test('maps, negative numbers and nested enums survive a round trip', () => {
  const response = pdpb.QueryRegionResponse.create({
    keyIdMap: [5n],
    regionsById: new Map([[5n, pdpb.RegionResponse.create({ region: { id: 5n } })]]),
  });
  const copy = pdpb.QueryRegionResponse.decode(pdpb.QueryRegionResponse.encode(response).finish());
  assert.deepEqual(copy, response);
  const lock = kvrpcpb.PessimisticLockRequest.create({ waitTimeout: -1n });
  assert.equal(
    kvrpcpb.PessimisticLockRequest.decode(kvrpcpb.PessimisticLockRequest.encode(lock).finish()).waitTimeout,
    -1n,
  );
  const error = errorpb.Error.create({ epochNotMatch: { currentRegions: [{ id: 1n }] } });
  assert.deepEqual(errorpb.Error.decode(errorpb.Error.encode(error).finish()), error);
});
