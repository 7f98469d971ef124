/** A stream as an async iterable that reads no faster than its consumer. */

import type { RpcError } from './rpc-error.ts';
import type { MessageStream } from './service.ts';

/** Messages that wait for the consumer before the stream is paused. */
const MAX_WAITING = 2;

/**
 * Iterates over what the other side sends until it ends; throws RpcError when the call broke. To be called in the turn in
 * which the stream was handed over, and iterated once. Leaving the loop early leaves the rest unread.
 */
export function messagesOf<In>(stream: MessageStream<In, never>): AsyncIterableIterator<In> {
  const waiting: In[] = [];
  let isEnded = false;
  let failure: RpcError | undefined;
  let wake: (() => void) | undefined;
  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  stream.onMessage((message) => {
    waiting.push(message);
    if (waiting.length >= MAX_WAITING) stream.pause();
    notify();
  });
  stream.onEnd(() => {
    isEnded = true;
    notify();
  });
  stream.onClose((error) => {
    failure = error;
    isEnded = true;
    notify();
  });
  return {
    async next() {
      while (waiting.length === 0 && !isEnded) await new Promise<void>((resolve) => (wake = resolve));
      const message = waiting.shift();
      if (message !== undefined) {
        if (!isEnded) stream.resume();
        return { done: false, value: message };
      }
      if (failure !== undefined) throw failure;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
