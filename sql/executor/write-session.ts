/** What the writes of one statement share: the transaction, its locks' timestamp and the order of its changes. */

import type { Ts } from '../../base/index.ts';
import type { EvaluationContext, TimeZone } from '../../engine/index.ts';
import type { StatementOrder, Transaction } from '../../tikv-lite/index.ts';
import type { StatementContext } from '../session/session-context.ts';
import type { LockContext } from './execution-context.ts';

export class WriteSession {
  readonly statement: StatementContext;
  readonly evaluation: EvaluationContext;
  readonly transaction: Transaction;
  readonly forUpdateTs: Ts;
  readonly waitTimeoutMs: number;
  readonly zone: TimeZone;

  constructor(statement: StatementContext, evaluation: EvaluationContext, locks: LockContext) {
    this.statement = statement;
    this.evaluation = evaluation;
    this.transaction = locks.transaction;
    this.forUpdateTs = locks.forUpdateTs;
    this.waitTimeoutMs = statement.transaction.lockWaitTimeoutMs;
    this.zone = evaluation.timeZone;
  }

  nextOrder(): StatementOrder {
    return this.transaction.nextOrder();
  }
}
