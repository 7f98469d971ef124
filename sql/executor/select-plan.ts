/** Queries: a compiled plan that answers rows. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { FieldType, Operator } from '../../engine/index.ts';
import type { RowLock } from '../planner/logical-plan.ts';
import type { PhysicalPlan } from '../planner/physical-plan.ts';
import { physicalChildren } from '../planner/physical-plan.ts';
import type { PreparedQuery } from '../planner/prepare-query.ts';
import { resultColumn } from '../planner/result-columns.ts';
import type { ResultColumn } from '../server/session-port.ts';
import type { ExecutablePlan, StatementContext, StatementOutcome } from '../session/session-context.ts';
import { compilePlan } from './compile-plan.ts';
import { type ExecutionContext, type OperatorFactory, openExecution, type RowAccess } from './execution-context.ts';
import { type CompiledInitialSubquery, compileInitial, evaluateInitial } from './initial-subqueries.ts';

export class SelectPlan implements ExecutablePlan {
  readonly columns: readonly ResultColumn[];
  readonly cacheable: boolean;
  readonly fixedSlots: readonly number[];
  readonly isWrite: boolean;
  readonly readTables: readonly number[] | undefined;
  /** For EXPLAIN. */
  readonly physical: PreparedQuery;
  readonly #make: OperatorFactory;
  readonly #initial: readonly CompiledInitialSubquery[];
  readonly #slotCount: number;
  readonly #access: RowAccess;

  constructor(prepared: PreparedQuery) {
    this.physical = prepared;
    this.columns = prepared.output.map(resultColumn);
    this.cacheable = prepared.context.cacheable;
    this.fixedSlots = [...prepared.context.fixedSlots];
    this.#make = compilePlan(prepared.plan);
    this.#initial = compileInitial(prepared.initial);
    this.#slotCount = prepared.slotCount;
    const plans = [prepared.plan, ...prepared.initial.map((subquery) => subquery.plan)];
    const locks = plans.flatMap(rowLocks);
    this.isWrite = locks.length > 0;
    this.#access = !this.isWrite ? 'read' : locks.every(({ kind }) => kind === 'share') ? 'share' : 'write';
    const tables = new Set<number>();
    for (const plan of plans) collectTables(plan, tables);
    this.readTables = this.isWrite || tables.size === 0 ? undefined : [...tables];
  }

  execute(statement: StatementContext): ValueOrPromise<StatementOutcome> {
    return chain(this.open(statement), (source) => ({ kind: 'rows', columns: this.columns, source }));
  }

  /** The operator of one execution, not yet opened. */
  open(statement: StatementContext): ValueOrPromise<Operator> {
    const opened = openExecution(statement, this.#slotCount, this.#access, this.readTables !== undefined);
    return chain(opened, (context) => {
      if (this.#initial.length === 0) return this.#make(context);
      return new WithInitial(
        this.#initial,
        this.#make,
        context,
        this.columns.map((column) => column.type),
      );
    });
  }
}

function rowLocks(plan: PhysicalPlan): readonly RowLock[] {
  if (plan.kind === 'scan' || plan.kind === 'point-get') return plan.lock === undefined ? [] : [plan.lock];
  return physicalChildren(plan).flatMap(rowLocks);
}

function collectTables(plan: PhysicalPlan, into: Set<number>): void {
  if (plan.kind === 'scan' || plan.kind === 'point-get') into.add(plan.table.id);
  else if (plan.kind === 'reader') into.add(plan.scan.table.id);
  else for (const child of physicalChildren(plan)) collectTables(child, into);
}

/** Evaluates the initial subqueries when it is opened, then is the plan itself. */
class WithInitial implements Operator {
  readonly output: readonly FieldType[];
  readonly #initial: readonly CompiledInitialSubquery[];
  readonly #make: OperatorFactory;
  readonly #context: ExecutionContext;
  #inner: Operator | undefined;

  constructor(
    initial: readonly CompiledInitialSubquery[],
    make: OperatorFactory,
    context: ExecutionContext,
    output: readonly FieldType[],
  ) {
    this.output = output;
    this.#initial = initial;
    this.#make = make;
    this.#context = context;
  }

  async open(): Promise<void> {
    await evaluateInitial(this.#initial, this.#context);
    this.#inner = this.#make(this.#context);
    await this.#inner.open();
  }

  next(): ReturnType<Operator['next']> {
    return this.#inner?.next() ?? null;
  }

  close(): ValueOrPromise<void> {
    return this.#inner?.close();
  }
}
