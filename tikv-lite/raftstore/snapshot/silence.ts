/**
 * A snapshot whose sender has died, frozen or been cut off may leave the receiver with a connection that never ends. While
 * the receiver waits on it, it refuses every other snapshot of the region, so it must not wait for ever.
 */

import type { Timers } from '../../../base/index.ts';
import { SNAPSHOT_STALL_MS } from '../limits.ts';

/** The chunks as they come; throws when the next one has not come `SNAPSHOT_STALL_MS` after it was asked for. */
export async function* untilSilent(chunks: AsyncIterable<Uint8Array>, timers: Timers): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await soon(iterator.next(), timers);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Nobody waits for it: what still waits for its sender does not end either.
    iterator.return?.().catch(() => {});
  }
}

async function soon<T>(awaited: Promise<T>, timers: Timers): Promise<T> {
  let cancel = (): void => undefined;
  const silence = new Promise<never>((_, reject) => {
    const timer = timers.after(SNAPSHOT_STALL_MS, () => reject(new Error('the sender is silent')));
    cancel = () => timer.cancel();
  });
  try {
    return await Promise.race([awaited, silence]);
  } finally {
    cancel();
  }
}
