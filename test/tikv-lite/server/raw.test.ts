/** The raw commands as a client of TiKV sends them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { type errorpb, kvrpcpb, type ServiceClient, tikvpb } from '../../../base/rpc/index.ts';
import { epochToProto, peerToProto } from '../../../pd/server/index.ts';
import type { RegionAdmin } from '../../../tikv-lite/index.ts';
import { crc64 } from '../../../tikv-lite/raw/crc64.ts';
import { decodeRawValue, encodeRawValue } from '../../../tikv-lite/raw/raw-value.ts';
import { openNetworkedCluster } from './network.ts';

const SOON = { timeoutMs: 10_000 };
const bytes = (text: string): Buffer => Buffer.from(text);
const text = (value: Uint8Array): string => Buffer.from(value).toString();

function contextOf(region: RegionAdmin): kvrpcpb.Context {
  return kvrpcpb.Context.create({
    regionId: BigInt(region.regionId),
    regionEpoch: epochToProto(region.epoch),
    peer: peerToProto(region.peer),
  });
}

/** Asks again while nobody leads the region: one that was just split off elects its leader first. */
async function untilLed<R extends { readonly regionError?: errorpb.Error | undefined }>(
  call: () => Promise<R>,
): Promise<R> {
  for (;;) {
    const reply = await call();
    if (reply.regionError?.notLeader === undefined) return reply;
  }
}

class RawClient {
  readonly #client: ServiceClient<typeof tikvpb.TikvDefinition>;
  readonly #regionOf: (key: string) => RegionAdmin;

  constructor(client: ServiceClient<typeof tikvpb.TikvDefinition>, regionOf: (key: string) => RegionAdmin) {
    this.#client = client;
    this.#regionOf = regionOf;
  }

  async get(key: string): Promise<string | undefined> {
    const context = contextOf(this.#regionOf(key));
    const request = kvrpcpb.RawGetRequest.create({ context, key: bytes(key) });
    const reply = await untilLed(() => this.#client.rawGet(request, SOON));
    assert.equal(reply.regionError, undefined);
    return reply.notFound ? undefined : text(reply.value);
  }

  async put(...pairs: readonly (readonly [string, string])[]): Promise<void> {
    for (const [key, value] of pairs) {
      const context = contextOf(this.#regionOf(key));
      const request = kvrpcpb.RawPutRequest.create({ context, key: bytes(key), value: bytes(value) });
      assert.deepEqual(await this.#client.rawPut(request, SOON), kvrpcpb.RawPutResponse.create());
    }
  }

  async scan(from: string, to: string, limit: number, reverse = false): Promise<string> {
    const context = contextOf(this.#regionOf(reverse ? to : from));
    const [startKey, endKey] = reverse ? [bytes(to), bytes(from)] : [bytes(from), bytes(to)];
    const request = kvrpcpb.RawScanRequest.create({ context, startKey, endKey, limit, reverse });
    const { kvs } = await untilLed(() => this.#client.rawScan(request, SOON));
    return kvs.map(({ key, value }) => `${text(key)}=${text(value)}`).join(' ');
  }

  swap(key: string, expected: string | undefined, value: string): Promise<kvrpcpb.RawCASResponse> {
    const request = kvrpcpb.RawCASRequest.create({
      context: contextOf(this.#regionOf(key)),
      key: bytes(key),
      value: bytes(value),
      previousNotExist: expected === undefined,
      previousValue: bytes(expected ?? ''),
    });
    return this.#client.rawCompareAndSwap(request, SOON);
  }
}

async function openRaw(context: TestContext) {
  const cluster = await openNetworkedCluster(context, 1);
  const { node, channel } = cluster.nodes[0]!;
  const rpc = channel.client(tikvpb.TikvDefinition);
  const regionOf = (key: string): RegionAdmin =>
    node.store.regions.find(
      ({ region: { range } }) => range.start <= key && (range.end === undefined || key < range.end),
    )!;
  return { cluster, rpc, regionOf, raw: new RawClient(rpc, regionOf) };
}

test('put, get, scan both ways, delete range', async (context) => {
  const { raw, rpc, regionOf } = await openRaw(context);
  await raw.put(['a', '1'], ['b', ''], ['c', '3'], ['d', '4']);
  assert.equal(await raw.get('a'), '1');
  assert.equal(await raw.get('b'), '');
  assert.equal(await raw.get('x'), undefined);
  assert.equal(await raw.scan('a', 'd', 10), 'a=1 b= c=3');
  assert.equal(await raw.scan('', '', 2), 'a=1 b=');
  assert.equal(await raw.scan('b', 'd', 10, true), 'c=3 b=');
  const range = { startKey: bytes('a'), endKey: bytes('c') };
  const sum = kvrpcpb.RawChecksumRequest.create({ context: contextOf(regionOf('a')), ranges: [range] });
  const checksum = crc64(bytes('a'), bytes('1')) ^ crc64(bytes('b'));
  const { checksum: found, totalKvs, totalBytes } = await rpc.rawChecksum(sum, SOON);
  assert.deepEqual([found, totalKvs, totalBytes], [checksum, 2n, 3n]);
  const removal = kvrpcpb.RawDeleteRangeRequest.create({ context: contextOf(regionOf('a')), ...range });
  assert.equal((await rpc.rawDeleteRange(removal, SOON)).error, '');
  assert.equal(await raw.scan('', '', 10), 'c=3 d=4');
});

test('a compare-and-swap tells what was there, and only one of many wins', async (context) => {
  const { raw } = await openRaw(context);
  const first = await raw.swap('k', undefined, '0');
  assert.deepEqual([first.succeed, first.previousNotExist], [true, true]);
  const refused = await raw.swap('k', 'other', '9');
  assert.deepEqual([refused.succeed, text(refused.previousValue)], [false, '0']);
  const racers = await Promise.all(Array.from({ length: 8 }, (_, at) => raw.swap('k', '0', `${at + 1}`)));
  assert.equal(racers.filter(({ succeed }) => succeed).length, 1);
});

test('a split by raw keys cuts where it is told; the old epoch is refused with both regions', async (context) => {
  const { raw, rpc, regionOf } = await openRaw(context);
  await raw.put(['a', '1'], ['m', '2'], ['z', '3']);
  const before = contextOf(regionOf('a'));
  const split = await rpc.splitRegion(
    kvrpcpb.SplitRegionRequest.create({ context: before, splitKeys: [bytes('m')], isRawKv: true }),
    SOON,
  );
  assert.deepEqual(
    split.regions.map(({ startKey, endKey }) => `${text(startKey)}..${text(endKey)}`),
    ['..m', 'm..'],
  );
  const stale = await rpc.rawGet(kvrpcpb.RawGetRequest.create({ context: before, key: bytes('z') }), SOON);
  assert.equal(stale.regionError?.epochNotMatch?.currentRegions.length, 2);
  assert.equal(await raw.scan('a', '', 10), 'a=1');
  assert.equal(await raw.get('z'), '3');
  const strange = { context: contextOf(regionOf('a')), key: bytes('z') };
  const { regionError } = await untilLed(() => rpc.rawGet(kvrpcpb.RawGetRequest.create(strange), SOON));
  assert.notEqual(regionError?.keyNotInRegion, undefined);
  const context2 = { ...contextOf(regionOf('a')), apiVersion: kvrpcpb.APIVersion.V2 };
  const other = kvrpcpb.RawGetRequest.create({ context: context2, key: bytes('a') });
  const { error } = await rpc.rawGet(other, SOON);
  assert.match(error, /API v1/);
  assert.equal(keyOf('m'), regionOf('z').region.range.start);
});

test('values with a time to live expire at their second', () => {
  const stored = encodeRawValue('v1ttl', bytes('v'), 100);
  assert.equal(Buffer.from(stored).toString('hex'), '760000000000000064');
  assert.equal(text(decodeRawValue('v1ttl', stored, 99)!.value), 'v');
  assert.equal(decodeRawValue('v1ttl', stored, 100), undefined);
  assert.equal(decodeRawValue('v1ttl', encodeRawValue('v1ttl', bytes('v'), 0), 1e9)?.expiresAtS, 0);
});

test('the checksum is that of CRC-64/XZ', () => {
  assert.equal(crc64(bytes('123456789')), 0x995dc9bbdf1939fan);
  assert.equal(crc64(bytes('1234'), bytes('56789')), 0x995dc9bbdf1939fan);
});
