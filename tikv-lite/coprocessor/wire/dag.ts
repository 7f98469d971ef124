/** DAGs with their parameters and settings as tipb.DAGRequest, both ways. */

import { tipb } from '../../../base/rpc/index.ts';
import {
  compileExpression,
  type Datum,
  type Expression,
  type FieldType,
  fieldTypes,
  findTimeZone,
  type SqlMode,
} from '../../../engine/index.ts';
import type { DagExecutor, DagProjection, DagRequest } from '../dag.ts';
import { DagEvaluation } from '../dag-evaluation.ts';
import type { CoprocessorRequest, DagSettings } from '../request.ts';
import {
  aggregateFromProto,
  aggregateToProto,
  type EncodeScope,
  expressionFromProto,
  expressionToProto,
  WireError,
} from './expression.ts';
import { scanFromProto, scanToProto } from './scan.ts';

const { ExecType } = tipb;
const MAX_EXECUTORS = 64;
/** DAGRequest.flags. */
const TRUNCATE_AS_WARNING = 1n << 1n;
const IN_INSERT = 1n << 3n;
const IN_UPDATE_OR_DELETE = 1n << 4n;
const IN_SELECT = 1n << 5n;
const MAX_PACKET = 64n * 1024n * 1024n;

const MODES: readonly (readonly [keyof SqlMode, bigint])[] = [
  ['realAsFloat', 1n << 0n],
  ['pipesAsConcat', 1n << 1n],
  ['ansiQuotes', 1n << 2n],
  ['ignoreSpace', 1n << 3n],
  ['onlyFullGroupBy', 1n << 5n],
  ['noUnsignedSubtraction', 1n << 6n],
  ['noAutoValueOnZero', 1n << 19n],
  ['noBackslashEscapes', 1n << 20n],
  ['strict', 1n << 21n],
  ['strictAllTables', 1n << 22n],
  ['noZeroInDate', 1n << 23n],
  ['noZeroDate', 1n << 24n],
  ['allowInvalidDates', 1n << 25n],
  ['errorForDivisionByZero', 1n << 26n],
  ['highNotPrecedence', 1n << 29n],
  ['padCharToFullLength', 1n << 31n],
  ['timeTruncateFractional', 1n << 32n],
];

/* ------------------------------------------------------------------ to the wire */

export function dagToProto(request: CoprocessorRequest): tipb.DAGRequest {
  const { dag, settings } = request;
  const { executor, positions } = scanToProto(dag.scan);
  const executors: tipb.Executor[] = [executor];
  let mapped: readonly number[] | undefined = positions;
  for (const step of dag.executors) {
    const at = mapped;
    const scope: EncodeScope = {
      column: (index) => at?.[index] ?? index,
      parameter: (index) => request.parameters[index] ?? null,
    };
    executors.push(executorToProto(step, scope, request));
    if (step.kind === 'projection' || step.kind === 'aggregation') mapped = undefined;
  }
  const offset = /^[+-]/.test(settings.timeZone.name);
  return tipb.DAGRequest.create({
    executors,
    outputOffsets: mapped === undefined ? outputCount(dag) : [...mapped],
    flags: flagsOf(settings),
    sqlMode: MODES.reduce((bits, [mode, bit]) => (settings.sqlMode[mode] ? bits | bit : bits), 0n),
    timeZoneName: offset ? '' : settings.timeZone.name,
    timeZoneOffset: offset ? BigInt(settings.timeZone.offsetSecondsAt(0)) : 0n,
    maxAllowedPacket: BigInt(settings.maxAllowedPacket),
    encodeType: tipb.EncodeType.TypeDefault,
    collectExecutionSummaries: false,
  });
}

function outputCount({ executors }: DagRequest): number[] {
  let count = 0;
  for (const step of executors) {
    if (step.kind === 'projection') count = step.expressions.length;
    else if (step.kind === 'aggregation') count = step.groupBy.length + step.aggregates.length;
  }
  return Array.from({ length: count }, (_, i) => i);
}

function flagsOf({ statementKind, ignoreErrors }: DagSettings): bigint {
  const lenient = ignoreErrors ? TRUNCATE_AS_WARNING : 0n;
  if (statementKind === 'insert') return IN_INSERT | lenient;
  if (statementKind === 'update' || statementKind === 'delete') return IN_UPDATE_OR_DELETE | lenient;
  return IN_SELECT | TRUNCATE_AS_WARNING;
}

function executorToProto(step: DagExecutor, scope: EncodeScope, request: CoprocessorRequest): tipb.Executor {
  const all = (expressions: readonly Expression[]): tipb.Expr[] =>
    expressions.map((expression) => expressionToProto(expression, scope));
  switch (step.kind) {
    case 'selection':
      return { tp: ExecType.TypeSelection, selection: { conditions: all(step.conditions), rpnConditions: [] } };
    case 'projection':
      return { tp: ExecType.TypeProjection, Projection: { exprs: all(step.expressions), rpnExprs: [] } };
    case 'aggregation': {
      const aggFunc = step.aggregates.map((aggregate) => aggregateToProto(aggregate, scope));
      const aggregation = { groupBy: all(step.groupBy), aggFunc, rpnGroupBy: [], rpnAggFunc: [], streamed: false };
      return { tp: ExecType.TypeAggregation, aggregation };
    }
    case 'top-n': {
      const orderBy = step.items.map(({ expression, descending }) => ({
        expr: expressionToProto(expression, scope),
        desc: descending,
      }));
      const limit = countOf(step.count, step.offset, request);
      return { tp: ExecType.TypeTopN, topN: { orderBy, limit, partitionBy: [] } };
    }
    case 'limit': {
      const limit = countOf(step.count, step.offset, request);
      return { tp: ExecType.TypeLimit, limit: { limit, partitionBy: [], truncateKeyExpr: [] } };
    }
  }
}

function countOf(count: Expression, offset: Expression | undefined, request: CoprocessorRequest): bigint {
  const evaluation = new DagEvaluation(request.parameters, request.settings, () => undefined);
  const value = (expression: Expression): bigint => {
    const datum: Datum = compileExpression(expression).evaluateRow([], evaluation);
    return BigInt(Math.trunc(Number(datum ?? 0)));
  };
  return value(count) + (offset === undefined ? 0n : value(offset));
}

/* ------------------------------------------------------------------ from the wire */

/** Throws WireError for what is not known here. */
export function dagFromProto(message: tipb.DAGRequest): Pick<CoprocessorRequest, 'dag' | 'settings'> {
  const [first, ...others] = message.executors;
  if (first === undefined || others.length > MAX_EXECUTORS) throw new WireError(`${others.length} executors`);
  const scan = scanFromProto(first);
  const executors: DagExecutor[] = [];
  let types: readonly FieldType[] = scan.types;
  for (const executor of others) {
    const step = executorFromProto(executor, types);
    executors.push(step);
    if (step.kind === 'projection') types = step.expressions.map(({ type }) => type);
    if (step.kind === 'aggregation') types = [...step.groupBy, ...step.aggregates].map(({ type }) => type);
  }
  const output = chosen(message.outputOffsets, types);
  const dag = { scan, executors: output === undefined ? executors : [...executors, output] };
  return { dag, settings: settingsFromProto(message) };
}

/** A projection to the wanted columns, where they are not all of them in order. */
function chosen(offsets: readonly number[], types: readonly FieldType[]): DagProjection | undefined {
  if (offsets.length === types.length && offsets.every((offset, i) => offset === i)) return undefined;
  const expressions = offsets.map((index): Expression => {
    const type = types[index];
    if (type === undefined) throw new WireError(`output column ${index} of ${types.length}`);
    return { kind: 'column', index, type, name: '' };
  });
  return { kind: 'projection', expressions };
}

function executorFromProto(executor: tipb.Executor, types: readonly FieldType[]): DagExecutor {
  const all = (expressions: readonly tipb.Expr[]): Expression[] =>
    expressions.map((expression) => expressionFromProto(expression, types));
  const { selection, Projection: projection, aggregation, topN, limit } = executor;
  if (selection !== undefined) return { kind: 'selection', conditions: all(selection.conditions) };
  if (projection !== undefined) return { kind: 'projection', expressions: all(projection.exprs) };
  if (aggregation !== undefined) {
    const aggregates = aggregation.aggFunc.map((call) => aggregateFromProto(call, types));
    return { kind: 'aggregation', groupBy: all(aggregation.groupBy), aggregates };
  }
  if (topN !== undefined) {
    const items = topN.orderBy.map(({ expr, desc }) => {
      if (expr === undefined) throw new WireError('an order without an expression');
      return { expression: expressionFromProto(expr, types), descending: desc === true };
    });
    return { kind: 'top-n', items, count: constantCount(topN.limit), offset: undefined };
  }
  if (limit !== undefined) return { kind: 'limit', count: constantCount(limit.limit), offset: undefined };
  throw new WireError(`executor type ${executor.tp} is not supported`);
}

function constantCount(value: bigint | undefined): Expression {
  return { kind: 'constant', value: Number(value ?? 0n), type: fieldTypes.bigint() };
}

function settingsFromProto(message: tipb.DAGRequest): DagSettings {
  const { flags = 0n, sqlMode = 0n, timeZoneName = '', timeZoneOffset = 0n } = message;
  const timeZone = findTimeZone(timeZoneName === '' ? offsetName(Number(timeZoneOffset)) : timeZoneName);
  if (timeZone === undefined) throw new WireError(`unknown time zone ${timeZoneName}`);
  const isWrite = (flags & (IN_INSERT | IN_UPDATE_OR_DELETE)) !== 0n;
  const modes = Object.fromEntries(MODES.map(([mode, bit]) => [mode, (sqlMode & bit) !== 0n]));
  return {
    sqlMode: modes as unknown as SqlMode,
    timeZone,
    statementKind: (flags & IN_INSERT) !== 0n ? 'insert' : isWrite ? 'update' : 'select',
    ignoreErrors: isWrite && (flags & TRUNCATE_AS_WARNING) !== 0n,
    maxAllowedPacket: Number(message.maxAllowedPacket ?? MAX_PACKET),
  };
}

function offsetName(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${seconds < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
