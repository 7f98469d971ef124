/**
 * Access paths: which conditions of a table a key can answer. For each index the leading parts with an equality (or IN
 * list) become points, the next part's comparisons become bounds. Ranges may be wider than the conditions (other types,
 * prefixes), so every condition that is not answered exactly stays a filter.
 */

import {
  type Expression,
  type FieldType,
  type IndexInfo,
  needsRestoredData,
  type TableInfo,
} from '../../engine/index.ts';
import { conjuncts, isVolatile, touches } from './expressions.ts';
import type { DataSource, SortItem } from './logical-plan.ts';
import type { KeyPoint, KeyRanges, RangeBound } from './physical-plan.ts';

export interface AccessPath {
  /** Undefined: the records in handle order. */
  readonly index: IndexInfo | undefined;
  readonly ranges: KeyRanges;
  /** All parts of a unique key are equal to one value each: at most one row. */
  readonly isPoint: boolean;
  readonly covering: boolean;
  /** Conditions that the ranges do not answer exactly. */
  readonly residual: readonly Expression[];
  readonly estimatedRows: number;
  readonly cost: number;
}

const LOOKUP_COST = 3;
const SEEK_COST = 2;

/** One comparison of a bare column with a value that is fixed while the table is read. */
interface ColumnCondition {
  readonly condition: Expression;
  readonly offset: number;
  readonly operator: '=' | '<=>' | '<' | '<=' | '>' | '>=' | 'in' | 'is null';
  readonly values: readonly Expression[];
  readonly exact: boolean;
}

export function choosePath(source: DataSource, order: readonly SortItem[] | undefined): AccessPath {
  const paths = accessPaths(source);
  const best = paths.reduce((left, right) => (right.cost < left.cost ? right : left));
  if (order === undefined || best.isPoint) return best;
  const ordered = paths.filter((path) => providesOrder(source, path, order) !== undefined);
  if (ordered.length === 0) return best;
  return ordered.reduce((left, right) => (right.cost < left.cost ? right : left));
}

/** 'forward' or 'reverse' when rows of the path come in the wanted order. */
export function providesOrder(
  source: DataSource,
  path: AccessPath,
  order: readonly SortItem[],
): 'forward' | 'reverse' | undefined {
  if (path.isPoint) return 'forward';
  const parts = keyParts(source.table, path.index);
  if (parts.length === 0) return undefined;
  const { points } = path.ranges;
  if (points.some((point) => point.values.length > 1)) return undefined;
  const fixed = new Set(points.map((_, i) => parts[i]?.offset));
  let at = points.length;
  let direction: 'forward' | 'reverse' | undefined;
  for (const item of order) {
    if (item.expression.kind !== 'column') return undefined;
    const offset = offsetOf(source, item.expression.index);
    if (offset === undefined) return undefined;
    if (fixed.has(offset)) continue;
    const part = parts[at];
    if (part === undefined || part.offset !== offset || part.prefix) return undefined;
    const wanted = item.descending === part.descending ? 'forward' : 'reverse';
    if (direction !== undefined && direction !== wanted) return undefined;
    direction = wanted;
    at++;
  }
  return direction ?? 'forward';
}

interface KeyPart {
  readonly offset: number;
  readonly type: FieldType;
  readonly prefix: boolean;
  readonly descending: boolean;
}

/** The columns of an index, or of the record key; none for hidden row ids. */
export function keyParts(table: TableInfo, index: IndexInfo | undefined): readonly KeyPart[] {
  const chosen = index ?? (hasOwnHandle(table) ? table.indexes.find((candidate) => candidate.primary) : undefined);
  return (chosen?.columns ?? []).map((part) => ({
    offset: part.columnOffset,
    type: (table.columns[part.columnOffset] as { readonly type: FieldType }).type,
    prefix: part.prefixLength >= 0,
    descending: part.descending,
  }));
}

function hasOwnHandle(table: TableInfo): boolean {
  return table.pkIsHandle || table.isCommonHandle;
}

function offsetOf(source: DataSource, uid: number): number | undefined {
  const at = source.columns.findIndex((column) => column.uid === uid);
  return at < 0 ? undefined : source.offsets[at];
}

/* ------------------------------------------------------------------ paths */

export function accessPaths(source: DataSource): readonly AccessPath[] {
  const conditions = columnConditions(source);
  const records = pathOver(source, undefined, conditions);
  const indexes = usableIndexes(source).map((index) => pathOver(source, index, conditions));
  if (source.indexHints.force !== undefined && indexes.length > 0) return indexes;
  return [records, ...indexes];
}

function usableIndexes(source: DataSource): readonly IndexInfo[] {
  const { use, force, ignore } = source.indexHints;
  const wanted = force ?? use;
  return source.table.indexes.filter((index) => {
    const name = index.name.toLowerCase();
    if (index.state !== 'public' || index.kind === 'fulltext' || index.kind === 'spatial') return false;
    if (index.primary && hasOwnHandle(source.table)) return false;
    if (index.invisible && wanted === undefined) return false;
    if (ignore.includes(name)) return false;
    return wanted === undefined || wanted.includes(name);
  });
}

function pathOver(
  source: DataSource,
  index: IndexInfo | undefined,
  conditions: readonly ColumnCondition[],
): AccessPath {
  const parts = keyParts(source.table, index);
  const points: KeyPoint[] = [];
  const answered = new Set<Expression>();
  let low: RangeBound | undefined;
  let high: RangeBound | undefined;
  let alternatives = 1;
  for (const part of parts) {
    const equal = pickEquality(conditions, part, alternatives);
    if (equal === undefined) {
      const bounds = pickBounds(conditions, part, answered);
      low = bounds.low;
      high = bounds.high;
      break;
    }
    points.push({ values: equal.values, nullSafe: equal.operator === '<=>' || equal.operator === 'is null' });
    alternatives *= equal.values.length;
    if (equal.exact && !part.prefix) answered.add(equal.condition);
  }
  const ranges: KeyRanges = { points, low, high };
  const isUnique = index === undefined ? hasOwnHandle(source.table) : index.unique;
  const full = isUnique && parts.length > 0 && points.length === parts.length;
  const isPoint = full && points.every((point) => point.values.length === 1 && !point.nullSafe) && noPrefix(parts);
  const residual = source.conditions.filter((condition) => !answered.has(condition));
  const covering = index !== undefined && covers(source, index);
  const rows = estimate(source, ranges, full, alternatives);
  const perRow = index === undefined || covering ? 1 : 1 + LOOKUP_COST;
  const cost = (isPoint ? 0 : SEEK_COST * Math.min(alternatives, 100)) + rows * perRow + (covering ? -0.1 : 0);
  return { index, ranges, isPoint, covering, residual, estimatedRows: rows, cost };
}

function noPrefix(parts: readonly KeyPart[]): boolean {
  return parts.every((part) => !part.prefix);
}

const MAX_ALTERNATIVES = 10_000;

function pickEquality(
  conditions: readonly ColumnCondition[],
  part: KeyPart,
  alternatives: number,
): ColumnCondition | undefined {
  let best: ColumnCondition | undefined;
  for (const candidate of conditions) {
    if (candidate.offset !== part.offset) continue;
    const isEquality = ['=', '<=>', 'in', 'is null'].includes(candidate.operator);
    if (!isEquality || candidate.values.length * alternatives > MAX_ALTERNATIVES) continue;
    if (best === undefined || candidate.values.length < best.values.length) best = candidate;
  }
  return best;
}

function pickBounds(
  conditions: readonly ColumnCondition[],
  part: KeyPart,
  answered: Set<Expression>,
): { low: RangeBound | undefined; high: RangeBound | undefined } {
  let low: RangeBound | undefined;
  let high: RangeBound | undefined;
  for (const { condition, offset, operator, values, exact } of conditions) {
    const value = values[0];
    if (offset !== part.offset || value === undefined) continue;
    const open = operator === '<' || operator === '>';
    if ((operator === '>' || operator === '>=') && low === undefined) low = { value, open };
    else if ((operator === '<' || operator === '<=') && high === undefined) high = { value, open };
    else continue;
    if (exact && !part.prefix) answered.add(condition);
  }
  return { low, high };
}

function estimate(source: DataSource, ranges: KeyRanges, full: boolean, alternatives: number): number {
  const { estimatedRows } = source;
  if (full) return Math.min(alternatives, Math.max(1, estimatedRows));
  let share = 1;
  for (const point of ranges.points) share *= Math.min(0.5, 0.02 * point.values.length);
  if (ranges.low !== undefined && ranges.high !== undefined) share *= 0.05;
  else if (ranges.low !== undefined || ranges.high !== undefined) share *= 0.3;
  return Math.max(1, estimatedRows * share);
}

/** An index holds its columns and the handle; text in the handle comes back only where the key keeps it. */
function covers(source: DataSource, index: IndexInfo): boolean {
  const held = heldColumns(source.table, index);
  return source.offsets.every((offset) => held.has(offset));
}

/** Offsets of the columns whose values an entry of the index gives back; −1 is the hidden row id. */
export function heldColumns(table: TableInfo, index: IndexInfo): ReadonlySet<number> {
  const held = new Set<number>();
  for (const part of index.columns) {
    const type = table.columns[part.columnOffset]?.type;
    if (part.prefixLength < 0 && type !== undefined) held.add(part.columnOffset);
  }
  if (!hasOwnHandle(table)) held.add(-1);
  const primary = hasOwnHandle(table) ? table.indexes.find((candidate) => candidate.primary) : undefined;
  for (const part of primary?.columns ?? []) {
    const type = table.columns[part.columnOffset]?.type;
    if (part.prefixLength < 0 && type !== undefined && !needsRestoredData(type)) held.add(part.columnOffset);
  }
  return held;
}

/* ------------------------------------------------------------------ conditions */

function columnConditions(source: DataSource): readonly ColumnCondition[] {
  const own = new Set(source.columns.map((column) => column.uid));
  const found: ColumnCondition[] = [];
  for (const condition of source.conditions) {
    for (const part of conjuncts(condition)) {
      const simple = columnCondition(source, own, part, part === condition ? condition : part);
      if (simple !== undefined) found.push(simple);
    }
  }
  return found;
}

const SWAPPED: Readonly<Record<string, ColumnCondition['operator']>> = {
  '=': '=',
  '<=>': '<=>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function columnCondition(
  source: DataSource,
  own: ReadonlySet<number>,
  node: Expression,
  condition: Expression,
): ColumnCondition | undefined {
  if (node.kind !== 'call') return undefined;
  const isFixed = (value: Expression): boolean => !touches(value, own) && !isVolatile(value);
  const [first, second] = node.args;
  if (first === undefined) return undefined;
  const make = (
    column: Expression,
    operator: ColumnCondition['operator'],
    values: readonly Expression[],
  ): ColumnCondition | undefined => {
    const bare = bareColumn(column);
    if (bare === undefined || !own.has(bare.column.index) || !values.every(isFixed)) return undefined;
    const offset = offsetOf(source, bare.column.index);
    if (offset === undefined || offset < 0) return undefined;
    const { type } = bare.column;
    if (!values.every((value) => isComparable(type, value.type))) return undefined;
    const exact = !bare.wrapped && values.every((value) => isExact(type, value.type));
    return { condition, offset, operator, values, exact };
  };
  switch (node.name) {
    case 'is null':
      return make(first, 'is null', [{ kind: 'constant', value: null, type: first.type }]);
    case 'in':
      return make(first, 'in', node.args.slice(1));
    case 'or':
      return disjunction(node, make);
    default: {
      const swapped = SWAPPED[node.name];
      if (swapped === undefined || second === undefined) return undefined;
      return make(first, node.name as ColumnCondition['operator'], [second]) ?? make(second, swapped, [first]);
    }
  }
}

/** a = 1 OR a IN (2, 3) is a IN (1, 2, 3). */
function disjunction(
  node: Expression,
  make: (
    column: Expression,
    operator: ColumnCondition['operator'],
    values: readonly Expression[],
  ) => ColumnCondition | undefined,
): ColumnCondition | undefined {
  const values: Expression[] = [];
  let column: Expression | undefined;
  const visit = (part: Expression): boolean => {
    if (part.kind !== 'call') return false;
    if (part.name === 'or') return part.args.every(visit);
    const [left, ...rest] = part.args;
    if ((part.name !== '=' && part.name !== 'in') || left?.kind !== 'column') return false;
    if (column !== undefined && (column.kind !== 'column' || column.index !== left.index)) return false;
    column = left;
    values.push(...rest);
    return true;
  };
  if (!visit(node) || column === undefined) return undefined;
  return make(column, 'in', values);
}

/** The column itself, or a numeric cast of an integer column (which keeps its order). */
function bareColumn(
  node: Expression,
): { readonly column: Extract<Expression, { kind: 'column' }>; readonly wrapped: boolean } | undefined {
  if (node.kind === 'column') return { column: node, wrapped: false };
  if (node.kind !== 'call' || (node.name !== 'cast' && node.name !== 'to decimal')) return undefined;
  const [inner] = node.args;
  if (inner?.kind !== 'column' || inner.type.class !== 'int') return undefined;
  return node.type.class === 'real' || node.type.class === 'decimal' ? { column: inner, wrapped: true } : undefined;
}

const NUMERIC: ReadonlySet<string> = new Set(['int', 'real', 'decimal']);

/** Can a value of this type be turned into bounds in the column's key order? */
function isComparable(column: FieldType, value: FieldType): boolean {
  if (value.class === 'null') return true;
  if (column.class === 'int' && column.name !== 'bit') return NUMERIC.has(value.class);
  if (column.class === 'decimal' || column.class === 'real') return NUMERIC.has(value.class) && column.name !== 'float';
  if (column.class === 'string') return value.class === 'string' && value.collation.name === column.collation.name;
  if (column.class === 'bytes') return value.class === 'bytes';
  if (column.class === 'datetime') return value.class === 'datetime';
  return column.class === 'time' && value.class === 'time';
}

function isExact(column: FieldType, value: FieldType): boolean {
  if (column.class !== value.class) return false;
  return column.class === 'int' || column.class === 'string' || column.class === 'bytes' || column.class === 'real';
}
