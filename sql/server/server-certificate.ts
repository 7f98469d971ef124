/** A self-made certificate, as MySQL makes one at its first start: TLS works at once, identity is nobody's promise. */

import type { TlsCredentials } from './server-options.ts';

const TEN_YEARS_DAYS = 3650;
const DAY_MS = 86_400_000;

/** RSA 2048, also good for the password exchange of caching_sha2_password. The caller keeps it for later starts. */
export async function makeServerCertificate(nowMs?: number): Promise<TlsCredentials> {
  // Loading the certificate library takes 0.1 s, which only the first start should pay.
  const { generate } = await import('selfsigned');
  const notBefore = nowMs === undefined ? undefined : new Date(nowMs - DAY_MS);
  const pems = await generate([{ name: 'commonName', value: 'Shoal_Auto_Generated_Server_Certificate' }], {
    keySize: 2048,
    algorithm: 'sha256',
    ...(notBefore === undefined || nowMs === undefined
      ? {}
      : { notBeforeDate: notBefore, notAfterDate: new Date(nowMs + TEN_YEARS_DAYS * DAY_MS) }),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: pems.private, certificate: pems.cert };
}
