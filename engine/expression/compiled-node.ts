/**
 * Compiled expressions: each node of the tree becomes one closure for single rows and one loop for whole batches.
 *
 * A scalar function is written once, for one row of non-null values; the `lift…` functions give it SQL's null
 * propagation (all arguments are evaluated, also beside a NULL) and turn it into loops, with separate loops for arguments that are the same for all rows. Functions that
 * must not evaluate all their arguments (IF, CASE, AND …) are written for rows only and `liftRows` drives them over a
 * batch.
 */

import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import type { EvaluationContext } from './evaluation-context.ts';

export type RowFunction = (row: readonly Datum[], context: EvaluationContext) => Datum;
export type BatchFunction = (batch: Batch, context: EvaluationContext) => Datum[];

export interface CompiledNode {
  readonly type: FieldType;
  /** The same value for all rows of one execution; `row` may then be called with no row at all. */
  readonly constant: boolean;
  /** Rows must be evaluated one by one, in order (user variables). */
  readonly sequential: boolean;
  /** Can neither warn nor throw: may be evaluated for rows that do not need it. */
  readonly quiet: boolean;
  /** Columns of the input that the node reads. */
  readonly columns: readonly number[];
  readonly row: RowFunction;
  /** One value per row of the batch. The array may be the batch's own column: never write to it. */
  readonly values: BatchFunction;
}

/** The row that constant nodes are evaluated on. */
export const NO_ROW: readonly Datum[] = [];

export function columnNode(type: FieldType, index: number): CompiledNode {
  return {
    type,
    constant: false,
    sequential: false,
    quiet: true,
    columns: [index],
    row: (row) => row[index] as Datum,
    values: (batch) => batch.columns[index]!.values,
  };
}

export function constantNode(type: FieldType, value: Datum): CompiledNode {
  return {
    type,
    constant: true,
    sequential: false,
    quiet: true,
    columns: [],
    row: () => value,
    values: (batch) => new Array<Datum>(batch.length).fill(value),
  };
}

export function parameterNode(type: FieldType, index: number): CompiledNode {
  const row: RowFunction = (_row, context) => context.parameters[index] as Datum;
  return { type, constant: true, sequential: false, quiet: true, columns: [], row, values: spread(row) };
}

function spread(row: RowFunction): BatchFunction {
  return (batch, context) => new Array<Datum>(batch.length).fill(row(NO_ROW, context));
}

function nulls(length: number): Datum[] {
  return new Array<Datum>(length).fill(null);
}

/** All NULL because the other operand is; this one is evaluated all the same when it may warn or throw. */
function nullsAfter(operand: CompiledNode, batch: Batch, context: EvaluationContext): Datum[] {
  if (!operand.quiet) operand.values(batch, context);
  return nulls(batch.length);
}

function unionOfColumns(args: readonly CompiledNode[]): number[] {
  const all = new Set<number>();
  for (const arg of args) for (const column of arg.columns) all.add(column);
  return [...all].sort((left, right) => left - right);
}

export interface NodeTraits {
  readonly type: FieldType;
  /** False for functions whose answer is not a function of their arguments: never constant. */
  readonly pure: boolean;
  readonly sequential?: boolean;
  /** The function itself can neither warn nor throw. */
  readonly quiet?: boolean;
}

function frame(traits: NodeTraits, args: readonly CompiledNode[]) {
  return {
    type: traits.type,
    constant: traits.pure && args.every((arg) => arg.constant),
    sequential: traits.sequential === true || args.some((arg) => arg.sequential),
    quiet: traits.quiet === true && args.every((arg) => arg.quiet),
    columns: unionOfColumns(args),
  };
}

/** Evaluates `row` once per row of the batch, or once in all when the node is constant. */
export function liftRows(traits: NodeTraits, args: readonly CompiledNode[], row: RowFunction): CompiledNode {
  const shape = frame(traits, args);
  if (shape.constant) return { ...shape, row, values: spread(row) };
  return { ...shape, row, values: rowByRow(shape.columns, row) };
}

/** The batch form of a row function that reads `columns`. */
function rowByRow(columns: readonly number[], row: RowFunction): BatchFunction {
  return (batch, context) => {
    const { length } = batch;
    const result = new Array<Datum>(length);
    const scratch = new Array<Datum>((columns.at(-1) ?? -1) + 1).fill(null);
    for (let i = 0; i < length; i++) {
      for (let c = 0; c < columns.length; c++) {
        const column = columns[c]!;
        scratch[column] = batch.columns[column]!.values[i]!;
      }
      result[i] = row(scratch, context);
    }
    return result;
  };
}

/** A function of no arguments. */
export function liftNullary(traits: NodeTraits, fn: (context: EvaluationContext) => Datum): CompiledNode {
  return liftRows(traits, [], (_row, context) => fn(context));
}

/** Chooses between a loop and, for constant or sequential nodes, the row function. */
function withLoop(
  traits: NodeTraits,
  args: readonly CompiledNode[],
  row: RowFunction,
  loop: BatchFunction,
): CompiledNode {
  const shape = frame(traits, args);
  if (shape.constant) return { ...shape, row, values: spread(row) };
  return { ...shape, row, values: shape.sequential ? rowByRow(shape.columns, row) : loop };
}

export type Scalar1 = (context: EvaluationContext, a: never) => Datum;
export type Scalar2 = (context: EvaluationContext, a: never, b: never) => Datum;
export type Scalar3 = (context: EvaluationContext, a: never, b: never, c: never) => Datum;
type Loose1 = (context: EvaluationContext, a: Datum) => Datum;
type Loose2 = (context: EvaluationContext, a: Datum, b: Datum) => Datum;
type Loose3 = (context: EvaluationContext, a: Datum, b: Datum, c: Datum) => Datum;

/** NULL in, NULL out; else `scalar`. */
export function lift1(traits: NodeTraits, a: CompiledNode, scalar: Scalar1): CompiledNode {
  const fn = scalar as Loose1;
  const arg = a.row;
  const row: RowFunction = (input, context) => {
    const x = arg(input, context);
    return x === null ? null : fn(context, x);
  };
  return withLoop(traits, [a], row, (batch, context) => {
    const xs = a.values(batch, context);
    const result = new Array<Datum>(batch.length);
    for (let i = 0; i < result.length; i++) {
      const x = xs[i]!;
      result[i] = x === null ? null : fn(context, x);
    }
    return result;
  });
}

export function lift2(traits: NodeTraits, a: CompiledNode, b: CompiledNode, scalar: Scalar2): CompiledNode {
  const fn = scalar as Loose2;
  const left = a.row;
  const right = b.row;
  const row: RowFunction = (input, context) => {
    const x = left(input, context);
    const y = right(input, context);
    return x === null || y === null ? null : fn(context, x, y);
  };
  return withLoop(traits, [a, b], row, (batch, context) => {
    const { length } = batch;
    if (b.constant) {
      const y = right(NO_ROW, context);
      if (y === null) return nullsAfter(a, batch, context);
      return loopLeft(fn, a.values(batch, context), y, length, context);
    }
    if (a.constant) {
      const x = left(NO_ROW, context);
      if (x === null) return nullsAfter(b, batch, context);
      return loopRight(fn, x, b.values(batch, context), length, context);
    }
    return loopBoth(fn, a.values(batch, context), b.values(batch, context), length, context);
  });
}

function loopLeft(fn: Loose2, xs: readonly Datum[], y: Datum, length: number, context: EvaluationContext): Datum[] {
  const result = new Array<Datum>(length);
  for (let i = 0; i < length; i++) {
    const x = xs[i]!;
    result[i] = x === null ? null : fn(context, x, y);
  }
  return result;
}

function loopRight(fn: Loose2, x: Datum, ys: readonly Datum[], length: number, context: EvaluationContext): Datum[] {
  const result = new Array<Datum>(length);
  for (let i = 0; i < length; i++) {
    const y = ys[i]!;
    result[i] = y === null ? null : fn(context, x, y);
  }
  return result;
}

function loopBoth(
  fn: Loose2,
  xs: readonly Datum[],
  ys: readonly Datum[],
  length: number,
  context: EvaluationContext,
): Datum[] {
  const result = new Array<Datum>(length);
  for (let i = 0; i < length; i++) {
    const x = xs[i]!;
    const y = ys[i]!;
    result[i] = x === null || y === null ? null : fn(context, x, y);
  }
  return result;
}

export function lift3(
  traits: NodeTraits,
  a: CompiledNode,
  b: CompiledNode,
  c: CompiledNode,
  scalar: Scalar3,
): CompiledNode {
  const fn = scalar as Loose3;
  const row: RowFunction = (input, context) => {
    const x = a.row(input, context);
    const y = b.row(input, context);
    const z = c.row(input, context);
    return x === null || y === null || z === null ? null : fn(context, x, y, z);
  };
  return withLoop(traits, [a, b, c], row, (batch, context) => {
    const xs = a.values(batch, context);
    const ys = b.values(batch, context);
    const zs = c.values(batch, context);
    const result = new Array<Datum>(batch.length);
    for (let i = 0; i < result.length; i++) {
      const x = xs[i]!;
      const y = ys[i]!;
      const z = zs[i]!;
      result[i] = x === null || y === null || z === null ? null : fn(context, x, y, z);
    }
    return result;
  });
}

/**
 * Any number of arguments, handed over as an array that the function must not keep. With `nulls: 'propagate'` one NULL
 * answers NULL without a call.
 */
export function liftMany(
  traits: NodeTraits,
  args: readonly CompiledNode[],
  nullRule: 'propagate' | 'pass',
  fn: (context: EvaluationContext, values: Datum[]) => Datum,
): CompiledNode {
  const propagate = nullRule === 'propagate';
  const row: RowFunction = (input, context) => {
    const values = new Array<Datum>(args.length);
    let sawNull = false;
    for (let i = 0; i < args.length; i++) {
      const value = args[i]!.row(input, context);
      if (value === null) sawNull = true;
      values[i] = value;
    }
    return sawNull && propagate ? null : fn(context, values);
  };
  return withLoop(traits, args, row, (batch, context) => {
    const inputs = args.map((arg) => arg.values(batch, context));
    const result = new Array<Datum>(batch.length);
    const values = new Array<Datum>(args.length);
    for (let i = 0; i < result.length; i++) {
      let sawNull = false;
      for (let j = 0; j < inputs.length; j++) {
        const value = inputs[j]![i]!;
        if (value === null) sawNull = true;
        values[j] = value;
      }
      result[i] = sawNull && propagate ? null : fn(context, values);
    }
    return result;
  });
}

/** A node with a hand-written loop over two inputs, either of which may be constant (then an array of one value). */
export function kernel2(
  traits: NodeTraits,
  a: CompiledNode,
  b: CompiledNode,
  row: RowFunction,
  kernels: {
    readonly both: (xs: readonly Datum[], ys: readonly Datum[], result: Datum[], context: EvaluationContext) => void;
    /** `y` is not null. */
    readonly left: (xs: readonly Datum[], y: Datum, result: Datum[], context: EvaluationContext) => void;
  },
): CompiledNode {
  return withLoop(traits, [a, b], row, (batch, context) => {
    if (b.constant) {
      const y = b.row(NO_ROW, context);
      if (y === null) return nullsAfter(a, batch, context);
      const result = new Array<Datum>(batch.length);
      kernels.left(a.values(batch, context), y, result, context);
      return result;
    }
    const result = new Array<Datum>(batch.length);
    kernels.both(a.values(batch, context), b.values(batch, context), result, context);
    return result;
  });
}
