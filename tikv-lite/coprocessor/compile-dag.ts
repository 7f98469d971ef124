/**
 * From a DAG to operators. Compiled once per DAG object and kept with it; each call makes operators over a source of
 * key-value pairs: a region's data on the store, a transaction's view where the DAG runs beside its buffered writes.
 */

import { chain, type KvPair, type ValueOrPromise } from '../../base/index.ts';
import {
  type Batch,
  type CompiledExpression,
  compileAggregate,
  compileExpression,
  compilePredicate,
  type Datum,
  type EvaluationContext,
  type Expression,
  type FieldType,
  Filter,
  fieldTypes,
  HashAggregation,
  indexAppender,
  Limit,
  type Operator,
  Projection,
  plainVector,
  type RowAppender,
  recordAppender,
  TopN,
} from '../../engine/index.ts';
import type { DagAggregation, DagExecutor, DagRequest } from './dag.ts';
import { FIRST_BATCH_ROWS, MAX_BATCH_ROWS } from './limits.ts';

/** Pairs in scan order; an empty page at the end only. */
export interface PairSource {
  next(maxPairs: number): ValueOrPromise<readonly KvPair[]>;
  close(): void;
}

export interface CompiledDag {
  readonly output: readonly FieldType[];
  /** The operators of one call, not yet opened. */
  make(source: PairSource, evaluation: EvaluationContext): Operator;
}

type Stage = (input: Operator, evaluation: EvaluationContext) => Operator;

const NO_ROW: readonly never[] = [];
const compiled = new WeakMap<DagRequest, CompiledDag>();

export function compileDag(dag: DagRequest): CompiledDag {
  let known = compiled.get(dag);
  if (known === undefined) {
    known = compileFresh(dag);
    compiled.set(dag, known);
  }
  return known;
}

function compileFresh(dag: DagRequest): CompiledDag {
  const { table, index, offsets, types } = dag.scan;
  const append = index === undefined ? recordAppender(table, offsets) : indexAppender(table, index, offsets);
  const stages = dag.executors.map(compileStage);
  const [first] = dag.executors;
  const wanted = first?.kind === 'limit' ? compileCount(first.count, first.offset) : undefined;
  return {
    output: outputTypes(dag),
    make: (source, evaluation) => {
      const firstRows = wanted === undefined ? FIRST_BATCH_ROWS : Math.min(FIRST_BATCH_ROWS, wanted(evaluation));
      const scan: Operator = new PairScan({ types, append, source, firstRows, evaluation });
      return stages.reduce((input, stage) => stage(input, evaluation), scan);
    },
  };
}

/** Types of the rows that a DAG answers. */
export function outputTypes(dag: DagRequest): readonly FieldType[] {
  let types: readonly FieldType[] = dag.scan.types;
  for (const executor of dag.executors) {
    if (executor.kind === 'projection') types = executor.expressions.map(({ type }) => type);
    else if (executor.kind === 'aggregation') {
      types = [...executor.groupBy.map(({ type }) => type), ...executor.aggregates.map(({ type }) => type)];
    }
  }
  return types;
}

function compileStage(executor: DagExecutor): Stage {
  switch (executor.kind) {
    case 'selection': {
      const predicate = compilePredicate(conjunction(executor.conditions));
      return (input, evaluation) => new Filter(input, predicate, evaluation);
    }
    case 'projection': {
      const expressions = executor.expressions.map(compileExpression);
      return (input, evaluation) => new Projection(input, expressions, evaluation);
    }
    case 'aggregation':
      return compileAggregation(executor);
    case 'top-n': {
      const items = executor.items.map(({ expression, descending }) => ({
        expression: compileExpression(expression),
        descending,
      }));
      const count = compileCount(executor.count, executor.offset);
      return (input, evaluation) => new TopN(input, items, { count: count(evaluation), offset: 0 }, evaluation);
    }
    case 'limit': {
      const count = compileCount(executor.count, executor.offset);
      return (input, evaluation) => new Limit(input, { count: count(evaluation), offset: 0 }, evaluation);
    }
  }
}

function compileAggregation({ groupBy, aggregates }: DagAggregation): Stage {
  const keys: CompiledExpression[] = groupBy.map(compileExpression);
  const calls = aggregates.map(compileAggregate);
  return (input, evaluation) => {
    if (keys.length > 0) return new HashAggregation(input, keys, calls, evaluation);
    const watched = new WatchedInput(input);
    return new PartialTotals(new HashAggregation(watched, keys, calls, evaluation), watched);
  };
}

/** LIMIT's count and offset together: rows beyond the offset are dropped where all replies meet. */
function compileCount(count: Expression, offset: Expression | undefined): (evaluation: EvaluationContext) => number {
  const countOf = compileExpression(count).evaluateRow;
  const offsetOf = offset === undefined ? undefined : compileExpression(offset).evaluateRow;
  return (evaluation) => Number(countOf(NO_ROW, evaluation) ?? 0) + Number(offsetOf?.(NO_ROW, evaluation) ?? 0);
}

/** A list of conditions as one expression; balanced, so that long lists stay shallow. */
function conjunction(conditions: readonly Expression[]): Expression {
  if (conditions.length === 0) return { kind: 'constant', value: 1, type: fieldTypes.boolean() };
  if (conditions.length === 1) return conditions[0] as Expression;
  const middle = conditions.length >> 1;
  const args = [conjunction(conditions.slice(0, middle)), conjunction(conditions.slice(middle))];
  return { kind: 'call', name: 'and', args, type: { ...fieldTypes.boolean(), nullable: true } };
}

interface PairScanOptions {
  readonly types: readonly FieldType[];
  readonly append: RowAppender;
  readonly source: PairSource;
  readonly firstRows: number;
  readonly evaluation: EvaluationContext;
}

/** Decodes pairs into batches that start small and grow. */
class PairScan implements Operator {
  readonly output: readonly FieldType[];
  readonly #options: PairScanOptions;
  #rows: number;

  constructor(options: PairScanOptions) {
    this.#options = options;
    this.output = options.types;
    this.#rows = Math.max(1, options.firstRows);
  }

  open(): void {}

  next(): ValueOrPromise<Batch | null> {
    const rows = this.#rows;
    this.#rows = Math.min(MAX_BATCH_ROWS, rows * 2);
    return chain(this.#options.source.next(rows), (pairs) => (pairs.length === 0 ? null : this.#decode(pairs)));
  }

  #decode(pairs: readonly KvPair[]): Batch {
    const { append, types, evaluation } = this.#options;
    const vectors: Datum[][] = types.map(() => []);
    for (const pair of pairs) append(vectors, pair.key, pair.value, evaluation.timeZone);
    return { length: pairs.length, columns: vectors.map((values, i) => plainVector(types[i] as FieldType, values)) };
  }

  close(): void {
    this.#options.source.close();
  }
}

class WatchedInput implements Operator {
  readonly output: readonly FieldType[];
  hasRows = false;
  readonly #input: Operator;

  constructor(input: Operator) {
    this.#input = input;
    this.output = input.output;
  }

  open(): ValueOrPromise<void> {
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    return chain(this.#input.next(), (batch) => {
      if (batch !== null) this.hasRows = true;
      return batch;
    });
  }

  close(): ValueOrPromise<void> {
    return this.#input.close();
  }
}

/** Totals of no rows say nothing: the final half knows what an empty table answers. */
class PartialTotals implements Operator {
  readonly output: readonly FieldType[];
  readonly #totals: Operator;
  readonly #input: WatchedInput;

  constructor(totals: Operator, input: WatchedInput) {
    this.#totals = totals;
    this.#input = input;
    this.output = totals.output;
  }

  open(): ValueOrPromise<void> {
    return this.#totals.open();
  }

  next(): ValueOrPromise<Batch | null> {
    return chain(this.#totals.next(), (batch) => (this.#input.hasRows ? batch : null));
  }

  close(): ValueOrPromise<void> {
    return this.#totals.close();
  }
}
