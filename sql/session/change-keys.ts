/** Small changes of the session layer's own keys (accounts, persisted variables): one transaction, tried again on conflict. */

import type { Key } from '../../base/index.ts';
import { type Storage, TransactionError } from '../../tikv-lite/index.ts';

const ATTEMPTS = 16;
const MAX_BYTES = 64 * 1024 * 1024;

export interface KeyChange {
  readonly key: Key;
  /** Undefined deletes. */
  readonly value: Uint8Array | undefined;
}

/** Throws TransactionError. */
export async function changeKeys(storage: Storage, changes: readonly KeyChange[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const transaction = storage.begin(await storage.currentTs(), { mode: 'optimistic', maxMemoryBytes: MAX_BYTES });
    try {
      for (const { key, value } of changes) {
        if (value === undefined) transaction.delete(key);
        else transaction.put(key, value);
      }
      await transaction.commit();
      return;
    } catch (error) {
      await transaction.rollback();
      const isConflict = error instanceof TransactionError && error.kind === 'write-conflict';
      if (!isConflict || attempt >= ATTEMPTS) throw error;
    }
  }
}
