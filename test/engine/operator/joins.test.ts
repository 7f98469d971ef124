import assert from 'node:assert/strict';
import { test } from 'node:test';
import { booleanType, compilePredicate, HashJoin, type JoinKind, type JoinOptions } from '../../../engine/index.ts';
import { testContext } from '../expression/context.ts';
import { call, column, compiledColumn, constant, ints, rowsOf } from './harness.ts';

const left = () => ints([1, 10], [2, 20], [null, 30], [4, 40]);
const right = () => ints([1, 100], [1, 101], [4, 5], [7, 700]);

async function join(kind: JoinKind, extra: Partial<JoinOptions> = {}) {
  const options: JoinOptions = { kind, leftKeys: [compiledColumn(0)], rightKeys: [compiledColumn(0)], ...extra };
  const rows = await rowsOf(new HashJoin(left(), right(), options, testContext()));
  return rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

test('inner, left and right joins', async () => {
  const matches = [
    [1, 10, 1, 100],
    [1, 10, 1, 101],
    [4, 40, 4, 5],
  ];
  assert.deepEqual(await join('inner'), matches);
  assert.deepEqual(await join('left'), [
    ...matches.slice(0, 2),
    [2, 20, null, null],
    matches[2],
    [null, 30, null, null],
  ]);
  assert.deepEqual(await join('right'), [...matches, [null, null, 7, 700]]);
});

test('a residual condition decides matches of outer and semi joins', async () => {
  const residual = compilePredicate(call('>', column(3), column(1)));
  assert.deepEqual(await join('left', { residual }), [
    [1, 10, 1, 100],
    [1, 10, 1, 101],
    [2, 20, null, null],
    [4, 40, null, null],
    [null, 30, null, null],
  ]);
  assert.deepEqual(await join('semi', { residual }), [[1, 10]]);
  assert.deepEqual(await join('anti', { residual }), [
    [2, 20],
    [4, 40],
    [null, 30],
  ]);
});

test('NOT IN answers nothing once a NULL is among the values', async () => {
  assert.deepEqual(await join('null-aware anti'), [[2, 20]]);
  const options: JoinOptions = {
    kind: 'null-aware anti',
    leftKeys: [compiledColumn(0)],
    rightKeys: [compiledColumn(0)],
  };
  assert.deepEqual(await rowsOf(new HashJoin(left(), ints([1], [null]), options, testContext())), []);
});

test('a mark join answers the value of IN', async () => {
  const options: JoinOptions = {
    kind: 'mark',
    leftKeys: [compiledColumn(0)],
    rightKeys: [compiledColumn(0)],
    markType: booleanType(),
    nullAware: true,
  };
  assert.deepEqual(await rowsOf(new HashJoin(left(), ints([1], [null]), options, testContext())), [
    [1, 10, 1],
    [2, 20, null],
    [null, 30, null],
    [4, 40, null],
  ]);
});

test('without keys every pair is tried, in bounded portions', async () => {
  const many = () => ints(...Array.from({ length: 1500 }, (_, i) => [i]));
  const options: JoinOptions = {
    kind: 'inner',
    leftKeys: [],
    rightKeys: [],
    residual: compilePredicate(call('=', call('+', column(0), column(1)), constant(7))),
  };
  const rows = await rowsOf(new HashJoin(many(), many(), options, testContext()));
  assert.equal(rows.length, 8);
});
