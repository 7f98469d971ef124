/** UPDATE: reads and locks the rows, then changes them one by one. Later assignments see what earlier ones set. */

import { chain, isPromise, type ValueOrPromise } from '../../base/index.ts';
import { type Datum, SqlError } from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { BoundTarget, BoundUpdate } from '../planner/bind-write.ts';
import type { StatementContext, StatementOutcome } from '../session/session-context.ts';
import { type AssignedValue, assignedColumn, assignedValue } from './assigned-value.ts';
import { compilePlan } from './compile-plan.ts';
import { countWarnings, ignoring } from './derived-evaluation.ts';
import { type ExecutionContext, locksOf, type OperatorFactory } from './execution-context.ts';
import { ForeignKeys } from './foreign-keys.ts';
import { type CompiledInitialSubquery, compileInitial, drainRows, openWriting } from './initial-subqueries.ts';
import { isSameRow, storedRow } from './stored-row.ts';
import { finishRow, RowSkipped, type RowValue, type TableRules, tableRules } from './table-rules.ts';
import { type StoredRow, TableWriter } from './table-writer.ts';
import { okOutcome } from './write-outcome.ts';
import { WriteSession } from './write-session.ts';

export { bindUpdateStatement as bindUpdate } from '../planner/bind-write.ts';

interface Assignment extends AssignedValue {
  readonly offset: number;
  readonly position: number;
}

interface Target {
  readonly bound: BoundTarget;
  readonly writer: TableWriter;
  readonly rules: TableRules;
  readonly foreignKeys: ForeignKeys;
  readonly assignments: readonly Assignment[];
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
        .map(
          ({ offset, value }): Assignment => ({
            offset,
            position: target.positions[offset] ?? -1,
            ...assignedValue(value, assignedColumn(target.table, offset), new Map()),
          }),
        ),
    }));
  }

  execute(statement: StatementContext): ValueOrPromise<StatementOutcome> {
    const opened = openWriting(statement, this.#bound.plan.slotCount, this.#initial);
    return chain(opened, (context) => this.#read(statement, context));
  }

  #read(statement: StatementContext, context: ExecutionContext): ValueOrPromise<StatementOutcome> {
    const base = this.#bound.ignore ? ignoring(context.evaluation) : context.evaluation;
    const { evaluation, count } = countWarnings(base);
    const session = new WriteSession(statement, evaluation, locksOf(context));
    return chain(drainRows(this.#source(context)), (rows) => {
      const run: UpdateRun = { session, rows, matched: 0, changed: 0, seen: new Set(), warnings: count };
      return chain(this.#updateAll(run), () => this.#outcome(run));
    });
  }

  #outcome({ matched, changed, warnings }: UpdateRun): StatementOutcome {
    const affectedRows = this.#bound.context.environment.countFoundRows ? matched : changed;
    return okOutcome({ affectedRows, info: `Rows matched: ${matched}  Changed: ${changed}  Warnings: ${warnings()}` });
  }

  /** A promise only where a row has to wait; from there on row by row. */
  #updateAll(run: UpdateRun): ValueOrPromise<void> {
    for (let t = 0; t < this.#targets.length; t++) {
      run.seen.clear();
      for (let i = 0; i < run.rows.length; i++) {
        const changed = this.#updateOne(run, this.#targets[t] as Target, i);
        if (isPromise(changed)) return this.#updateLater(run, t, i, changed);
        if (changed) run.changed++;
      }
    }
  }

  async #updateLater(run: UpdateRun, target: number, row: number, pending: Promise<boolean>): Promise<void> {
    if (await pending) run.changed++;
    let i = row + 1;
    for (let t = target; t < this.#targets.length; t++) {
      if (t !== target) run.seen.clear();
      for (; i < run.rows.length; i++) {
        if (await this.#updateOne(run, this.#targets[t] as Target, i)) run.changed++;
      }
      i = 0;
    }
  }

  #updateOne(run: UpdateRun, target: Target, i: number): ValueOrPromise<boolean> {
    const { session } = run;
    if ((i & 255) === 255) session.evaluation.checkInterrupted();
    const row = run.rows[i] as Datum[];
    const before = storedRow(target.bound, target.writer, row, session.zone);
    if (before === undefined || run.seen.has(before.handle)) return false;
    if (run.rows.length > 1) run.seen.add(before.handle);
    run.matched++;
    try {
      const changed = this.#updateRow(session, target, row, before, i + 1);
      return isPromise(changed) ? changed.catch((error: unknown) => this.#failed(session, error)) : changed;
    } catch (error) {
      return this.#failed(session, error);
    }
  }

  /** Under IGNORE a row that cannot be changed stays as it is. */
  #failed(session: WriteSession, error: unknown): boolean {
    if (error instanceof RowSkipped) return false;
    if (!this.#bound.ignore || !(error instanceof SqlError)) throw error;
    session.evaluation.warnError(error);
    return false;
  }

  #updateRow(
    session: WriteSession,
    target: Target,
    input: readonly Datum[],
    before: StoredRow,
    number: number,
  ): ValueOrPromise<boolean> {
    const { rules, writer, foreignKeys } = target;
    const values = this.#newValues(session, target, input, before, number);
    if (values === undefined) return false;
    finishRow(rules, values, session.evaluation, number);
    const { table } = target.bound;
    const isClustered = table.pkIsHandle || table.isCommonHandle;
    const handle = isClustered ? writer.codec.handle(values, 0n, session.zone) : before.handle;
    const write = (): ValueOrPromise<boolean> => chain(writer.update(session, before, { handle, values }), () => true);
    if (!foreignKeys.isParentNeeded(session) && !foreignKeys.isReferenced(session)) return write();
    return foreignKeys
      .checkParents(session, values, before.values)
      .then(() => foreignKeys.beforeUpdate(session, before.values, values))
      .then(write);
  }

  /** Undefined when the assignments change nothing. */
  #newValues(
    session: WriteSession,
    { rules, assignments }: Target,
    input: readonly Datum[],
    before: StoredRow,
    number: number,
  ): Datum[] | undefined {
    const { evaluation } = session;
    const values = before.values.slice();
    // Several targets read the row as it was; a single one sees its own earlier assignments.
    const row = this.#targets.length === 1 ? input.slice() : input;
    for (const { offset, position, value, assign } of assignments) {
      const next =
        value === undefined
          ? (rules.defaults[offset] as RowValue)(values, evaluation, number)
          : assign(evaluation, value(row, evaluation), number);
      values[offset] = next;
      if (row !== input && position >= 0) (row as Datum[])[position] = next;
    }
    if (isSameRow(before.values, values)) return undefined;
    for (const { offset, value } of rules.onUpdateNow) {
      if (!assignments.some((assignment) => assignment.offset === offset)) {
        values[offset] = value(values, evaluation, number);
      }
    }
    return values;
  }
}

interface UpdateRun {
  readonly session: WriteSession;
  readonly rows: readonly (readonly Datum[])[];
  readonly seen: Set<string>;
  readonly warnings: () => number;
  matched: number;
  changed: number;
}
