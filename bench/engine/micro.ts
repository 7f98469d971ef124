/**
 * What the expression engine and the operators cost per row, on made-up integer and decimal columns:
 * `node dist/bench/engine/micro.js`.
 */

import {
  type Batch,
  bigintType,
  compileAggregate,
  compileExpression,
  compilePredicate,
  type Datum,
  Decimal,
  decimalType,
  defaultCollation,
  type EvaluationContext,
  type Expression,
  type FieldType,
  HashAggregation,
  HashJoin,
  type Operator,
  plainVector,
  type ResolveOptions,
  resolveAggregate,
  resolveFunction,
  Sort,
  stringType,
} from '../../engine/index.ts';
import { testContext } from '../../test/engine/expression/context.ts';

const options: ResolveOptions = {
  collationConnection: defaultCollation,
  sqlMode: { noUnsignedSubtraction: false },
  divPrecisionIncrement: 4,
  database: null,
};
const context: EvaluationContext = testContext();
const BATCH = 1024;

function column(index: number, type: FieldType): Expression {
  return { kind: 'column', index, type, name: `t.c${index}` };
}

function int(value: number): Expression {
  return { kind: 'constant', value, type: bigintType(false, 2) };
}

const call = (name: string, ...args: Expression[]): Expression => resolveFunction(name, args, options);

const types: readonly FieldType[] = [bigintType(), bigintType(), decimalType(10, 2), stringType(20, defaultCollation)];

function makeBatch(start: number, groups: number): Batch {
  const rows = Array.from({ length: BATCH }, (_, i) => start + i);
  const values: Datum[][] = [
    rows,
    rows.map((row) => (row * 7919) % groups),
    rows.map((row) => new Decimal((row * 31) % 100_000, 2)),
    rows.map((row) => `customer#${row % 5000}`),
  ];
  return { length: BATCH, columns: values.map((column, c) => plainVector(types[c]!, column)) };
}

function report(name: string, rows: number, ms: number): void {
  process.stdout.write(
    `${name.padEnd(52)} ${((ms * 1e6) / rows).toFixed(1).padStart(8)} ns/row ${(rows / ms / 1000).toFixed(2).padStart(7)} M rows/s\n`,
  );
}

async function best(run: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    await run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

const [a, b, price, name] = types.map((type, index) => column(index, type)) as [
  Expression,
  Expression,
  Expression,
  Expression,
];

const expressions: readonly (readonly [string, Expression])[] = [
  ['a + 1', call('+', a, int(1))],
  ['a + b', call('+', a, b)],
  ['a < b', call('<', a, b)],
  ['(a + b) * 2 - 1', call('-', call('*', call('+', a, b), int(2)), int(1))],
  ['a > 10 AND b < 500', call('and', call('>', a, int(10)), call('<', b, int(500)))],
  ['price * 2', call('*', price, int(2))],
  ['price / 3', call('/', price, int(3))],
  ["name = 'customer#17'", call('=', name, { kind: 'constant', value: 'customer#17', type: types[3]! })],
  ["name LIKE '%#1%'", call('like', name, { kind: 'constant', value: '%#1%', type: types[3]! })],
  ['CASE WHEN a > b THEN a ELSE b END', call('case', call('>', a, b), a, b)],
  ['COALESCE(NULLIF(a, b), 0)', call('coalesce', call('nullif', a, b), int(0))],
  ['UPPER(name)', call('upper', name)],
];

const batches = Array.from({ length: 64 }, (_, i) => makeBatch(i * BATCH, 1000));
const total = batches.length * BATCH;

function overBatches(action: (batch: Batch) => unknown): void {
  for (const batch of batches) action(batch);
}

for (const [text, expression] of expressions) {
  const compiled = compileExpression(expression);
  report(`batch: ${text}`, total, await best(() => overBatches((batch) => compiled.evaluate(batch, context))));
}
for (const [text, expression] of expressions.slice(0, 5)) {
  const compiled = compileExpression(expression);
  const row: Datum[] = [41, 500, new Decimal(123, 2), 'x'];
  const run = () => {
    for (let i = 0; i < 100_000; i++) compiled.evaluateRow(row, context);
  };
  report(`row: ${text}`, 100_000, await best(run));
}
const predicate = compilePredicate(call('and', call('>', a, int(10)), call('<', b, int(500))));
report(
  'predicate: a > 10 AND b < 500',
  total,
  await best(() => overBatches((batch) => predicate.select(batch, context))),
);

class Source implements Operator {
  readonly output = types;
  readonly #batches: readonly Batch[];
  #next = 0;
  constructor(source: readonly Batch[]) {
    this.#batches = source;
  }
  open(): void {
    this.#next = 0;
  }
  next(): Batch | null {
    return this.#batches[this.#next++] ?? null;
  }
  close(): void {}
}

async function drainAll(operator: Operator): Promise<number> {
  let rows = 0;
  await operator.open();
  for (let batch = await operator.next(); batch !== null; batch = await operator.next()) rows += batch.length;
  await operator.close();
  return rows;
}

const aggregate = (functionName: string, ...args: Expression[]) =>
  compileAggregate(resolveAggregate(functionName, args, {}, options));
const aggregates = [aggregate('count'), aggregate('sum', a), aggregate('sum', price), aggregate('min', a)];
const keys = { a: compileExpression(a), b: compileExpression(b), name: compileExpression(name) };

for (const groups of [1000, 50_000]) {
  const source = Array.from({ length: 256 }, (_, i) => makeBatch(i * BATCH, groups));
  const rows = source.length * BATCH;
  const run = (by: (typeof keys)['a'][]) => () =>
    drainAll(new HashAggregation(new Source(source), by, aggregates, context));
  report(`hash aggregation, ${groups} int groups, 4 aggregates`, rows, await best(run([keys.b])));
  if (groups === 1000) {
    report('hash aggregation, 5000 text groups', rows, await best(run([keys.name])));
    report('hash aggregation, (int, text) groups', rows, await best(run([keys.b, keys.name])));
    report('aggregation without groups', rows, await best(run([])));
  }
}

const build = Array.from({ length: 64 }, (_, i) => makeBatch(i * BATCH, 1000));
const probe = Array.from({ length: 256 }, (_, i) => makeBatch(i * BATCH, 65_536));
const join = () =>
  drainAll(
    new HashJoin(
      new Source(probe),
      new Source(build),
      { kind: 'inner', leftKeys: [keys.b], rightKeys: [keys.a] },
      context,
    ),
  );
report('hash join, 262 k probes of 65 k rows, 8 columns', probe.length * BATCH, await best(join));
const sort = () => drainAll(new Sort(new Source(build), [{ expression: keys.b, descending: false }], context));
report('sort of 65 k rows by an int', build.length * BATCH, await best(sort));
const textSort = () => drainAll(new Sort(new Source(build), [{ expression: keys.name, descending: true }], context));
report('sort of 65 k rows by a text', build.length * BATCH, await best(textSort));
