/** Transport security between the nodes of a cluster: mutual TLS, or none. */

import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';

/** PEM texts. Both sides show a certificate that `ca` has signed. */
export interface RpcSecurity {
  readonly ca: Uint8Array;
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

export function serverCredentials(security: RpcSecurity | undefined): ServerCredentials {
  if (security === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(security.cert), private_key: Buffer.from(security.key) };
  return ServerCredentials.createSsl(Buffer.from(security.ca), [pair], true);
}

export function clientCredentials(security: RpcSecurity | undefined): ChannelCredentials {
  if (security === undefined) return ChannelCredentials.createInsecure();
  const { ca, cert, key } = security;
  return ChannelCredentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert));
}
