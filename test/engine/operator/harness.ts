/** Small helpers for operator tests: integer tables, drained results, compiled calls. */

import {
  type AggregateOptions,
  bigintType,
  compileAggregate,
  compileExpression,
  type Datum,
  defaultCollation,
  type Expression,
  type FieldType,
  type Operator,
  type ResolveOptions,
  resolveAggregate,
  resolveFunction,
  rowAt,
  Values,
} from '../../../engine/index.ts';

export const resolveOptions: ResolveOptions = {
  collationConnection: defaultCollation,
  sqlMode: { noUnsignedSubtraction: false },
  divPrecisionIncrement: 4,
  database: 'test',
};

export function ints(...rows: readonly (readonly (number | null)[])[]): Operator {
  return new Values(
    rows[0]!.map(() => bigintType()),
    rows,
  );
}

export function column(index: number, type: FieldType = bigintType()): Expression {
  return { kind: 'column', index, type, name: `t.c${index}` };
}

export function constant(value: number): Expression {
  return { kind: 'constant', value, type: bigintType(false, String(value).length) };
}

export function call(name: string, ...args: readonly Expression[]): Expression {
  return resolveFunction(name, args, resolveOptions);
}

export function compiledColumn(index: number) {
  return compileExpression(column(index));
}

export function aggregate(name: string, args: readonly Expression[], options: AggregateOptions = {}) {
  return compileAggregate(resolveAggregate(name, args, options, resolveOptions));
}

/** All rows, with decimals and the like as text. */
export async function rowsOf(operator: Operator): Promise<(number | string | null)[][]> {
  const rows: (number | string | null)[][] = [];
  await operator.open();
  for (let batch = await operator.next(); batch !== null; batch = await operator.next()) {
    for (let i = 0; i < batch.length; i++) rows.push(rowAt(batch, i).map(plain));
  }
  await operator.close();
  return rows;
}

function plain(value: Datum): number | string | null {
  return value === null || typeof value === 'number' ? value : String(value);
}
