/**
 * INSERT and REPLACE: rows are made from the statement's values, defaults and generated columns, then written one by one.
 * Where locks travel, and nothing but a free key lets a row in, rows are made ahead, so that the keys of many are claimed
 * together.
 */

import { chain, isPromise, type ValueOrPromise } from '../../base/index.ts';
import {
  type ColumnAssigner,
  type ColumnInfo,
  type Datum,
  type EvaluationContext,
  SqlError,
} from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { autoIncrementKey, rowIdKey } from '../catalog/meta-keys.ts';
import type { BoundAssignment, BoundInsert, InsertItem } from '../planner/bind-insert.ts';
import type { StatementContext, StatementOutcome } from '../session/session-context.ts';
import { type AssignedValue, assignedColumn, assignedValue } from './assigned-value.ts';
import { compilePlan } from './compile-plan.ts';
import { countWarnings, ignoring } from './derived-evaluation.ts';
import { type ExecutionContext, locksOf, type OperatorFactory } from './execution-context.ts';
import { ForeignKeys } from './foreign-keys.ts';
import { type CompiledInitialSubquery, compileInitial, drainRows, openWriting } from './initial-subqueries.ts';
import { isSameRow } from './stored-row.ts';
import { finishRow, RowSkipped, type RowValue, type TableRules, tableRules } from './table-rules.ts';
import { type StoredRow, TableWriter } from './table-writer.ts';
import { okOutcome } from './write-outcome.ts';
import { WriteSession } from './write-session.ts';

/** Rows made ahead of their locks. */
const ROWS_AHEAD = 128;

interface CompiledAssignment extends AssignedValue {
  readonly offset: number;
}

export class InsertPlan {
  readonly #bound: BoundInsert;
  readonly #catalog: Catalog;
  readonly #writer: TableWriter;
  readonly #rules: TableRules;
  readonly #foreignKeys: ForeignKeys;
  readonly #rows: readonly (readonly AssignedValue[])[];
  readonly #source: OperatorFactory | undefined;
  readonly #sourceItems: readonly AssignedValue[];
  readonly #initial: readonly CompiledInitialSubquery[];
  readonly #onDuplicate: readonly CompiledAssignment[];
  /** Per column: the statement gives its value in every row. */
  readonly #given: readonly boolean[];
  /** Several rows: the answer counts records, duplicates and warnings. */
  readonly #isBulk: boolean;
  readonly #rowIdKey;
  readonly #autoIncrementKey;

  constructor(bound: BoundInsert, catalog: Catalog) {
    const { table, offsets } = bound;
    this.#bound = bound;
    this.#catalog = catalog;
    this.#writer = new TableWriter(table);
    this.#rules = tableRules(table, bound.context.environment);
    this.#foreignKeys = new ForeignKeys(bound.database, table, catalog);
    const assigners = new Map<string, ColumnAssigner>();
    const itemOf = (item: InsertItem, offset: number): AssignedValue =>
      assignedValue(item, assignedColumn(table, offset), assigners);
    this.#rows = bound.rows.map((row) => row.map((item, i) => itemOf(item, offsets[i] as number)));
    this.#source = bound.source === undefined ? undefined : compilePlan(bound.source.plan);
    this.#sourceItems = bound.sourceTypes.map((item, i) => itemOf(item, offsets[i] as number));
    this.#initial = compileInitial(bound.initial.initial);
    this.#onDuplicate = bound.onDuplicate.map((assignment) => compileAssignment(assignment, bound));
    this.#given = table.columns.map((column) => offsets.includes(column.offset));
    this.#isBulk = bound.source !== undefined || bound.rows.length > 1;
    this.#rowIdKey = rowIdKey(table.databaseId, table.id);
    this.#autoIncrementKey = autoIncrementKey(table.databaseId, table.id);
  }

  execute(statement: StatementContext): ValueOrPromise<StatementOutcome> {
    const opened = openWriting(statement, this.#bound.initial.slotCount, this.#initial);
    return chain(opened, (context) => this.#run(statement, context));
  }

  #run(statement: StatementContext, context: ExecutionContext): ValueOrPromise<StatementOutcome> {
    const base = this.#bound.ignore ? ignoring(context.evaluation) : context.evaluation;
    const { evaluation, count } = this.#isBulk ? countWarnings(base) : { evaluation: base, count: noWarnings };
    const run = new InsertRun(new WriteSession(statement, evaluation, locksOf(context)), count);
    for (const warning of this.#bound.context.warnings) evaluation.warn(warning);
    if (this.#source === undefined) return chain(this.#insertFrom(run, undefined, 0), () => this.#outcome(run));
    // The source is read to its end first: it may read the table that is written.
    return chain(drainRows(this.#source(context)), (rows) =>
      chain(this.#insertFrom(run, rows, 0), () => this.#outcome(run)),
    );
  }

  /** The rows from `first` on: those of the query, or the statement's own. A promise only where a row has to wait. */
  #insertFrom(run: InsertRun, rows: readonly (readonly Datum[])[] | undefined, first: number): ValueOrPromise<void> {
    const count = rows?.length ?? this.#rows.length;
    if (count > 1 && this.#claimsAhead(run)) return this.#insertAhead(run, rows);
    for (let i = first; i < count; i++) {
      if ((i & 255) === 255) run.session.evaluation.checkInterrupted();
      const pending = this.#insertOne(run, rows, i);
      if (isPromise(pending)) return this.#insertLater(run, rows, i + 1, pending);
    }
  }

  async #insertLater(
    run: InsertRun,
    rows: readonly (readonly Datum[])[] | undefined,
    first: number,
    pending: Promise<void>,
  ): Promise<void> {
    await pending;
    const count = rows?.length ?? this.#rows.length;
    for (let i = first; i < count; i++) {
      if ((i & 255) === 255) run.session.evaluation.checkInterrupted();
      await this.#insertOne(run, rows, i);
    }
  }

  #insertOne(run: InsertRun, rows: readonly (readonly Datum[])[] | undefined, at: number): ValueOrPromise<void> {
    return chain(this.#makeRow(run, rows, at), (row) => (row === undefined ? undefined : this.#write(run, row)));
  }

  #claimsAhead({ session }: InsertRun): boolean {
    return session.transaction.isRemote === true && !this.#yields && !this.#foreignKeys.isParentNeeded(session);
  }

  async #insertAhead(run: InsertRun, rows: readonly (readonly Datum[])[] | undefined): Promise<void> {
    const count = rows?.length ?? this.#rows.length;
    for (let first = 0; first < count; first += ROWS_AHEAD) {
      run.session.evaluation.checkInterrupted();
      const made: StoredRow[] = [];
      let refused: { readonly error: unknown } | undefined;
      for (let i = first; i < Math.min(count, first + ROWS_AHEAD) && refused === undefined; i++) {
        try {
          const row = await this.#makeRow(run, rows, i);
          if (row !== undefined) made.push(row);
        } catch (error) {
          refused = { error };
        }
      }
      await this.#writeAhead(run, made);
      // The rows before the one that cannot be made had their turn: what stands in their way comes first.
      if (refused !== undefined) throw refused.error;
    }
  }

  async #writeAhead(run: InsertRun, rows: readonly StoredRow[]): Promise<void> {
    const claimed = await this.#writer.claimAhead(run.session, rows);
    for (const row of rows.slice(0, claimed)) this.#writer.put(run.session, row);
    run.affected += claimed;
    run.added += claimed;
    for (const row of rows.slice(claimed)) await this.#write(run, row);
  }

  /** Undefined for a row that IGNORE leaves out. */
  #makeRow(
    run: InsertRun,
    rows: readonly (readonly Datum[])[] | undefined,
    at: number,
  ): ValueOrPromise<StoredRow | undefined> {
    const items = rows === undefined ? (this.#rows[at] as readonly AssignedValue[]) : this.#sourceItems;
    const input = rows?.[at];
    const number = at + 1;
    run.records++;
    const { evaluation } = run.session;
    const values: Datum[] = this.#bound.table.columns.map(() => null);
    const auto = this.#rules.autoIncrement;
    let autoGiven: Datum | undefined;
    const { offsets } = this.#bound;
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as AssignedValue;
      const offset = offsets[i] as number;
      if (item.value === undefined) {
        values[offset] = offset === auto?.offset ? null : this.#default(offset, values, evaluation, number);
        continue;
      }
      const value = item.value(input ?? values, evaluation);
      if (offset === auto?.offset && value === null) continue;
      values[offset] = item.assign(evaluation, value, number);
      if (offset === auto?.offset) autoGiven = values[offset];
    }
    for (let offset = 0; offset < values.length; offset++) {
      const isLeft = this.#given[offset] !== true || items.length === 0;
      if (isLeft && offset !== auto?.offset) values[offset] = this.#default(offset, values, evaluation, number);
    }
    // Checks come first: a row that fails them takes no AUTO_INCREMENT value.
    try {
      finishRow(this.#rules, values, evaluation, number);
    } catch (error) {
      if (error instanceof RowSkipped) return undefined;
      throw error;
    }
    if (auto === undefined) return this.#complete(run, values);
    const settled = this.#autoIncrement(run, auto, values, autoGiven);
    return isPromise(settled) ? settled.then(() => this.#complete(run, values)) : this.#complete(run, values);
  }

  #default(offset: number, values: readonly Datum[], context: EvaluationContext, number: number): Datum {
    return (this.#rules.defaults[offset] as RowValue)(values, context, number);
  }

  #autoIncrement(run: InsertRun, column: ColumnInfo, values: Datum[], given: Datum | undefined): ValueOrPromise<void> {
    const { ids } = this.#catalog;
    const isZero = given === 0 && !run.session.evaluation.sqlMode.noAutoValueOnZero;
    if (given !== undefined && given !== null && !isZero) {
      run.explicitId = given as number | bigint;
      const used = BigInt(given as number | bigint);
      return used > 0n ? ids.rebase(this.#autoIncrementKey, used) : undefined;
    }
    const use = (id: bigint): void => {
      const value = id <= 9007199254740991n ? Number(id) : id;
      values[column.offset] = value;
      run.firstGenerated ??= value;
    };
    const id = ids.allocate(this.#autoIncrementKey);
    return isPromise(id) ? id.then(use) : use(id);
  }

  #complete(run: InsertRun, values: Datum[]): ValueOrPromise<StoredRow> {
    const { table } = this.#bound;
    const row = (rowId: bigint): StoredRow => {
      return { handle: this.#writer.codec.handle(values, rowId, run.session.zone), values };
    };
    if (table.pkIsHandle || table.isCommonHandle) return row(0n);
    const rowId = this.#catalog.ids.allocate(this.#rowIdKey);
    return isPromise(rowId) ? rowId.then(row) : row(rowId);
  }

  /** Rows may take the place of others, or give way to them. */
  get #yields(): boolean {
    const { replace, ignore } = this.#bound;
    return replace || ignore || this.#onDuplicate.length > 0;
  }

  #write(run: InsertRun, row: StoredRow): ValueOrPromise<void> {
    if (!this.#yields) {
      if (this.#foreignKeys.isParentNeeded(run.session)) return this.#writeChecked(run, row);
      run.affected++;
      run.added++;
      return this.#writer.insert(run.session, row);
    }
    return this.#writeOver(run, row);
  }

  async #writeChecked(run: InsertRun, row: StoredRow): Promise<void> {
    await this.#foreignKeys.checkParents(run.session, row.values);
    await this.#writer.insert(run.session, row);
    run.affected++;
    run.added++;
  }

  /** Where other rows may be in the way: IGNORE, REPLACE, ON DUPLICATE KEY UPDATE. */
  async #writeOver(run: InsertRun, row: StoredRow): Promise<void> {
    const { session } = run;
    const conflicts = await this.#writer.conflicts(session, row, { all: this.#bound.replace });
    const [first] = conflicts;
    try {
      if (first === undefined) {
        await this.#foreignKeys.checkParents(session, row.values);
        await this.#writer.insert(session, row);
        run.affected++;
        run.added++;
      } else if (this.#onDuplicate.length > 0) {
        await this.#updateExisting(run, first.handle, row);
      } else if (this.#bound.replace) {
        for (const handle of new Set(conflicts.map((conflict) => conflict.handle))) {
          const existing = await this.#writer.read(session, handle);
          if (existing === undefined) continue;
          await this.#foreignKeys.beforeDelete(session, existing.values);
          await this.#writer.remove(session, [existing]);
          run.affected++;
          run.added--;
        }
        run.duplicates++;
        await this.#foreignKeys.checkParents(session, row.values);
        await this.#writer.insert(session, row);
        run.affected++;
        run.added++;
      } else {
        run.duplicates++;
        session.evaluation.warnError(first.error());
      }
    } catch (error) {
      if (!this.#bound.ignore || !(error instanceof SqlError)) throw error;
      run.duplicates++;
      session.evaluation.warnError(error);
    }
  }

  async #updateExisting(run: InsertRun, handle: string, wanted: StoredRow): Promise<void> {
    const { session } = run;
    const before = await this.#writer.read(session, handle);
    if (before === undefined) return;
    const values = before.values.slice();
    const both = [...values, ...wanted.values];
    const auto = this.#rules.autoIncrement;
    for (const { offset, value, assign } of this.#onDuplicate) {
      const next =
        value === undefined
          ? this.#default(offset, values, session.evaluation, run.records)
          : assign(session.evaluation, value(both, session.evaluation), run.records);
      values[offset] = next;
      both[offset] = next;
    }
    const assigned = new Set(this.#onDuplicate.map((assignment) => assignment.offset));
    if (isSameRow(before.values, values)) {
      if (this.#bound.context.environment.countFoundRows) {
        run.affected++;
        run.duplicates++;
      }
      if (auto !== undefined) run.explicitId = values[auto.offset] as number | bigint;
      return;
    }
    for (const { offset, value } of this.#rules.onUpdateNow) {
      if (!assigned.has(offset)) values[offset] = value(values, session.evaluation, run.records);
    }
    finishRow(this.#rules, values, session.evaluation, run.records);
    const after: StoredRow = { handle: this.#handleAfter(before, values, session), values };
    await this.#foreignKeys.beforeUpdate(session, before.values, values);
    await this.#foreignKeys.checkParents(session, values);
    await this.#writer.update(session, before, after);
    run.duplicates++;
    run.affected += 2;
    if (auto !== undefined) run.explicitId = values[auto.offset] as number | bigint;
  }

  #handleAfter(before: StoredRow, values: readonly Datum[], session: WriteSession): string {
    const { table } = this.#bound;
    if (!table.pkIsHandle && !table.isCommonHandle) return before.handle;
    return this.#writer.codec.handle(values, 0n, session.zone);
  }

  #outcome(run: InsertRun): StatementOutcome {
    const { statement } = run.session;
    const { firstGenerated, explicitId, records, duplicates } = run;
    this.#catalog.statistics.add(this.#bound.table.id, run.added);
    if (firstGenerated !== undefined) statement.evaluation.session.setLastInsertId(firstGenerated);
    return okOutcome({
      affectedRows: run.affected,
      lastInsertId: firstGenerated ?? explicitId ?? 0,
      info: this.#isBulk ? `Records: ${records}  Duplicates: ${duplicates}  Warnings: ${run.warnings()}` : '',
    });
  }
}

function noWarnings(): number {
  return 0;
}

/** Counters of one execution. */
class InsertRun {
  readonly session: WriteSession;
  records = 0;
  affected = 0;
  duplicates = 0;
  /** By how much the table has grown. */
  added = 0;
  firstGenerated: number | bigint | undefined;
  explicitId: number | bigint | undefined;

  readonly warnings: () => number;

  constructor(session: WriteSession, warnings: () => number) {
    this.session = session;
    this.warnings = warnings;
  }
}

function compileAssignment(assignment: BoundAssignment, bound: BoundInsert): CompiledAssignment {
  const column = assignedColumn(bound.table, assignment.offset);
  const source = assignedValue(assignment.value, column, new Map());
  return { offset: assignment.offset, ...source };
}
