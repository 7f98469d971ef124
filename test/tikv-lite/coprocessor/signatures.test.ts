/** Every function with a signature means the same after it went through tipb: same tree, same type, same values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tipb } from '../../../base/rpc/index.ts';
import {
  compileExpression,
  DateTime,
  type Datum,
  Decimal,
  defaultCollation,
  type Expression,
  type FieldType,
  fieldTypes,
  findTimeZone,
  resolveFunction,
  type SqlMode,
} from '../../../engine/index.ts';
import { DagEvaluation } from '../../../tikv-lite/coprocessor/dag-evaluation.ts';
import { isPushable } from '../../../tikv-lite/coprocessor/pushable.ts';
import { mappedFunctions } from '../../../tikv-lite/coprocessor/signatures.ts';
import { expressionFromProto, expressionToProto } from '../../../tikv-lite/coprocessor/wire/expression.ts';

const options = {
  collationConnection: defaultCollation,
  sqlMode: { noUnsignedSubtraction: false },
  divPrecisionIncrement: 4,
  database: null,
};
const sqlMode = { strict: true, errorForDivisionByZero: true } as SqlMode;
const settings = {
  sqlMode,
  timeZone: findTimeZone('UTC')!,
  statementKind: 'select',
  ignoreErrors: false,
  maxAllowedPacket: 1 << 20,
} as const;

/** One column per type, and the values it takes. */
const COLUMNS: readonly (readonly [FieldType, readonly Datum[]])[] = [
  [fieldTypes.int(), [null, 0, 1, -7, 41]],
  [fieldTypes.bigint({ unsigned: true }), [null, 0, 3, 18446744073709551615n, 12]],
  [fieldTypes.double(), [null, 0, -1.5, 2.25, 1e10]],
  [fieldTypes.decimal(12, 3), [null, Decimal.zero, new Decimal(-2500, 3), new Decimal(1, 3), new Decimal(99999999, 3)]],
  [fieldTypes.varchar(20), [null, '', 'abc', '12', 'Äb%']],
  [fieldTypes.varbinary(20), [null, Buffer.from(''), Buffer.from('ab'), Buffer.from([255, 0]), Buffer.from('7')]],
  [
    fieldTypes.datetime(3),
    [
      null,
      DateTime.of(2020, 2, 29, 13, 14, 15, 123_000),
      DateTime.of(1999, 12, 31),
      DateTime.zero,
      DateTime.of(2000, 1, 1),
    ],
  ],
  [fieldTypes.time(0), [null, 0, 3_600_000_000, -1_000_000, 86_399_000_000]],
];
const ROWS = 5;
const columns = COLUMNS.map(
  ([type], index): Expression => ({ kind: 'column', index, type: { ...type, nullable: true }, name: `t.c${index}` }),
);
const types = columns.map(({ type }) => type);

function evaluateAll(expression: Expression): unknown[] {
  const compiled = compileExpression(expression);
  return Array.from({ length: ROWS }, (_, row) => {
    const context = new DagEvaluation([], settings, () => undefined);
    const values = COLUMNS.map(([, column]) => column[row] ?? null);
    try {
      return [compiled.evaluateRow(values, context), context.warnings];
    } catch (error) {
      return String(error);
    }
  });
}

function throughWire(expression: Expression): Expression {
  const scope = { column: (index: number) => index, parameter: () => null };
  const bytes = tipb.Expr.encode(expressionToProto(expression, scope)).finish();
  return expressionFromProto(tipb.Expr.decode(bytes), types);
}

function* calls(name: string): Generator<Expression> {
  for (const args of argumentLists()) {
    let call: Expression;
    try {
      call = resolveFunction(name, args, options);
    } catch {
      continue;
    }
    if (isPushable(call)) yield call;
  }
}

function* argumentLists(): Generator<Expression[]> {
  const literal: Expression = { kind: 'constant', value: 2, type: fieldTypes.int() };
  const word: Expression = { kind: 'constant', value: 'b%', type: fieldTypes.varchar(2) };
  for (const a of columns) {
    yield [a];
    for (const b of [...columns, literal, word]) {
      yield [a, b];
      if (b.kind === 'column' && b !== a) continue;
      yield [a, b, columns[0]!];
      yield [columns[0]!, a, b];
    }
    yield [a, word, columns[4]!];
    yield [a, literal, a, literal];
  }
}

test('every mapped function comes back as it went', () => {
  const unreached: string[] = [];
  for (const name of mappedFunctions()) {
    let count = 0;
    for (const call of calls(name)) {
      const received = throughWire(call);
      assert.deepEqual(
        evaluateAll(received),
        evaluateAll(call),
        `${name} ${JSON.stringify(call.kind === 'call' ? call.args.map(({ type }) => type.name) : '')}`,
      );
      const { nullable, ...shape } = received.type;
      assert.deepEqual(shape, (({ nullable: _, ...rest }) => rest)(call.type), name);
      assert.equal(nullable, call.type.nullable, name);
      count++;
    }
    if (count === 0) unreached.push(name);
  }
  assert.deepEqual(unreached, []);
});

test('what does not exist is refused', () => {
  const call = expressionToProto(resolveFunction('abs', [columns[0]!], options), {
    column: (index) => index,
    parameter: () => null,
  });
  assert.throws(() => expressionFromProto({ ...call, sig: 9999 }, types), { name: 'WireError' });
  assert.throws(() => expressionFromProto({ ...call, children: [] }, types), { name: 'WireError' });
  assert.throws(() => expressionFromProto(call, []), { name: 'WireError' });
});
