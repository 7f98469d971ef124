/** The public face of `engine`. */
export type { Charset, Collation } from './charset/collation.ts';
export { SqlError, type SqlWarning, type WarningLevel } from './errors/sql-error.ts';
export type {
  EvaluationContext,
  MemoryTracker,
  SessionFunctions,
  SqlMode,
  TimeZone,
  TypedValue,
} from './expression/evaluation-context.ts';
export type {
  CallExpression,
  ColumnExpression,
  ConstantExpression,
  Expression,
  ParameterExpression,
} from './expression/expression.ts';
export type { Operator } from './operator/operator.ts';
export type {
  CheckInfo,
  ColumnDefault,
  ColumnInfo,
  DatabaseInfo,
  ForeignKeyInfo,
  IndexColumn,
  IndexInfo,
  ReferentialAction,
  SchemaState,
  TableInfo,
  ViewInfo,
} from './schema/schema.ts';
export { canonicalInt, type Datum } from './types/datum.ts';
export type { FieldType, TypeClass, TypeName } from './types/field-type.ts';
export type { Batch, Vector } from './vector/batch.ts';
