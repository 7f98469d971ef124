/** The server's certificate in the data directory: made at the first start, as MySQL does, and kept. */

import { join } from 'node:path';
import type { Clock, Disk } from '../base/index.ts';
import { makeServerCertificate, type TlsCredentials } from '../sql/index.ts';

const KEY_FILE = 'server-key.pem';
const CERTIFICATE_FILE = 'server-cert.pem';

async function readText(disk: Disk, path: string): Promise<string | undefined> {
  const bytes = await disk.readFile(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

/** Reads the pair below `directory` or makes one. The key is written first: a certificate without key would be stuck. */
export async function loadOrMakeCertificate(disk: Disk, clock: Clock, directory: string): Promise<TlsCredentials> {
  const keyPath = join(directory, KEY_FILE);
  const certificatePath = join(directory, CERTIFICATE_FILE);
  const [key, certificate] = await Promise.all([readText(disk, keyPath), readText(disk, certificatePath)]);
  if (key !== undefined && certificate !== undefined) return { key, certificate };
  const made = await makeServerCertificate(clock.nowMs());
  await disk.replaceFile(keyPath, Buffer.from(made.key));
  await disk.replaceFile(certificatePath, Buffer.from(made.certificate));
  return made;
}
