/**
 * A lock between processes: a file that names its holder. Node has no flock, so a holder that died is recognised by its
 * process id and, where /proc tells, by the process's start time (a reused id is not the holder). The store's LevelDB
 * holds a kernel lock of its own below the same directory, so two processes racing for a stale file cannot both go on.
 */

import { promises as fs } from 'node:fs';
import { DiskError } from '../env.ts';

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
}

/** The kernel's start time of a process: field 22 of /proc/PID/stat; empty where there is no /proc. */
async function startTimeOf(pid: number): Promise<string> {
  try {
    const stat = await fs.readFile(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const [pid = '', startedAt = ''] = (await fs.readFile(path, 'utf8')).trim().split(' ');
    return /^\d+$/.test(pid) ? { pid: Number(pid), startedAt } : undefined;
  } catch {
    return undefined;
  }
}

async function holdsStill(holder: Holder): Promise<boolean> {
  if (holder.pid === process.pid) return true;
  if (!isRunning(holder.pid)) return false;
  return holder.startedAt === '' || holder.startedAt === (await startTimeOf(holder.pid));
}

/** Takes the lock or rejects with DiskError ELOCKED, whose message names the process that holds it. */
export async function lockFile(path: string): Promise<{ release(): Promise<void> }> {
  const contents = `${process.pid} ${await startTimeOf(process.pid)}\n`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await fs.writeFile(path, contents, { flag: 'wx', mode: 0o600 });
      return { release: () => fs.rm(path, { force: true }) };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code !== 'EEXIST') throw new DiskError(code === 'EACCES' ? 'EACCES' : 'EIO', `${path}: ${String(error)}`);
    }
    const holder = await readHolder(path);
    if (holder !== undefined && (await holdsStill(holder))) {
      throw new DiskError('ELOCKED', `${path} is held by process ${holder.pid}`);
    }
    await fs.rm(path, { force: true });
  }
  throw new DiskError('ELOCKED', `${path}: other processes keep taking it`);
}
