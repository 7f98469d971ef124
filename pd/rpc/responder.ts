/** What all plain calls of pdpb.PD have in common: the cluster they are meant for, and errors in the response's header. */

import { type pdpb, RpcError } from '../../base/rpc/index.ts';
import { errorToProto } from './errors.ts';

interface Request {
  readonly header?: pdpb.RequestHeader | undefined;
}

interface ResponseType<Response> {
  create(fields: Record<never, never>): Response;
}

export class Responder {
  readonly clusterId: bigint;

  constructor(clusterId: bigint) {
    this.clusterId = clusterId;
  }

  get header(): pdpb.ResponseHeader {
    return { clusterId: this.clusterId };
  }

  /** Throws RpcError for a request to another cluster. */
  checkCluster(header: pdpb.RequestHeader | undefined): void {
    if (header?.clusterId === this.clusterId) return;
    const got = header?.clusterId ?? 0n;
    throw new RpcError('failed-precondition', `mismatch cluster id, need ${this.clusterId} but got ${got}`);
  }

  /** A handler that answers with the fields `answer` gives beside the header, or with the PdError it throws. */
  respond<In extends Request, Out extends object>(
    type: ResponseType<Out>,
    answer: (request: In) => Promise<Partial<Out>> | Partial<Out>,
  ): (request: In) => Promise<Out> {
    return async (request) => {
      this.checkCluster(request.header);
      const empty = type.create({});
      try {
        return { ...empty, ...(await answer(request)), header: this.header };
      } catch (error) {
        return { ...empty, header: { ...this.header, error: errorToProto(error) } };
      }
    };
  }
}
