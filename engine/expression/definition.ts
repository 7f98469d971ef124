/**
 * What the registry knows of a function: how its arguments are converted, what type it answers, and how it is compiled.
 *
 * Most functions are made by `scalar` and `variadic`: they declare the kind of each argument, `resolve` puts the casts
 * in, and the body sees typed JS values and never NULL. `text` arguments share one aggregated collation; when that is
 * binary the body sees binary strings (one character per byte) and its answer becomes bytes again, so that one body
 * serves character and byte strings.
 */

import type { Collation } from '../charset/collation.ts';
import type { DateTime } from '../types/date-time.ts';
import type { Datum } from '../types/datum.ts';
import type { Decimal } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Json } from '../types/json.ts';
import type { CompiledNode } from './compiled-node.ts';
import type { EvaluationContext, SqlMode } from './evaluation-context.ts';
import type { CallExpression, Coercibility, Expression } from './expression.ts';

/** What binding an expression needs to know of the session. */
export interface ResolveOptions {
  /** collation_connection: the collation of strings made from numbers, dates and literals. */
  readonly collationConnection: Collation;
  readonly sqlMode: Pick<SqlMode, 'noUnsignedSubtraction'>;
  /** div_precision_increment, usually 4. */
  readonly divPrecisionIncrement: number;
  /** For "FUNCTION db.f does not exist". */
  readonly database: string | null;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  /** The same arguments give the same answer and nothing else happens: may be folded. */
  readonly pure: boolean;
  /** Must run row by row in order. */
  readonly sequential: boolean;
  resolve(args: readonly Expression[], options: ResolveOptions): Expression;
  compile(call: CallExpression, args: readonly CompiledNode[]): CompiledNode;
}

export type ArgumentKind = 'int' | 'real' | 'decimal' | 'text' | 'bytes' | 'datetime' | 'time' | 'json' | 'any';

export interface KindValue {
  readonly int: number | bigint;
  readonly real: number;
  readonly decimal: Decimal;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly datetime: DateTime;
  readonly time: number;
  readonly json: Json;
  readonly any: Exclude<Datum, null>;
}

export type KindValues<K extends readonly ArgumentKind[]> = { [I in keyof K]: KindValue[K[I]] };

/** A result type, and for strings how coercible it is. */
export interface ResultShape {
  readonly type: FieldType;
  readonly coercibility?: Coercibility | undefined;
}

export interface ResultRequest {
  /** After the casts. */
  readonly args: readonly Expression[];
  /** As written. */
  readonly originals: readonly Expression[];
  /** Aggregated over the `text` arguments; the connection's where there are none. */
  readonly collation: Collation;
  readonly coercibility: Coercibility;
  readonly options: ResolveOptions;
}

export type ResultRule = FieldType | ((request: ResultRequest) => FieldType | ResultShape);

export type ScalarBody<K extends readonly ArgumentKind[]> = (
  context: EvaluationContext,
  ...values: KindValues<K>
) => Datum;
