/**
 * Reads through the stores: they compute a DAG over their rows and answer batches in the order of the scan. Where the
 * transaction has writes of its own in the ranges, the same DAG runs here, over its view of them.
 */

import { isPromise, type KeyRange, type KvPair, type ValueOrPromise } from '../../base/index.ts';
import {
  type Batch,
  compileExpression,
  type Datum,
  type EvaluationContext,
  type FieldType,
  type Operator,
} from '../../engine/index.ts';
import {
  compileDag,
  type DagSettings,
  type DagStream,
  type PairSource,
  type Reader,
  type Scanner,
} from '../../tikv-lite/index.ts';
import type { PhysicalReader } from '../planner/physical-plan.ts';
import { deriveEvaluation } from './derived-evaluation.ts';
import type { ExecutionContext, OperatorFactory } from './execution-context.ts';
import { compileRanges, type RangeFunction } from './key-ranges.ts';

const NO_ROW: readonly Datum[] = [];

interface CompiledReader {
  readonly plan: PhysicalReader;
  readonly ranges: RangeFunction;
  readonly output: readonly FieldType[];
  readonly computed: readonly { readonly slot: number; readonly value: (context: EvaluationContext) => Datum }[];
}

export function compileReader(plan: PhysicalReader): OperatorFactory {
  const { table, index, ranges } = plan.scan;
  const compiled: CompiledReader = {
    plan,
    ranges: compileRanges(table, index, ranges),
    output: plan.columns.map((column) => column.type),
    computed: plan.computed.map(({ slot, expression }) => {
      const { evaluateRow } = compileExpression(expression);
      return { slot, value: (context) => evaluateRow(NO_ROW, context) };
    }),
  };
  return (context) => new ReaderOperator(compiled, context);
}

class ReaderOperator implements Operator {
  readonly output: readonly FieldType[];
  readonly #reader: CompiledReader;
  readonly #context: ExecutionContext;
  #stream: DagStream | undefined;
  /** The DAG at work on this side. */
  #local: Operator | undefined;

  constructor(reader: CompiledReader, context: ExecutionContext) {
    this.#reader = reader;
    this.#context = context;
    this.output = reader.output;
  }

  open(): ValueOrPromise<void> {
    const { plan, ranges: rangesOf, computed } = this.#reader;
    const { evaluation, reader } = this.#context;
    const { dag } = plan;
    const ranges = rangesOf(evaluation);
    const parameters = evaluation.parameters.slice();
    for (const { slot, value } of computed) parameters[slot] = value(evaluation);
    const warn: EvaluationContext['warn'] = (warning) => evaluation.warn(warning);
    this.#stream = reader.select?.({ dag, ranges, parameters, settings: settingsOf(evaluation), warn });
    if (this.#stream !== undefined) return undefined;
    const source = new RangesSource(reader, ranges, plan.scan.reverse);
    this.#local = compileDag(dag).make(source, deriveEvaluation(evaluation, { parameters }));
    return this.#local.open();
  }

  next(): ValueOrPromise<Batch | null> {
    this.#context.evaluation.checkInterrupted();
    return (this.#stream ?? this.#local)?.next() ?? null;
  }

  close(): ValueOrPromise<void> {
    this.#stream?.close();
    this.#stream = undefined;
    return this.#local?.close();
  }
}

function settingsOf(evaluation: EvaluationContext): DagSettings {
  const { sqlMode, timeZone, statementKind, ignoreErrors, maxAllowedPacket } = evaluation;
  return { sqlMode, timeZone, statementKind, ignoreErrors, maxAllowedPacket };
}

/** The pairs of several ranges, one behind the other. */
class RangesSource implements PairSource {
  readonly #reader: Reader;
  readonly #ranges: readonly KeyRange[];
  readonly #reverse: boolean;
  #at = 0;
  #scanner: Scanner | undefined;

  constructor(reader: Reader, ranges: readonly KeyRange[], reverse: boolean) {
    this.#reader = reader;
    this.#ranges = reverse ? ranges.toReversed() : ranges;
    this.#reverse = reverse;
  }

  next(maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    for (;;) {
      const range = this.#ranges[this.#at];
      if (range === undefined) return [];
      this.#scanner ??= this.#reader.scan(range, { reverse: this.#reverse });
      const pairs = this.#scanner.next(maxPairs);
      if (isPromise(pairs)) return pairs.then((late) => (late.length > 0 ? late : this.#turn(maxPairs)));
      if (pairs.length > 0) return pairs;
      this.close();
    }
  }

  #turn(maxPairs: number): ValueOrPromise<readonly KvPair[]> {
    this.close();
    return this.next(maxPairs);
  }

  /** Ends the range at hand. */
  close(): void {
    this.#scanner?.close();
    this.#scanner = undefined;
    this.#at++;
  }
}
