/** Aggregates that keep what they see: GROUP_CONCAT, JSON_ARRAYAGG, JSON_OBJECTAGG, and the filter behind DISTINCT. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import type { Datum } from '../../types/datum.ts';
import type { FieldType } from '../../types/field-type.ts';
import { Json, type JsonNode, jsonObject } from '../../types/json.ts';
import type { Batch } from '../../vector/batch.ts';
import { jsonNodeOf } from '../cast/json-cast.ts';
import { textFunction } from '../cast/text-of.ts';
import { type Comparator, comparatorOf, nullsFirst } from '../compare.ts';
import type { CompiledExpression } from '../compile.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { Expression } from '../expression.ts';
import { compositeKey, type GroupKey, groupKeyOf } from '../group-key.ts';
import { binaryStringOf, bytesOfBinaryString } from '../text/binary-string.ts';
import { type Accumulator, NO_GROUP } from './accumulator.ts';

/** Passes each distinct combination of arguments on once per group. Rows with a NULL argument are passed over. */
export class Distinct implements Accumulator {
  readonly #args: readonly CompiledExpression[];
  readonly #inner: Accumulator;
  readonly #keys: readonly ((value: Datum) => GroupKey)[];
  readonly #seen: Set<GroupKey>[] = [];

  constructor(args: readonly CompiledExpression[], inner: Accumulator) {
    this.#args = args;
    this.#inner = inner;
    this.#keys = args.map((arg) => groupKeyOf(arg.type));
  }

  reserve(count: number): void {
    while (this.#seen.length < count) this.#seen.push(new Set());
    this.#inner.reserve(count);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const columns = this.#args.map((arg) => arg.evaluate(batch, context).values);
    const fresh = groups.map((group, i) => {
      if (group < 0) return NO_GROUP;
      const key = this.#keyAt(columns, i);
      const seen = this.#seen[group]!;
      if (key === undefined || seen.has(key)) return NO_GROUP;
      seen.add(key);
      context.memory.consume(typeof key === 'string' ? 48 + key.length : 32);
      return group;
    });
    this.#inner.add(batch, fresh, context);
  }

  #keyAt(columns: readonly (readonly Datum[])[], row: number): GroupKey | undefined {
    if (columns.length === 1) {
      const value = columns[0]![row]!;
      return value === null ? undefined : this.#keys[0]!(value);
    }
    const parts: GroupKey[] = [];
    for (let c = 0; c < columns.length; c++) {
      const value = columns[c]![row]!;
      if (value === null) return undefined;
      parts.push(this.#keys[c]!(value));
    }
    return compositeKey(parts);
  }

  result(group: number, context: EvaluationContext): Datum {
    return this.#inner.result(group, context);
  }
}

interface Piece {
  readonly text: string;
  readonly keys: readonly Datum[];
}

export interface CompiledOrder {
  readonly expression: CompiledExpression;
  readonly descending: boolean;
}

const DEFAULT_MAX_LENGTH = 1024;

export class GroupConcat implements Accumulator {
  readonly #args: readonly CompiledExpression[];
  readonly #separator: string;
  readonly #order: readonly CompiledOrder[];
  readonly #type: FieldType;
  readonly #texts: readonly ((value: Exclude<Datum, null>) => string)[];
  readonly #comparators: readonly Comparator[];
  readonly #pieces: Piece[][] = [];

  constructor(
    args: readonly CompiledExpression[],
    options: { readonly separator: string; readonly order: readonly CompiledOrder[]; readonly type: FieldType },
  ) {
    this.#args = args;
    this.#separator = options.separator;
    this.#order = options.order;
    this.#type = options.type;
    this.#texts = args.map((arg) => textFunction(arg.type));
    this.#comparators = options.order.map((item) => nullsFirst(comparatorOf(item.expression.type)));
  }

  reserve(count: number): void {
    while (this.#pieces.length < count) this.#pieces.push([]);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const columns = this.#args.map((arg) => arg.evaluate(batch, context).values);
    const keys = this.#order.map((item) => item.expression.evaluate(batch, context).values);
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i]!;
      if (group < 0 || columns.some((values) => values[i] === null)) continue;
      let text = '';
      for (let c = 0; c < columns.length; c++) text += this.#textOf(c, columns[c]![i] as Exclude<Datum, null>);
      context.memory.consume(64 + text.length);
      this.#pieces[group]!.push({ text, keys: keys.map((values) => values[i]!) });
    }
  }

  #textOf(column: number, value: Exclude<Datum, null>): string {
    return value instanceof Uint8Array && this.#type.class === 'bytes'
      ? binaryStringOf(value)
      : this.#texts[column]!(value);
  }

  result(group: number, context: EvaluationContext): Datum {
    const pieces = this.#pieces[group]!;
    if (pieces.length === 0) return null;
    const ordered = this.#order.length === 0 ? pieces : [...pieces].sort((left, right) => this.#compare(left, right));
    const maxLength = maxLengthOf(context);
    const text = this.#join(ordered, maxLength, context);
    return this.#type.class === 'bytes' ? bytesOfBinaryString(text) : text;
  }

  #compare(left: Piece, right: Piece): number {
    for (let c = 0; c < this.#order.length; c++) {
      const order = this.#comparators[c]!(left.keys[c]!, right.keys[c]!);
      if (order !== 0) return this.#order[c]!.descending ? -order : order;
    }
    return 0;
  }

  /** Cuts at `maxLength` bytes, on a character, with warning 1260. */
  #join(pieces: readonly Piece[], maxLength: number, context: EvaluationContext): string {
    const byteLength = (text: string) =>
      this.#type.class === 'bytes' ? text.length : this.#type.charset.encode(text).length;
    let text = '';
    for (let i = 0; i < pieces.length; i++) {
      text += i === 0 ? pieces[i]!.text : this.#separator + pieces[i]!.text;
      if (text.length * 4 <= maxLength || byteLength(text) <= maxLength) continue;
      context.warnError(sqlErrors.cutValueGroupConcat(i + 1));
      while (byteLength(text) > maxLength)
        text = text.slice(0, -Math.max(1, Math.floor((byteLength(text) - maxLength) / 4)));
      return text;
    }
    return text;
  }
}

function maxLengthOf(context: EvaluationContext): number {
  const { value } = context.session.systemVariable(undefined, 'group_concat_max_len');
  return value === null ? DEFAULT_MAX_LENGTH : Number(value);
}

/** JSON_ARRAYAGG; with a key argument in front JSON_OBJECTAGG. */
export class JsonAggregate implements Accumulator {
  readonly #args: readonly CompiledExpression[];
  readonly #toNode: (value: Exclude<Datum, null>) => JsonNode;
  readonly #keyText: (value: Exclude<Datum, null>) => string;
  readonly #items: [string, JsonNode][][] = [];

  constructor(args: readonly CompiledExpression[], expressions: readonly Expression[]) {
    this.#args = args;
    this.#toNode = jsonNodeOf(expressions.at(-1)!);
    this.#keyText = textFunction(args[0]!.type);
  }

  reserve(count: number): void {
    while (this.#items.length < count) this.#items.push([]);
  }

  add(batch: Batch, groups: readonly number[], context: EvaluationContext): void {
    const columns = this.#args.map((arg) => arg.evaluate(batch, context).values);
    const values = columns.at(-1)!;
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i]!;
      if (group < 0) continue;
      const value = values[i]!;
      context.memory.consume(64);
      this.#items[group]!.push([this.#keyAt(columns, i), value === null ? null : this.#toNode(value)]);
    }
  }

  #keyAt(columns: readonly (readonly Datum[])[], row: number): string {
    if (columns.length === 1) return '';
    const key = columns[0]![row]!;
    if (key === null) throw sqlErrors.jsonDocumentNullKey();
    return this.#keyText(key);
  }

  result(group: number): Datum {
    const items = this.#items[group]!;
    if (items.length === 0) return null;
    return new Json(this.#args.length === 2 ? jsonObject(items) : items.map(([, node]) => node));
  }
}
