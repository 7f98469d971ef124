import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { fieldTypes } from '../../../engine/index.ts';
import { RegionDagStream } from '../../../tikv-lite/client/dag-stream.ts';
import { TransactionError } from '../../../tikv-lite/client/storage.ts';
import type { DagRequest } from '../../../tikv-lite/coprocessor/dag.ts';
import type { RegionService } from '../../../tikv-lite/txn/region-service.ts';

const dag = { scan: { types: [fieldTypes.int()], reverse: false }, executors: [] } as unknown as DagRequest;
const first = { range: { start: keyOf(''), end: keyOf('m') } } as RegionService;
const away = (): TransactionError => new TransactionError('unavailable', 'no region is to be found');

test('a region that cannot be found ahead of its turn fails the stream, and nothing else', async () => {
  for (const failsFirst of ['page', 'region']) {
    const turns = failsFirst === 'page' ? [1, 5] : [5, 1];
    const later = (turn: number): Promise<never> =>
      new Promise((_, reject) => {
        let left = turns[turn]!;
        const tick = (): unknown => (left-- > 0 ? setImmediate(tick) : reject(away()));
        tick();
      });
    let located = 0;
    const stream = new RegionDagStream(dag, [{ start: keyOf('a'), end: keyOf('z') }], {
      locate: () => (located++ === 0 ? first : later(1)),
      page: () => later(0),
      warn: () => undefined,
    });
    await assert.rejects(async () => await stream.next(), { kind: 'unavailable' });
    stream.close();
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
});
