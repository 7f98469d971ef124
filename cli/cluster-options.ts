/** Settings that all processes of a cluster read alike: addresses and mutual TLS. */

import { type Address, ConfigError, type Disk, DiskError } from '../base/index.ts';
import type { RpcSecurity } from '../base/rpc/index.ts';
import type { Config } from './config.ts';

/** HOST:PORT, as the configuration has checked it; an IPv6 host stands in brackets. */
export function parseAddress(text: string): Address {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(at + 1)) };
}

export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** How others reach what was bound to `bound`. */
export function advertised(configured: string, bound: Address): string {
  return configured === '' ? addressText(bound) : configured;
}

/** Two processes on one directory would hand out the same timestamps. Throws ConfigError naming the other one. */
export async function lockDirectory(disk: Disk, directory: string): Promise<{ release(): Promise<void> }> {
  await disk.makeDirectory(directory);
  try {
    return await disk.lock(`${directory}/LOCK`);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'ELOCKED') throw error;
    throw new ConfigError(`the data directory ${directory} is in use by another process (${error.message})`);
  }
}

/** Undefined without TLS. Throws ConfigError for a file that cannot be read. */
export async function readSecurity(disk: Disk, config: Config): Promise<RpcSecurity | undefined> {
  const { 'ca-path': ca, 'cert-path': cert, 'key-path': key } = config.security;
  if (ca === '') return undefined;
  const read = async (name: string, path: string): Promise<Uint8Array> => {
    const bytes = await disk.readFile(path).catch((error: unknown) => {
      throw new ConfigError(`security.${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (bytes === undefined) throw new ConfigError(`security.${name}: ${path} does not exist`);
    return bytes;
  };
  return {
    ca: await read('ca-path', ca),
    cert: await read('cert-path', cert),
    key: await read('key-path', key),
  };
}
