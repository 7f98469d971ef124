/** The MySQL that Shoal is held against: one given by URL, or one started through a script beside the checkout. */

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { capture, type Target } from './sysbench.ts';

const STARTER = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'tools', 'mysql-server.sh');
const PORT = 3309;

function pidOf(port: number): number | undefined {
  const path = join(homedir(), '.cache', 'mysql-oracle', `data-${port}`, 'pid');
  return existsSync(path) ? Number(readFileSync(path, 'utf8').trim()) : undefined;
}

export async function openPeer(url: string | undefined): Promise<Target> {
  if (url !== undefined) {
    const { hostname, port } = new URL(url);
    return { name: 'MySQL', host: hostname, port: Number(port || 3306), pid: undefined };
  }
  if (!existsSync(STARTER)) {
    throw new Error(
      'no MySQL to compare with: give one with --peer mysql://root@127.0.0.1:3306 (root without password)',
    );
  }
  if (pidOf(PORT) === undefined)
    await capture('bash', [STARTER, 'start', join(homedir(), '.cache', 'mysql-oracle'), String(PORT)]);
  return { name: 'MySQL', host: '127.0.0.1', port: PORT, pid: pidOf(PORT) };
}

/** Stops the peer if `openPeer` could have started it. */
export function closePeer(target: Target): void {
  if (target.pid !== undefined) process.kill(target.pid);
}
