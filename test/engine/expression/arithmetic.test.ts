import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Batch,
  bigintType,
  compileExpression,
  compilePredicate,
  type Datum,
  Decimal,
  decimalType,
  defaultCollation,
  type Expression,
  foldConstants,
  resolveFunction,
  stringType,
} from '../../../engine/index.ts';
import { testContext } from './context.ts';

const options = {
  collationConnection: defaultCollation,
  sqlMode: { noUnsignedSubtraction: false },
  divPrecisionIncrement: 4,
  database: 'test',
};

function int(value: number | bigint | null): Expression {
  return { kind: 'constant', value, type: bigintType(false, String(value).length) };
}

function text(value: string): Expression {
  return { kind: 'constant', value, type: stringType(value.length, options.collationConnection) };
}

function call(name: string, ...args: Expression[]): Expression {
  return resolveFunction(name, args, options);
}

function evaluate(expression: Expression): Datum {
  return compileExpression(expression).evaluateRow([], testContext());
}

test('integers stay exact to 64 bits and overflow with 1690', () => {
  assert.equal(evaluate(call('+', int(9007199254740991), int(1))), 9007199254740992n);
  assert.equal(evaluate(call('*', int(3037000499), int(-3037000499))), -9223372030926249001n);
  assert.throws(() => evaluate(call('+', int(9223372036854775807n), int(1))), {
    errno: 1690,
    message: "BIGINT value is out of range in '(9223372036854775807 + 1)'",
  });
});

test('division adds four digits and answers NULL with a warning for zero', () => {
  assert.equal(String(evaluate(call('/', int(1), int(3)))), '0.3333');
  const context = testContext();
  assert.equal(compileExpression(call('/', int(1), int(0))).evaluateRow([], context), null);
  assert.deepEqual(context.warnings, [{ level: 'Warning', errno: 1365, message: 'Division by 0' }]);
});

test('a batch answers like its rows', () => {
  const column: Expression = { kind: 'column', index: 0, type: bigintType(), name: 't.a' };
  const sum = call('+', call('*', column, int(2)), int(1));
  const values: Datum[] = [1, null, 9007199254740991, -5];
  const batch: Batch = { length: 4, columns: [{ kind: 'plain', type: bigintType(), values }] };
  const context = testContext();
  const compiled = compileExpression(sum);
  assert.deepEqual(
    compiled.evaluate(batch, context).values,
    values.map((value) => compiled.evaluateRow([value], context)),
  );
  assert.deepEqual(compilePredicate(call('>', sum, int(2))).select(batch, context), [0, 2]);
});

test('comparison follows the types', () => {
  assert.equal(evaluate(call('=', text('a'), text('A'))), 1);
  assert.equal(evaluate(call('=', int(1), text('01'))), 1);
  assert.equal(evaluate(call('between', text('10'), int(1), text('9'))), 0);
  assert.equal(evaluate(call('in', int(3), int(1), int(null))), null);
});

test('folding keeps values, types and warnings', () => {
  const context = testContext();
  const folded = foldConstants(call('+', int(1), int(2)), context);
  assert.equal(folded.kind === 'constant' && folded.value, 3);
  assert.equal(foldConstants(call('/', int(1), int(0)), context).kind, 'call');
  assert.equal(context.warnings.length, 0);
});

test('decimals keep their digits', () => {
  const price: Expression = { kind: 'constant', value: Decimal.parse('1.50')!, type: decimalType(3, 2) };
  assert.equal(String(evaluate(call('+', price, int(1)))), '2.50');
  assert.equal(String(evaluate(call('*', price, price))), '2.2500');
});
