/** The record or index key that a point access names, from the execution's parameters. */

import type { Key } from '../../base/index.ts';
import {
  compileExpression,
  type Datum,
  type EvaluationContext,
  type Expression,
  encodeHandleValues,
  encodeIntHandle,
  type FieldType,
  type IndexInfo,
  type TableInfo,
} from '../../engine/index.ts';
import { keyParts } from '../planner/access-path.ts';
import { keyBound } from './key-bounds.ts';
import { tableCodec } from './table-codec.ts';

/** Undefined when no row can have the key (NULL, or a value that the column cannot hold). */
export type KeyFunction = (context: EvaluationContext) => Key | undefined;

const NO_ROW: readonly Datum[] = [];

export function compileKey(
  table: TableInfo,
  index: IndexInfo | undefined,
  expressions: readonly Expression[],
): KeyFunction {
  const codec = tableCodec(table);
  const parts = keyParts(table, index);
  const values = expressions.map((expression, i) => ({
    value: compileExpression(expression).evaluateRow,
    from: expression.type,
    column: (parts[i] as { readonly type: FieldType }).type,
  }));
  const valueAt = (i: number, context: EvaluationContext): Datum => {
    const { value, from, column } = values[i] as (typeof values)[number];
    const datum = value(NO_ROW, context);
    if (datum === null) return null;
    const bound = keyBound(datum, from, column);
    return bound.kind === 'value' && bound.exact ? bound.floor : null;
  };
  const isIntHandle = table.pkIsHandle && (index === undefined || index.primary);
  if (isIntHandle) {
    const prefix = codec.recordPrefix;
    return (context) => {
      const value = valueAt(0, context);
      return value === null ? undefined : ((prefix + encodeIntHandle(value as number | bigint)) as Key);
    };
  }
  const collect = (context: EvaluationContext): Datum[] | undefined => {
    const row: Datum[] = [];
    for (let i = 0; i < values.length; i++) {
      const value = valueAt(i, context);
      if (value === null) return undefined;
      row.push(value);
    }
    return row;
  };
  if (index === undefined || index.primary) {
    return (context) => {
      const row = collect(context);
      return row === undefined ? undefined : codec.recordKey(encodeHandleValues(table, row, context.timeZone));
    };
  }
  const indexCodec = codec.indexCodec(index);
  return (context) => {
    const row = collect(context);
    return row === undefined ? undefined : indexCodec.encodePrefix(row, context.timeZone);
  };
}
