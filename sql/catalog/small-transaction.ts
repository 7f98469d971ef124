/** One small optimistic transaction, redone after conflicts: how gateways keep their records. */

import { type Env, pause, type Ts } from '../../base/index.ts';
import { type Storage, type Transaction, TransactionError } from '../../tikv-lite/index.ts';

const MAX_BYTES = 16 << 20;
const PAUSE_MS = 25;

/**
 * `edit` may run more than once; it is told when (monotonic milliseconds) this machine asked for the start timestamp.
 * Answers the commit timestamp, undefined when nothing was written.
 */
export async function smallTransaction(
  env: Env,
  storage: Storage,
  edit: (transaction: Transaction, askedMs: number) => void | Promise<void>,
): Promise<Ts | undefined> {
  for (;;) {
    const askedMs = env.clock.monotonicMs();
    const startTs = await storage.currentTs();
    const transaction = storage.begin(startTs, { mode: 'optimistic', maxMemoryBytes: MAX_BYTES });
    try {
      await edit(transaction, askedMs);
      if (transaction.isDirty) return (await transaction.commit()).commitTs;
      await transaction.rollback();
      return undefined;
    } catch (error) {
      await transaction.rollback();
      if (!(error instanceof TransactionError) || error.kind !== 'write-conflict') throw error;
      await pause(env.timers, 1 + env.random.below(PAUSE_MS));
    }
  }
}
