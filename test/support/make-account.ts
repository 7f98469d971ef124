/** An account for clients of other machines than a gateway's: those without a password serve only the machine they are on. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Member } from './cluster-process.ts';

export const USER = 'chaos';
export const PASSWORD = 'chaos';

/** mysql://user:password@host:port of the account. */
export function urlOf({ host, port }: Member): string {
  return `mysql://${USER}:${PASSWORD}@${host}:${port}`;
}

/** Made by a process that runs where the gateway is, started through `wrapper`. */
export function makeAccount(gateway: Member, wrapper: readonly string[]): void {
  const script = join(import.meta.dirname, 'make-account-script.js');
  const words = [...wrapper, process.execPath, script, String(gateway.port), USER, PASSWORD];
  const { status, stderr } = spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no account could be made: ${stderr}`);
}
