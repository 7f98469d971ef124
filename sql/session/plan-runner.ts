/**
 * Runs the plan of a statement: its attempts, what the client is sent, and what becomes of failures. Stays synchronous
 * while the store answers at once and the client keeps reading.
 */

import { isPromise, type ValueOrPromise } from '../../base/index.ts';
import { type Batch, type Datum, type SqlError, StatementSuspended, sqlErrors } from '../../engine/index.ts';
import { TransactionError } from '../../tikv-lite/index.ts';
import { MAX_STATEMENT_ATTEMPTS } from './limits.ts';
import { drain } from './result-delivery.ts';
import type { Answer } from './session.ts';
import type { ExecutablePlan, StatementOutcome } from './session-context.ts';
import { type RunningSession, type StatementKind, StatementRun } from './statement-run.ts';
import type { StatementWaits } from './statement-waits.ts';
import type { TransactionControl } from './transaction-control.ts';
import { transactionFailure } from './transaction-errors.ts';

/** SLEEP and GET_LOCK behind rows that are already on their way. */
const unsuspendable = (): SqlError => sqlErrors.notSupportedYet('waiting inside a large result');

export class PlanRunner {
  readonly #session: RunningSession & { readonly transaction: TransactionControl };
  readonly #waits: StatementWaits;
  #keepsWaits = false;
  /** The execution under way. */
  #running: StatementRun | undefined;

  constructor(session: RunningSession & { readonly transaction: TransactionControl }, waits: StatementWaits) {
    this.#session = session;
    this.#waits = waits;
  }

  /** Another command of the client. */
  begin(): void {
    this.#keepsWaits = false;
  }

  /** The next plan is for the same statement again: what that waited for (SLEEP, GET_LOCK) it has waited for. */
  keepWaits(): void {
    this.#keepsWaits = true;
  }

  /** Throws 1317 when the statement or its connection was killed, 3024 when the time of the running plan is over. */
  checkInterrupted(): void {
    if (this.#running === undefined) this.#session.checkKilled();
    else this.#running.checkInterrupted();
  }

  /** Throws SqlError, and SchemaMoved for a plan that has to be made anew; then nothing of it was kept or sent. */
  run(
    plan: ExecutablePlan,
    parameters: readonly Datum[],
    kind: StatementKind,
    ignore: boolean,
    answer: Answer,
  ): ValueOrPromise<void> {
    const run = new StatementRun(this.#session, parameters, kind, ignore, this.#deadlineMs(kind));
    if (this.#keepsWaits) this.#waits.restart();
    else this.#waits.clear();
    this.#keepsWaits = false;
    this.#session.transaction.startStatement(plan.readTables);
    this.#running = run;
    try {
      const done = this.#attempt(plan, run, answer, 1);
      if (isPromise(done)) return done.finally(() => this.#end(run));
      this.#end(run);
      return done;
    } catch (error) {
      this.#end(run);
      throw error;
    }
  }

  #end(run: StatementRun): void {
    this.#running = undefined;
    run.releaseMemory();
  }

  #deadlineMs(kind: StatementKind): number {
    if (kind !== 'select') return 0;
    const limitMs = this.#session.state.number('max_execution_time');
    return limitMs === 0 ? 0 : this.#session.env.clock.monotonicMs() + limitMs;
  }

  #attempt(plan: ExecutablePlan, run: StatementRun, answer: Answer, attempt: number): ValueOrPromise<void> {
    try {
      this.#session.checkKilled();
      const outcome = plan.execute(run);
      const done = isPromise(outcome)
        ? outcome.then((ready) => this.#deliver(plan, run, ready, answer))
        : this.#deliver(plan, run, outcome, answer);
      return isPromise(done) ? done.catch((error: unknown) => this.#recover(error, plan, run, answer, attempt)) : done;
    } catch (error) {
      return this.#recover(error, plan, run, answer, attempt);
    }
  }

  #deliver(plan: ExecutablePlan, run: StatementRun, outcome: StatementOutcome, answer: Answer): ValueOrPromise<void> {
    if (outcome.kind === 'ok') {
      const finished = this.#session.transaction.finishStatement();
      if (isPromise(finished)) return finished.then(() => this.#deliverOk(outcome, answer));
      return this.#deliverOk(outcome, answer);
    }
    if (plan.isWrite) return this.#deliverLockedRows(outcome, answer);
    const { writer } = answer;
    const rows = drain(outcome.source, (batch) => {
      if (!run.hasSentRows) writer.columns(outcome.columns);
      run.hasSentRows = true;
      return writer.rows(batch);
    });
    const finish = (count: number): ValueOrPromise<void> => {
      if (!run.hasSentRows) writer.columns(outcome.columns);
      return this.#finishRows(count, answer);
    };
    return isPromise(rows) ? rows.then(finish) : finish(rows);
  }

  #deliverOk(outcome: StatementOutcome & { readonly kind: 'ok' }, answer: Answer): void {
    this.#session.state.rowCount = outcome.result.affectedRows;
    answer.writer.ok({ ...outcome.result, warnings: this.#session.state.warningCount }, answer.more);
  }

  #finishRows(count: number, answer: Answer): ValueOrPromise<void> {
    this.#session.state.foundRows = count;
    this.#session.state.rowCount = -1;
    const finished = this.#session.transaction.finishStatement();
    if (isPromise(finished))
      return finished.then(() => answer.writer.end(this.#session.state.warningCount, answer.more));
    answer.writer.end(this.#session.state.warningCount, answer.more);
  }

  /** A locking read may have to run again, so its rows are sent only when all locks are there. */
  async #deliverLockedRows(outcome: StatementOutcome & { readonly kind: 'rows' }, answer: Answer): Promise<void> {
    const batches: Batch[] = [];
    const count = await drain(outcome.source, (batch) => void batches.push(batch));
    answer.writer.columns(outcome.columns);
    for (const batch of batches) {
      const sent = answer.writer.rows(batch);
      if (isPromise(sent)) await sent;
    }
    await this.#finishRows(count, answer);
  }

  /** Runs the statement again after a write conflict, else undoes it and rethrows what MySQL would say. */
  #recover(
    error: unknown,
    plan: ExecutablePlan,
    run: StatementRun,
    answer: Answer,
    attempt: number,
  ): ValueOrPromise<void> {
    if (error instanceof StatementSuspended && !run.hasSentRows) return this.#resume(error, plan, run, answer, attempt);
    const isTransactionError = error instanceof TransactionError;
    if (isTransactionError && error.kind === 'write-conflict' && plan.isWrite && attempt < MAX_STATEMENT_ATTEMPTS) {
      this.#session.transaction.prepareRedo();
      return this.#attempt(plan, run, answer, attempt + 1);
    }
    const failure = isTransactionError ? transactionFailure(error, false) : undefined;
    const undone =
      failure?.endsTransaction === true
        ? this.#session.transaction.rollback()
        : this.#session.transaction.rollbackStatement();
    const answerError = failure?.error ?? (error instanceof StatementSuspended ? unsuspendable() : error);
    if (!isPromise(undone)) throw answerError;
    return undone.then(() => {
      throw answerError;
    });
  }

  /** The statement waits, then runs from its start; nothing of it has been sent or kept. */
  async #resume(
    suspended: StatementSuspended,
    plan: ExecutablePlan,
    run: StatementRun,
    answer: Answer,
    attempt: number,
  ): Promise<void> {
    try {
      await suspended.ready;
    } catch (error) {
      return this.#recover(error, plan, run, answer, attempt);
    }
    this.#session.transaction.prepareRedo();
    this.#waits.restart();
    await this.#attempt(plan, run, answer, attempt);
  }
}
