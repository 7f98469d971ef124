import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Apply,
  bigintType,
  compileExpression,
  compilePredicate,
  compileWindowFunction,
  type Datum,
  type Expression,
  Filter,
  type Frame,
  Projection,
  RecursiveUnion,
  resolveWindowFunction,
  Spool,
  Window,
} from '../../../engine/index.ts';
import { testContext } from '../expression/context.ts';
import { call, column, compiledColumn, constant, ints, resolveOptions, rowsOf } from './harness.ts';

function windowFunction(name: string, ...args: readonly Expression[]) {
  return compileWindowFunction(resolveWindowFunction(name, args, {}, resolveOptions));
}

async function windowColumns(functions: ReturnType<typeof windowFunction>[], frame?: Frame) {
  const input = ints([1, 10], [1, 20], [1, 20], [1, 40], [2, 5]);
  const window = new Window(
    input,
    {
      partitionBy: [compiledColumn(0)],
      orderBy: [{ expression: compiledColumn(1), descending: false }],
      frame,
      functions,
    },
    testContext(),
  );
  return (await rowsOf(window)).map((row) => row.slice(2));
}

test('ranking functions see peers', async () => {
  const functions = ['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist'].map((name) =>
    windowFunction(name),
  );
  assert.deepEqual(await windowColumns(functions), [
    [1, 1, 1, 0, 0.25],
    [2, 2, 2, 1 / 3, 0.75],
    [3, 2, 2, 1 / 3, 0.75],
    [4, 4, 3, 1, 1],
    [1, 1, 1, 0, 1],
  ]);
});

test('the default frame ends with the peers of the current row', async () => {
  const functions = [
    windowFunction('sum', column(1)),
    windowFunction('last_value', column(1)),
    windowFunction('lag', column(1)),
  ];
  assert.deepEqual(await windowColumns(functions), [
    ['10', 10, null],
    ['50', 20, 10],
    ['50', 20, 20],
    ['90', 40, 20],
    ['5', 5, null],
  ]);
});

test('ROWS frames move with the row', async () => {
  const count = compileExpression(constant(1));
  const frame: Frame = {
    unit: 'rows',
    start: { kind: 'rows', sign: -1, count },
    end: { kind: 'rows', sign: 1, count },
  };
  assert.deepEqual(await windowColumns([windowFunction('sum', column(1))], frame), [
    ['30'],
    ['50'],
    ['80'],
    ['60'],
    ['5'],
  ]);
});

test('apply runs the inner plan for each outer row', async () => {
  const parameters: Datum[] = [null];
  const context = { ...testContext(), parameters };
  const parameter: Expression = { kind: 'parameter', index: 0, type: bigintType() };
  const predicate = compilePredicate(call('<', column(0), parameter));
  const inner = () => new Filter(ints([1], [2], [3]), predicate, context);
  const apply = (kind: 'inner' | 'exists' | 'semi' | 'scalar') =>
    rowsOf(
      new Apply(
        ints([1], [2], [3]),
        { kind, inner, innerOutput: [bigintType()], bindings: [{ column: 0, parameter: 0 }], parameters },
        context,
      ),
    );
  assert.deepEqual(await apply('inner'), [
    [2, 1],
    [3, 1],
    [3, 2],
  ]);
  assert.deepEqual(await apply('exists'), [
    [1, 0],
    [2, 1],
    [3, 1],
  ]);
  assert.deepEqual(await apply('semi'), [[2], [3]]);
  await assert.rejects(apply('scalar'), { errno: 1242 });
});

test('a recursive union runs until a round adds nothing', async () => {
  const context = testContext();
  const next = compileExpression(call('+', column(0), constant(1)));
  const below = compilePredicate(call('<', column(0), constant(5)));
  const make = (maxDepth: number) =>
    new RecursiveUnion(
      ints([1]),
      [bigintType()],
      {
        step: (working) => new Projection(new Filter(working(), below, context), [next], context),
        distinct: false,
        maxDepth,
      },
      context,
    );
  assert.deepEqual(await rowsOf(make(1000)), [[1], [2], [3], [4], [5]]);
  await assert.rejects(rowsOf(make(2)), { errno: 3636 });
});

test('a spool computes its input once for all readers', async () => {
  const spool = new Spool(ints([1], [2]), testContext());
  assert.deepEqual(await rowsOf(spool.reader()), [[1], [2]]);
  assert.deepEqual(await rowsOf(spool.reader()), [[1], [2]]);
});
