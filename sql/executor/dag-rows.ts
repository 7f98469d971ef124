/**
 * The rows of one DAG over ranges: the stores compute it; where the transaction has writes of its own in the ranges, the
 * same DAG runs here, over its view of them.
 */

import { isPromise, type KeyRange, type KvPair, type ValueOrPromise } from '../../base/index.ts';
import type { Batch, Datum, EvaluationContext, Operator } from '../../engine/index.ts';
import {
  compileDag,
  type DagRequest,
  type DagSettings,
  type DagStream,
  type PairSource,
  type Reader,
  type Scanner,
} from '../../tikv-lite/index.ts';
import { deriveEvaluation } from './derived-evaluation.ts';
import type { ExecutionContext } from './execution-context.ts';

export class DagRows {
  readonly #stream: DagStream | undefined;
  /** The DAG at work on this side. */
  readonly #local: Operator | undefined;
  #isOpen = false;

  /** `parameters`: values of the DAG's parameters by index. */
  constructor(
    { reader, evaluation }: ExecutionContext,
    dag: DagRequest,
    ranges: readonly KeyRange[],
    parameters: readonly Datum[],
  ) {
    const warn: EvaluationContext['warn'] = (warning) => evaluation.warn(warning);
    this.#stream = reader.select?.({ dag, ranges, parameters, settings: settingsOf(evaluation), warn });
    if (this.#stream !== undefined) return;
    const source = new RangesSource(reader, ranges, dag.scan.reverse);
    this.#local = compileDag(dag).make(source, deriveEvaluation(evaluation, { parameters }));
  }

  next(): ValueOrPromise<Batch | null> {
    const local = this.#local;
    if (local === undefined) return this.#stream?.next() ?? null;
    if (this.#isOpen) return local.next();
    this.#isOpen = true;
    const opened = local.open();
    return isPromise(opened) ? opened.then(() => local.next()) : local.next();
  }

  close(): ValueOrPromise<void> {
    this.#stream?.close();
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
