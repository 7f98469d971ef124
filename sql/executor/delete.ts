/** DELETE: reads and locks the rows, then removes them with their index entries. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import { type Datum, SqlError } from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { BoundTarget, BoundWrite } from '../planner/bind-write.ts';
import type { StatementContext, StatementOutcome } from '../session/session-context.ts';
import { compilePlan } from './compile-plan.ts';
import { type ExecutionContext, locksOf, type OperatorFactory } from './execution-context.ts';
import { ForeignKeys } from './foreign-keys.ts';
import { type CompiledInitialSubquery, compileInitial, drainRows, openWriting } from './initial-subqueries.ts';
import { storedRow } from './stored-row.ts';
import { type StoredRow, TableWriter } from './table-writer.ts';
import { okOutcome } from './write-outcome.ts';
import { WriteSession } from './write-session.ts';

export { bindDeleteStatement as bindDelete } from '../planner/bind-write.ts';

interface Target {
  readonly bound: BoundTarget;
  readonly writer: TableWriter;
  readonly foreignKeys: ForeignKeys;
}

export class DeletePlan {
  readonly #bound: BoundWrite;
  readonly #catalog: Catalog;
  readonly #source: OperatorFactory;
  readonly #initial: readonly CompiledInitialSubquery[];
  readonly #targets: readonly Target[];

  constructor(bound: BoundWrite, catalog: Catalog) {
    this.#bound = bound;
    this.#catalog = catalog;
    this.#source = compilePlan(bound.plan.plan);
    this.#initial = compileInitial(bound.plan.initial);
    this.#targets = bound.targets.map((target) => ({
      bound: target,
      writer: new TableWriter(target.table),
      foreignKeys: new ForeignKeys(target.database, target.table, catalog),
    }));
  }

  execute(statement: StatementContext): ValueOrPromise<StatementOutcome> {
    const opened = openWriting(statement, this.#bound.plan.slotCount, this.#initial);
    return chain(opened, (context) => this.#read(statement, context));
  }

  #read(statement: StatementContext, context: ExecutionContext): ValueOrPromise<StatementOutcome> {
    const session = new WriteSession(statement, context.evaluation, locksOf(context));
    return chain(drainRows(this.#source(context)), (rows) => {
      if (this.#targets.some((target) => target.foreignKeys.isReferenced(session))) return this.#cascade(session, rows);
      return chain(this.#deleteFrom(0, session, rows), (affectedRows) => okOutcome({ affectedRows }));
    });
  }

  /** The rows of the targets from the `first` on; answers how many they were. */
  #deleteFrom(first: number, session: WriteSession, input: readonly (readonly Datum[])[]): ValueOrPromise<number> {
    const target = this.#targets[first];
    if (target === undefined) return 0;
    const rows = this.#rowsOf(session, target, input);
    return chain(target.writer.remove(session, rows), () => {
      this.#catalog.statistics.add(target.bound.table.id, -rows.length);
      return chain(this.#deleteFrom(first + 1, session, input), (count) => count + rows.length);
    });
  }

  #rowsOf(session: WriteSession, target: Target, input: readonly (readonly Datum[])[]): readonly StoredRow[] {
    const rows = new Map<string, StoredRow>();
    for (const values of input) {
      const row = storedRow(target.bound, target.writer, values, session.zone);
      if (row !== undefined && !rows.has(row.handle)) rows.set(row.handle, row);
    }
    return [...rows.values()];
  }

  async #cascade(session: WriteSession, rows: readonly (readonly Datum[])[]): Promise<StatementOutcome> {
    let affectedRows = 0;
    for (const target of this.#targets) affectedRows += await this.#deleteParents(session, target, rows);
    return okOutcome({ affectedRows });
  }

  async #deleteParents(session: WriteSession, target: Target, rows: readonly (readonly Datum[])[]): Promise<number> {
    const seen = new Set<string>();
    for (const input of rows) {
      const row = storedRow(target.bound, target.writer, input, session.zone);
      if (row === undefined || seen.has(row.handle)) continue;
      try {
        await target.foreignKeys.beforeDelete(session, row.values);
      } catch (error) {
        if (!this.#bound.ignore || !(error instanceof SqlError)) throw error;
        session.evaluation.warnError(error);
        continue;
      }
      seen.add(row.handle);
      await target.writer.remove(session, [row]);
      session.evaluation.checkInterrupted();
    }
    return seen.size;
  }
}
