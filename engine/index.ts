/** The public face of `engine`. */
export {
  type AssignmentOptions,
  type ColumnAssigner,
  columnAssigner,
  convertForStore,
  implicitDefault,
} from './assignment/assign.ts';
export { integerRange } from './assignment/assign-number.ts';
export type { AssignmentTarget } from './assignment/site.ts';
export { allCharsets, findCharset } from './charset/charset.ts';
export type { Charset, Collation } from './charset/collation.ts';
export { allCollations, binaryCollation, defaultCollation, findCollation } from './charset/collations.ts';
export { decimalBinarySize, decodeDecimalBinary, encodeDecimalBinary } from './encoding/decimal-binary.ts';
export {
  encodeCommonHandle,
  encodeHandleValues,
  IndexCodec,
  type IndexEntry,
  truncateToPrefix,
} from './encoding/index-codec.ts';
export { decodeJson, encodeJson } from './encoding/json-binary.ts';
export { encodeMysqlJson } from './encoding/json-mysql-binary.ts';
export {
  decodeKeyDatum,
  decodeKeyPart,
  encodeKeyDatum,
  encodeKeyPart,
  MAX_VALUE_KEY,
  MIN_NOT_NULL_KEY,
  NULL_FLAG,
  needsRestoredData,
  skipKeyPart,
} from './encoding/key-datum.ts';
export { indexAppender, type RowAppender, recordAppender } from './encoding/row-appender.ts';
export {
  decodeHandle,
  type HandleLayout,
  handleLayoutOf,
  isStoredInHandle,
  RowDecoder,
} from './encoding/row-decoder.ts';
export { RowEncoder } from './encoding/row-encoder.ts';
export {
  decodeIntHandle,
  encodeIntHandle,
  type Handle,
  handleOfRecordKey,
  indexIdOfKey,
  indexPrefix,
  indexRange,
  isIndexKey,
  isRecordKey,
  recordKey,
  recordPrefix,
  recordRange,
  tableIdOfKey,
  tablePrefix,
  tableRange,
} from './encoding/table-keys.ts';
export { timestampFromUtc, timestampToUtc } from './encoding/time-zone-shift.ts';
export { SqlError, type SqlWarning, StatementSuspended, type WarningLevel } from './errors/sql-error.ts';
export { sqlErrors } from './errors/sql-errors.ts';
export type { Accumulator } from './expression/aggregate/accumulator.ts';
export { type CompiledAggregate, compileAggregate } from './expression/aggregate/compile-aggregate.ts';
export {
  type AggregateDescriptor,
  type AggregateOptions,
  type AggregateOrder,
  isAggregateName,
  resolveAggregate,
  type SplitAggregate,
  splitAggregate,
} from './expression/aggregate/descriptor.ts';
export { resolveCast, resolveCollate, resolveConvertUsing } from './expression/cast/explicit-cast.ts';
export { castTo } from './expression/cast/implicit-cast.ts';
export { textFunction, timeText } from './expression/cast/text-of.ts';
export { coercibilityOf } from './expression/collation-aggregation.ts';
export { type Comparator, comparatorOf, nullsFirst } from './expression/compare.ts';
export {
  type CompiledExpression,
  type CompiledPredicate,
  compileExpression,
  compilePredicate,
  type Selection,
} from './expression/compile.ts';
export type { ResolveOptions } from './expression/definition.ts';
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
  Coercibility,
  ColumnExpression,
  ConstantExpression,
  Expression,
  ParameterExpression,
} from './expression/expression.ts';
export { foldConstants } from './expression/fold.ts';
export { type ComparisonOperator, compareRows } from './expression/functions/comparison.ts';
export { resolveAssignment, resolveUserVariable } from './expression/functions/information.ts';
export { compositeKey, type GroupKey, groupKeyOf } from './expression/group-key.ts';
export { printExpression } from './expression/print.ts';
export { findFunction, functionNames } from './expression/registry.ts';
export { resolveFunction } from './expression/resolve.ts';
export {
  bigintType,
  booleanType,
  bytesType,
  dateType,
  datetimeType,
  decimalType,
  doubleType,
  jsonType,
  nullType,
  stringType,
  textLength,
  timeType,
  withNullable,
  yearType,
} from './expression/result-types.ts';
export { aggregateTypes, castToAggregated } from './expression/type-aggregation.ts';
export {
  type Frame,
  type FrameBound,
  isWindowFunctionName,
  resolveRangeBound,
  resolveWindowFunction,
  type WindowDescriptor,
} from './expression/window/window-function.ts';
export { Apply, type ApplyKind, type ApplyOptions } from './operator/apply.ts';
export { columnExpressions } from './operator/columns.ts';
export { Distinct } from './operator/distinct.ts';
export { Filter } from './operator/filter.ts';
export { HashAggregation } from './operator/hash-aggregation.ts';
export { HashJoin, type JoinKind, type JoinOptions } from './operator/hash-join.ts';
export { Limit } from './operator/limit.ts';
export type { Operator } from './operator/operator.ts';
export { Projection } from './operator/projection.ts';
export { drain, pull } from './operator/pull.ts';
export { RecursiveUnion, type RecursiveUnionOptions } from './operator/recursive-union.ts';
export { SetOperation, type SetOperationOptions } from './operator/set-operation.ts';
export { Sort } from './operator/sort.ts';
export type { SortItem } from './operator/sort-key.ts';
export { Spool } from './operator/spool.ts';
export { StreamingAggregation } from './operator/streaming-aggregation.ts';
export { TopN } from './operator/top-n.ts';
export { UnionAll } from './operator/union-all.ts';
export { Values } from './operator/values.ts';
export { Window, type WindowOptions } from './operator/window.ts';
export { type CompiledWindowFunction, compileWindowFunction } from './operator/window-partition.ts';
export { plainColumn, plainTable } from './schema/plain.ts';
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
export {
  clockText,
  DateTime,
  daysInMonth,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  roundMicros,
  truncateMicros,
} from './types/date-time.ts';
export {
  type DateRules,
  dateFollowsRules,
  dateTimeFromNumber,
  followsDateRules,
  LENIENT_DATES,
  type ParsedDateTime,
  parseDateTime,
} from './types/date-time-parse.ts';
export { canonicalInt, type Datum } from './types/datum.ts';
export { Decimal, MAX_DECIMAL_PRECISION, MAX_DECIMAL_SCALE, parseDecimalPrefix } from './types/decimal.ts';
export type { FieldType, TypeClass, TypeName } from './types/field-type.ts';
export {
  asNullable,
  characterCount,
  fieldTypes,
  INTEGER_BYTES,
  type IntegerName,
  type NumberOptions,
  notNull,
  TEXT_BYTES,
  UNSPECIFIED_SCALE,
} from './types/field-types.ts';
export {
  compareJsonKeys,
  isJsonArray,
  isJsonObject,
  Json,
  type JsonArray,
  type JsonNode,
  type JsonObject,
  type JsonOpaque,
  type JsonTemporal,
  jsonObject,
} from './types/json.ts';
export { type NumberPrefix, parseDoublePrefix, parseIntegerPrefix, restIsSpace } from './types/number-parse.ts';
export { doubleCastText, doubleText, fixedText, floatCastText, floatText } from './types/number-text.ts';
export {
  clampTime,
  fractionMicros,
  MAX_TIME_MICROS,
  type ParsedTime,
  parseTime,
  timeFromNumber,
  timeToNumber,
} from './types/time-value.ts';
export { findTimeZone } from './types/time-zone.ts';
export type { Batch, Vector } from './vector/batch.ts';
export {
  batchBytes,
  gatherBatch,
  MAX_BATCH_ROWS,
  MIN_BATCH_ROWS,
  nextBatchSize,
  plainVector,
  RowStore,
  rowAt,
  sliceBatch,
} from './vector/row-store.ts';
