/** UPDATE: reads and locks the rows, then changes them one by one. Later assignments see what earlier ones set. */

import {
  type ColumnAssigner,
  type ColumnInfo,
  type CompiledExpression,
  columnAssigner,
  compileExpression,
  type Datum,
  encodeIntHandle,
  SqlError,
} from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { BoundTarget, BoundUpdate } from '../planner/bind-write.ts';
import type { StatementContext, StatementOutcome } from '../session/session-context.ts';
import { compilePlan } from './compile-plan.ts';
import { type OperatorFactory, openExecution } from './execution-context.ts';
import { ForeignKeys } from './foreign-keys.ts';
import { type CompiledInitialSubquery, compileInitial, drainRows, evaluateInitial } from './initial-subqueries.ts';
import { ignoring, isSameRow } from './insert.ts';
import { finishRow, RowSkipped, type RowValue, type TableRules, tableRules } from './table-rules.ts';
import { type StoredRow, TableWriter } from './table-writer.ts';
import { okOutcome } from './write-outcome.ts';
import { WriteSession } from './write-session.ts';

export { bindUpdateStatement as bindUpdate } from '../planner/bind-write.ts';

interface Assignment {
  readonly offset: number;
  readonly position: number;
  readonly value: CompiledExpression['evaluateRow'] | undefined;
  readonly assign: ColumnAssigner;
}

interface Target {
  readonly bound: BoundTarget;
  readonly writer: TableWriter;
  readonly rules: TableRules;
  readonly foreignKeys: ForeignKeys;
  readonly assignments: readonly Assignment[];
}

/** The stored row of a target inside a row of the plan; undefined where an outer join found none. */
export function storedRow(
  target: BoundTarget,
  writer: TableWriter,
  row: readonly Datum[],
  zone: WriteSession['zone'],
): StoredRow | undefined {
  const values = target.positions.map((position) => row[position] ?? null);
  if (target.rowIdPosition >= 0) {
    const rowId = row[target.rowIdPosition] ?? null;
    return rowId === null ? undefined : { handle: encodeIntHandle(rowId as number | bigint), values };
  }
  const primary = target.table.indexes.find((index) => index.primary);
  if (primary?.columns.some((part) => values[part.columnOffset] === null) === true) return undefined;
  return { handle: writer.codec.handle(values, 0n, zone), values };
}

export class UpdatePlan {
  readonly #bound: BoundUpdate;
  readonly #source: OperatorFactory;
  readonly #initial: readonly CompiledInitialSubquery[];
  readonly #targets: readonly Target[];

  constructor(bound: BoundUpdate, catalog: Catalog) {
    this.#bound = bound;
    this.#source = compilePlan(bound.plan.plan);
    this.#initial = compileInitial(bound.plan.initial);
    this.#targets = bound.targets.map((target, i) => ({
      bound: target,
      writer: new TableWriter(target.table),
      rules: tableRules(target.table, bound.context.environment),
      foreignKeys: new ForeignKeys(target.database, target.table, catalog),
      assignments: bound.assignments
        .filter((assignment) => assignment.target === i)
        .map(({ offset, value }): Assignment => {
          const column = target.table.columns[offset] as ColumnInfo;
          const isHexLiteral = value?.kind === 'constant' && value.isHexLiteral === true;
          return {
            offset,
            position: target.positions[offset] ?? -1,
            value: value === undefined ? undefined : compileExpression(value).evaluateRow,
            assign:
              value === undefined ? (_context, datum) => datum : columnAssigner(value.type, column, { isHexLiteral }),
          };
        }),
    }));
  }

  async execute(statement: StatementContext): Promise<StatementOutcome> {
    const context = await openExecution(statement, this.#bound.plan.slotCount, true);
    const { locks } = context;
    if (locks === undefined) throw new Error('a write has a transaction');
    if (this.#initial.length > 0) await evaluateInitial(this.#initial, context);
    const rows = await drainRows(this.#source(context));
    const evaluation = this.#bound.ignore ? ignoring(context.evaluation) : context.evaluation;
    const session = new WriteSession(statement, evaluation, locks.transaction, locks.forUpdateTs);
    let matched = 0;
    let changed = 0;
    for (const target of this.#targets) {
      const seen = this.#targets.length > 1 || rows.length > 1 ? new Set<string>() : undefined;
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as Datum[];
        const before = storedRow(target.bound, target.writer, row, session.zone);
        if (before === undefined || seen?.has(before.handle) === true) continue;
        seen?.add(before.handle);
        matched++;
        if (await this.#updateRow(session, target, row, before, i + 1)) changed++;
        if ((i & 255) === 255) evaluation.checkInterrupted();
      }
    }
    const affectedRows = this.#bound.context.environment.countFoundRows ? matched : changed;
    return okOutcome({ affectedRows, info: `Rows matched: ${matched}  Changed: ${changed}  Warnings: 0` });
  }

  async #updateRow(
    session: WriteSession,
    target: Target,
    input: readonly Datum[],
    before: StoredRow,
    number: number,
  ): Promise<boolean> {
    const { evaluation } = session;
    const { rules, writer, foreignKeys } = target;
    try {
      const values = before.values.slice();
      // Several targets read the row as it was; a single one sees its own earlier assignments.
      const row = this.#targets.length === 1 ? input.slice() : input;
      for (const { offset, position, value, assign } of target.assignments) {
        const next =
          value === undefined
            ? (rules.defaults[offset] as RowValue)(values, evaluation, number)
            : assign(evaluation, value(row, evaluation), number);
        values[offset] = next;
        if (row !== input && position >= 0) (row as Datum[])[position] = next;
      }
      if (isSameRow(before.values, values)) return false;
      for (const { offset, value } of rules.onUpdateNow) {
        if (!target.assignments.some((assignment) => assignment.offset === offset)) {
          values[offset] = value(values, evaluation, number);
        }
      }
      finishRow(rules, values, evaluation, number);
      const { table } = target.bound;
      const isClustered = table.pkIsHandle || table.isCommonHandle;
      const handle = isClustered ? writer.codec.handle(values, 0n, session.zone) : before.handle;
      await foreignKeys.checkParents(session, values, before.values);
      await foreignKeys.beforeUpdate(session, before.values, values);
      await writer.update(session, before, { handle, values });
      return true;
    } catch (error) {
      if (error instanceof RowSkipped) return false;
      if (!this.#bound.ignore || !(error instanceof SqlError)) throw error;
      evaluation.warnError(error);
      return false;
    }
  }
}
