import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Batch,
  bigintType,
  compileExpression,
  compilePredicate,
  type Datum,
  Decimal,
  decimalType,
  doubleType,
  type Expression,
  foldConstants,
  plainVector,
  resolveFunction,
  SqlError,
  stringType,
} from '../../../engine/index.ts';
import { resolveOptions } from './bind-sql.ts';
import { testContext } from './context.ts';

const types = [
  bigintType(),
  bigintType(true),
  decimalType(10, 2),
  doubleType(),
  stringType(8, resolveOptions.collationConnection),
];

const columns: fc.Arbitrary<Expression> = fc
  .nat({ max: types.length - 1 })
  .map((index) => ({ kind: 'column', index, type: types[index]!, name: `t.c${index}` }));
const constants: fc.Arbitrary<Expression> = fc.oneof(
  fc.integer({ min: -50, max: 50 }).map((value): Expression => ({ kind: 'constant', value, type: types[0]! })),
  fc.constant<Expression>({ kind: 'constant', value: null, type: types[0]! }),
  fc.constantFrom('', 'a', '7').map((value): Expression => ({ kind: 'constant', value, type: types[4]! })),
);

const SHAPES: readonly (readonly [name: string, args: number])[] = [
  ['+', 2],
  ['-', 2],
  ['*', 2],
  ['/', 2],
  ['div', 2],
  ['%', 2],
  ['unary -', 1],
  ['=', 2],
  ['<=>', 2],
  ['<', 2],
  ['>=', 2],
  ['and', 2],
  ['or', 2],
  ['xor', 2],
  ['not', 1],
  ['is null', 1],
  ['between', 3],
  ['in', 3],
  ['if', 3],
  ['case', 3],
  ['coalesce', 2],
  ['nullif', 2],
  ['greatest', 2],
  ['concat', 2],
  ['upper', 1],
  ['abs', 1],
];

/** Expression trees over the columns; those that binding refuses are left out. */
const trees: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 1, arbitrary: columns },
    { weight: 1, arbitrary: constants },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...SHAPES), fc.array(tie('tree'), { minLength: 3, maxLength: 3 }))
        .map(([[name, count], args]) => resolveFunction(name, args.slice(0, count), resolveOptions)),
    },
  ),
})).tree;

const rows: fc.Arbitrary<Datum[]> = fc.tuple(
  fc.option(fc.integer({ min: -100, max: 100 })),
  fc.option(fc.nat({ max: 100 })),
  fc.option(fc.integer({ min: -9999, max: 9999 }).map((cents) => new Decimal(cents, 2))),
  fc.option(fc.integer({ min: -8, max: 8 }).map((eighths) => eighths / 8)),
  fc.option(fc.constantFrom('', 'a', 'B', '12', '3x')),
);

function batchOf(input: readonly Datum[][]): Batch {
  return {
    length: input.length,
    columns: types.map((type, c) =>
      plainVector(
        type,
        input.map((row) => row[c]!),
      ),
    ),
  };
}

/** The values, or the number of the error that one of them is. */
function outcome(run: () => Datum[]): unknown {
  try {
    return run().map((value) => (value === null ? null : String(value)));
  } catch (error) {
    if (error instanceof SqlError) return error.errno;
    throw error;
  }
}

test('a batch, its rows, and the folded expression agree', () => {
  fc.assert(
    fc.property(trees, fc.array(rows, { minLength: 1, maxLength: 6 }), (expression, input) => {
      const batch = batchOf(input);
      const compiled = compileExpression(expression);
      const byRow = outcome(() => input.map((row) => compiled.evaluateRow(row, testContext())));
      assert.deepEqual(
        outcome(() => compiled.evaluate(batch, testContext()).values),
        byRow,
      );
      const folded = compileExpression(foldConstants(expression, testContext()));
      assert.deepEqual(
        outcome(() => folded.evaluate(batch, testContext()).values),
        byRow,
      );
    }),
    { numRuns: 1500 },
  );
});

test('a predicate selects the rows that it is true for', () => {
  fc.assert(
    fc.property(trees, fc.array(rows, { minLength: 1, maxLength: 6 }), (expression, input) => {
      const predicate = compilePredicate(expression);
      const selected = outcome(() => [...predicate.select(batchOf(input), testContext())]);
      const tested = outcome(() => input.flatMap((row, i) => (predicate.test(row, testContext()) ? [i] : [])));
      assert.deepEqual(selected, tested);
    }),
    { numRuns: 500 },
  );
});
