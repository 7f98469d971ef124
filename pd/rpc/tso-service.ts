/** The server's end of a stream of timestamps: answers in the order of the requests, each for a whole batch. */

import { isPromise, type Ts } from '../../base/index.ts';
import { type MessageStream, type pdpb, RpcError } from '../../base/rpc/index.ts';
import type { PlacementDriver } from '../server/placement-driver.ts';
import { timestampToProto } from './convert-heartbeat.ts';

const MAX_BATCH = 1 << 17;

export function serveTso(
  driver: PlacementDriver,
  stream: MessageStream<pdpb.TsoRequest, pdpb.TsoResponse>,
  checkCluster: (header: pdpb.RequestHeader | undefined) => void,
): void {
  const header = { clusterId: driver.clusterId };
  /** Set while a request waits for the durable bound; later ones queue up behind it. */
  let tail: Promise<void> | undefined;
  const answer = (count: number, ts: Ts): void => {
    stream.send({ header, count, timestamp: timestampToProto(ts) });
  };
  const fail = (error: unknown): void => {
    stream.cancel(new RpcError('unavailable', String(error)));
  };
  stream.onMessage((request) => {
    const { count } = request;
    try {
      checkCluster(request.header);
      if (count < 1 || count > MAX_BATCH) throw new RpcError('invalid-argument', `no batch of ${count} timestamps`);
    } catch (error) {
      stream.cancel(error instanceof RpcError ? error : new RpcError('internal', String(error)));
      return;
    }
    const ts = tail === undefined ? driver.getTsBatch(count) : tail.then(() => driver.getTsBatch(count));
    if (!isPromise(ts)) {
      answer(count, ts);
      return;
    }
    const turn: Promise<void> = ts.then((later) => answer(count, later)).catch(fail);
    tail = turn;
    void turn.then(() => {
      if (tail === turn) tail = undefined;
    });
  });
  stream.onEnd(() => stream.end());
}
