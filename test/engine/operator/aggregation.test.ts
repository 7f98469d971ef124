import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Distinct,
  HashAggregation,
  Limit,
  Projection,
  SetOperation,
  Sort,
  StreamingAggregation,
  TopN,
  UnionAll,
} from '../../../engine/index.ts';
import { testContext } from '../expression/context.ts';
import { aggregate, column, compiledColumn, ints, rowsOf } from './harness.ts';

const table = () => ints([1, 10], [2, null], [1, 20], [2, 5], [null, 1], [1, 20]);

const aggregates = [
  aggregate('count', []),
  aggregate('count', [column(1)]),
  aggregate('count', [column(1)], { distinct: true }),
  aggregate('sum', [column(1)]),
  aggregate('avg', [column(1)]),
  aggregate('min', [column(1)]),
  aggregate('max', [column(1)]),
  aggregate('group_concat', [column(1)], {
    separator: '|',
    orderBy: [{ expression: column(1), descending: true }],
  }),
];

const expected = [
  [1, 3, 3, 2, '50', '16.6667', 10, 20, '20|20|10'],
  [2, 2, 1, 1, '5', '5.0000', 5, 5, '5'],
  [null, 1, 1, 1, '1', '1.0000', 1, 1, '1'],
];

test('hash aggregation groups, NULL being a group of its own', async () => {
  assert.deepEqual(
    await rowsOf(new HashAggregation(table(), [compiledColumn(0)], aggregates, testContext())),
    expected,
  );
});

test('streaming aggregation answers the same over sorted input', async () => {
  const context = testContext();
  const sorted = new Sort(table(), [{ expression: compiledColumn(0), descending: false }], context);
  const rows = await rowsOf(new StreamingAggregation(sorted, [compiledColumn(0)], aggregates, context));
  assert.deepEqual(rows, [expected[2], expected[0], expected[1]]);
});

test('without groups there is one row, also over nothing', async () => {
  const empty = () => new Limit(table(), { count: 0, offset: 0 }, testContext());
  const over = [aggregate('count', []), aggregate('sum', [column(1)]), aggregate('bit_and', [column(1)])];
  const nothing = [[0, null, '18446744073709551615']];
  assert.deepEqual(await rowsOf(new HashAggregation(empty(), [], over, testContext())), nothing);
  assert.deepEqual(await rowsOf(new StreamingAggregation(empty(), [], over, testContext())), nothing);
});

test('sort is stable, NULLs come first; topN agrees with it', async () => {
  const items = [{ expression: compiledColumn(0), descending: true }];
  const sorted = await rowsOf(new Sort(table(), items, testContext()));
  assert.deepEqual(sorted, [
    [2, null],
    [2, 5],
    [1, 10],
    [1, 20],
    [1, 20],
    [null, 1],
  ]);
  const top = await rowsOf(new TopN(table(), items, { count: 3, offset: 1 }, testContext()));
  assert.deepEqual(top, sorted.slice(1, 4));
});

test('distinct, union, intersect, except', async () => {
  const context = testContext();
  const output = table().output;
  const one = () => new Projection(ints([1], [2], [2], [null]), [compiledColumn(0)], context);
  const two = () => new Projection(ints([2], [null], [3]), [compiledColumn(0)], context);
  assert.equal((await rowsOf(new UnionAll([one(), two()], output.slice(0, 1)))).length, 7);
  assert.deepEqual(await rowsOf(new Distinct(one(), context)), [[1], [2], [null]]);
  const set = (kind: 'intersect' | 'except', all: boolean) =>
    rowsOf(new SetOperation(one(), two(), { kind, all }, context));
  assert.deepEqual(await set('intersect', false), [[2], [null]]);
  assert.deepEqual(await set('intersect', true), [[2], [null]]);
  assert.deepEqual(await set('except', false), [[1]]);
  assert.deepEqual(await set('except', true), [[1], [2]]);
});
