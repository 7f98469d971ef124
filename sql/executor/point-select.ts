/**
 * SELECT columns FROM t WHERE key = ?: the hot path. Key from the parameters, one read, decode the wanted columns; no
 * operators, and no promise where the store answers at once. Outside a transaction it reads the newest committed version
 * and needs no timestamp.
 */

import { chain, type Key, type ValueOrPromise } from '../../base/index.ts';
import type { Batch, Datum, FieldType, Operator, RowDecoder } from '../../engine/index.ts';
import type { PhysicalPlan, PhysicalPointGet } from '../planner/physical-plan.ts';
import type { PreparedQuery } from '../planner/prepare-query.ts';
import { resultColumn } from '../planner/result-columns.ts';
import type { ResultColumn } from '../server/session-port.ts';
import type { ExecutablePlan, StatementContext, StatementOutcome } from '../session/session-context.ts';
import { compileKey, type KeyFunction } from './key-function.ts';
import { tableCodec } from './table-codec.ts';

interface PointShape {
  readonly get: PhysicalPointGet;
  /** Table column offsets of the result. */
  readonly offsets: readonly number[];
}

/** The shape of a plan that is one read by record key and nothing else. */
function pointShape({ plan, initial }: PreparedQuery): PointShape | undefined {
  const get = plan.kind === 'project' ? plan.child : plan;
  if (initial.length > 0 || get.kind !== 'point-get' || get.lock !== undefined || get.conditions.length > 0) {
    return undefined;
  }
  if (get.index !== undefined && !get.index.primary) return undefined;
  const offsets = plan.kind === 'project' ? projected(plan, get) : get.offsets;
  return offsets === undefined || offsets.includes(-1) ? undefined : { get, offsets };
}

function projected(
  plan: Extract<PhysicalPlan, { kind: 'project' }>,
  get: PhysicalPointGet,
): readonly number[] | undefined {
  const offsets: number[] = [];
  for (const expression of plan.expressions) {
    if (expression.kind !== 'column') return undefined;
    offsets.push(get.offsets[expression.index] ?? -1);
  }
  return offsets;
}

/** Undefined when the query is more than a point read. */
export function pointSelect(prepared: PreparedQuery): PointSelectPlan | undefined {
  const shape = pointShape(prepared);
  return shape === undefined ? undefined : new PointSelectPlan(prepared, shape);
}

export class PointSelectPlan implements ExecutablePlan {
  readonly columns: readonly ResultColumn[];
  readonly cacheable: boolean;
  readonly fixedSlots: readonly number[];
  readonly isWrite = false;
  readonly readTables: readonly number[];
  /** For EXPLAIN. */
  readonly physical: PreparedQuery;
  readonly #key: KeyFunction;
  readonly #prefixLength: number;
  readonly #decoder: RowDecoder;
  readonly #types: readonly FieldType[];

  constructor(prepared: PreparedQuery, { get, offsets }: PointShape) {
    const codec = tableCodec(get.table);
    this.physical = prepared;
    this.readTables = [get.table.id];
    this.columns = prepared.output.map(resultColumn);
    this.cacheable = prepared.context.cacheable;
    this.fixedSlots = [...prepared.context.fixedSlots];
    this.#key = compileKey(get.table, get.index, get.key);
    this.#prefixLength = codec.recordPrefix.length;
    this.#decoder = codec.decoder(offsets);
    this.#types = prepared.output.map(({ column }) => column.type);
  }

  execute(statement: StatementContext): ValueOrPromise<StatementOutcome> {
    const key = this.#key(statement.evaluation);
    if (key === undefined) return this.#outcome(null);
    const value = this.#read(statement, key);
    if (value instanceof Promise) return value.then((bytes) => this.#decode(statement, key, bytes));
    return this.#decode(statement, key, value);
  }

  #read(statement: StatementContext, key: Key): ValueOrPromise<Uint8Array | undefined> {
    if (statement.transaction.readsNewest) return statement.transaction.getLatest(key);
    return chain(statement.transaction.consistentReader(), (reader) => reader.get(key));
  }

  #decode(statement: StatementContext, key: Key, value: Uint8Array | undefined): StatementOutcome {
    if (value === undefined) return this.#outcome(null);
    const row = this.#decoder.decode(key.slice(this.#prefixLength), value, statement.evaluation.timeZone);
    const columns = row.map((datum: Datum, i) => ({
      kind: 'plain' as const,
      type: this.#types[i] as FieldType,
      values: [datum],
    }));
    return this.#outcome({ length: 1, columns });
  }

  #outcome(batch: Batch | null): StatementOutcome {
    return { kind: 'rows', columns: this.columns, source: new OneBatch(this.#types, batch) };
  }
}

/** Hands one batch out, once. */
class OneBatch implements Operator {
  readonly output: readonly FieldType[];
  #batch: Batch | null;

  constructor(output: readonly FieldType[], batch: Batch | null) {
    this.output = output;
    this.#batch = batch;
  }

  open(): void {}

  next(): Batch | null {
    const batch = this.#batch;
    this.#batch = null;
    return batch;
  }

  close(): void {}
}
