/** What one execution of a plan carries: the statement's context with its parameters, and what it reads from. */

import { chain, defined, isPromise, type Ts, type ValueOrPromise } from '../../base/index.ts';
import type { Datum, EvaluationContext, Operator, Spool } from '../../engine/index.ts';
import type { Reader, Transaction } from '../../tikv-lite/index.ts';
import type { CteDefinition } from '../planner/logical-plan.ts';
import type { StatementContext } from '../session/session-context.ts';
import { deriveEvaluation } from './derived-evaluation.ts';

export interface ExecutionContext {
  readonly statement: StatementContext;
  readonly evaluation: EvaluationContext;
  /** The statement's parameters and the slots behind them, which Applies and initial subqueries fill. */
  readonly parameters: Datum[];
  readonly reader: Reader;
  /** Present for statements that lock rows. */
  readonly locks: LockContext | undefined;
  /** Common table expressions that several references share. */
  readonly spools: Map<CteDefinition, Spool>;
  /** The rows found last, inside the step of a recursive common table expression. */
  readonly working: Map<CteDefinition, () => Operator>;
}

export interface LockContext {
  readonly transaction: Transaction;
  readonly forUpdateTs: Ts;
  readonly waitTimeoutMs: number;
  readonly locksMissingKeys: boolean;
}

/** The locks of a statement that was opened for locking. */
export function locksOf(context: ExecutionContext): LockContext {
  return defined(context.locks, 'a write has a transaction');
}

/** The evaluation context with room for `slotCount` parameters. */
function withSlots(evaluation: EvaluationContext, slotCount: number): EvaluationContext {
  const parameters = evaluation.parameters.slice();
  while (parameters.length < slotCount) parameters.push(null);
  return deriveEvaluation(evaluation, { parameters });
}

export type OperatorFactory = (context: ExecutionContext) => Operator;

/** For statements without tables: no timestamp is taken for them. */
const noReader: Reader = {
  get: () => undefined,
  batchGet: () => new Map(),
  scan: () => ({ next: () => [], close: () => undefined }),
};

class Execution implements ExecutionContext {
  readonly statement: StatementContext;
  readonly evaluation: EvaluationContext;
  readonly parameters: Datum[];
  readonly reader: Reader;
  readonly locks: LockContext | undefined;
  #spools: Map<CteDefinition, Spool> | undefined;
  #working: Map<CteDefinition, () => Operator> | undefined;

  constructor(
    statement: StatementContext,
    evaluation: EvaluationContext,
    reader: Reader,
    locks: LockContext | undefined,
  ) {
    this.statement = statement;
    this.evaluation = evaluation;
    this.parameters = evaluation.parameters as Datum[];
    this.reader = reader;
    this.locks = locks;
  }

  get spools(): Map<CteDefinition, Spool> {
    this.#spools ??= new Map();
    return this.#spools;
  }

  get working(): Map<CteDefinition, () => Operator> {
    this.#working ??= new Map();
    return this.#working;
  }
}

/** What a statement does with the rows that it reads. FOR SHARE locks them in a read-only transaction, too. */
export type RowAccess = 'read' | 'share' | 'write';

/** Opens the reader that the statement needs: a consistent one, or a current one that can lock. */
export function openExecution(
  statement: StatementContext,
  slotCount: number,
  access: RowAccess,
  readsTables = true,
): ValueOrPromise<ExecutionContext> {
  const evaluation =
    slotCount > statement.evaluation.parameters.length
      ? withSlots(statement.evaluation, slotCount)
      : statement.evaluation;
  if (!readsTables && access === 'read') return new Execution(statement, evaluation, noReader, undefined);
  if (access === 'read') {
    const reader = statement.transaction.consistentReader();
    if (isPromise(reader)) return reader.then((late) => new Execution(statement, evaluation, late, undefined));
    return new Execution(statement, evaluation, reader, undefined);
  }
  const { transaction: own } = statement;
  return chain(access === 'share' ? own.lockable() : own.writable(), (transaction) =>
    chain(own.forUpdateTs(), (forUpdateTs) => {
      const reader = transaction.currentReader(forUpdateTs);
      const { lockWaitTimeoutMs: waitTimeoutMs, locksMissingKeys } = own;
      const locks = { transaction, forUpdateTs, waitTimeoutMs, locksMissingKeys };
      return new Execution(statement, evaluation, reader, locks);
    }),
  );
}
