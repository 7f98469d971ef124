/**
 * A snapshot whose sender has died, frozen or been cut off may leave the receiver with a connection that never ends. While
 * the receiver waits on it, it refuses every other snapshot of the region, so it must not wait for ever.
 */

import { type Timers, within } from '../../../base/index.ts';
import { SNAPSHOT_STALL_MS } from '../limits.ts';

/** The chunks as they come; throws when the next one has not come `SNAPSHOT_STALL_MS` after it was asked for. */
export async function* untilSilent(chunks: AsyncIterable<Uint8Array>, timers: Timers): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(timers, SNAPSHOT_STALL_MS, iterator.next());
      if (next === undefined) throw new Error('the sender is silent');
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Nobody waits for it: what still waits for its sender does not end either.
    iterator.return?.().catch(() => {});
  }
}
