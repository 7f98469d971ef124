/** What happens to the members of a cluster in one round, and how it is undone. */

import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../../../base/index.ts';
import type { ClusterProcesses, Member } from '../../support/cluster-process.ts';
import type { Disks } from '../../support/disks.ts';
import type { Networks } from '../../support/networks.ts';

export type FaultKind =
  /** Killed with -9 and started again. */
  | 'kill'
  /** Stopped and continued. */
  | 'stop'
  /** Nothing reaches it or leaves it. */
  | 'cut'
  /** Its disk is full. */
  | 'fill'
  /** Its disk stalls again and again. */
  | 'slow'
  /** Killed, and what it knew when the last backup was made is all it has. */
  | 'restore';

export interface Fault {
  readonly kind: FaultKind;
  readonly member: Member;
  readonly afterMs: number;
  readonly lastsMs: number;
}

/** What faults are made with; what cannot be had here is undefined. */
export interface Tools {
  readonly cluster: ClusterProcesses;
  readonly networks: Networks | undefined;
  readonly disks: Disks | undefined;
}

const MAX_DELAY_MS = 600;
const MIN_LENGTH_MS = 300;
const MAX_LENGTH_MS = 4000;
/** Longer than any lease or patience that hangs on the placement driver. */
const LONG_STOP_MS = 8000;
const MAX_LEFT_BYTES = 20 * 2 ** 20;
const MAX_STALL_MS = 400;

/**
 * One fault of one member mostly, two at a time now and then, stores more often than others; in one round of four
 * something rarer.
 */
export function planFaults(tools: Tools, random: SeededRandom): readonly Fault[] {
  const { cluster, disks } = tools;
  const timing = (): Pick<Fault, 'afterMs' | 'lastsMs'> => ({
    afterMs: random.below(MAX_DELAY_MS),
    lastsMs: MIN_LENGTH_MS + random.below(MAX_LENGTH_MS - MIN_LENGTH_MS),
  });
  const store = cluster.stores[random.below(cluster.stores.length)] ?? cluster.pd;
  switch (random.below(20)) {
    case 0: {
      const { afterMs } = timing();
      return cluster.stores.map((member) => ({ ...timing(), kind: 'kill', member, afterMs }));
    }
    case 1:
      return [{ ...timing(), kind: 'stop', member: cluster.pd, lastsMs: LONG_STOP_MS }];
    case 2:
      return [{ ...timing(), kind: 'restore', member: cluster.pd }];
    case 3:
      if (disks !== undefined) return [{ ...timing(), kind: 'fill', member: store }];
      break;
    case 4:
      if (disks !== undefined) return [{ ...timing(), kind: 'slow', member: store }];
      break;
    default:
      break;
  }
  return planCommonFaults(tools, random, timing);
}

function planCommonFaults(
  { cluster, networks }: Tools,
  random: SeededRandom,
  timing: () => Pick<Fault, 'afterMs' | 'lastsMs'>,
): readonly Fault[] {
  const kinds: readonly FaultKind[] = networks === undefined ? ['kill', 'stop'] : ['kill', 'stop', 'cut'];
  const count = random.below(4) === 0 ? 2 : 1;
  const faults: Fault[] = [];
  while (faults.length < count) {
    const kind = kinds[random.below(kinds.length)] ?? 'kill';
    const group = [cluster.stores, cluster.stores, cluster.stores, cluster.gateways, [cluster.pd]][random.below(5)];
    const member = group?.[random.below(group.length)];
    if (member === undefined || faults.some((fault) => fault.member === member)) continue;
    faults.push({ ...timing(), kind, member });
  }
  return faults;
}

export function describeFaults(faults: readonly Fault[]): string {
  return faults.map(({ kind, member, lastsMs }) => `${kind} ${member.name} for ${lastsMs} ms`).join(', ');
}

/** Resolves when the fault is over and its member is ready again. */
export async function inflict(
  { kind, member, afterMs, lastsMs }: Fault,
  tools: Tools,
  random: SeededRandom,
): Promise<void> {
  const { networks, disks } = tools;
  const { name } = member;
  await delay(afterMs);
  switch (kind) {
    case 'kill':
    case 'restore':
      await member.end('SIGKILL');
      if (kind === 'restore') await restore(tools, name);
      await delay(lastsMs);
      await member.start();
      return;
    case 'stop':
      member.signal('SIGSTOP');
      await delay(lastsMs);
      member.signal('SIGCONT');
      return;
    case 'cut':
      networks?.cut(name);
      await delay(lastsMs);
      networks?.heal(name);
      return;
    case 'fill':
      disks?.fill(name, random.below(MAX_LEFT_BYTES));
      await delay(lastsMs);
      disks?.makeRoom(name);
      return;
    case 'slow':
      await stall(disks, name, lastsMs, random);
      return;
  }
}

/** Ends every fault that may be under way. */
export function undoAll({ cluster, networks, disks }: Tools): void {
  for (const member of cluster.members) {
    networks?.heal(member.name);
    if (disks?.has(member.name) === true) disks.thaw(member.name);
    member.signal('SIGCONT');
  }
}

async function stall(disks: Disks | undefined, name: string, lastsMs: number, random: SeededRandom): Promise<void> {
  const endMs = performance.now() + lastsMs;
  while (performance.now() < endMs) {
    disks?.freeze(name);
    await delay(random.below(MAX_STALL_MS));
    disks?.thaw(name);
    await delay(random.below(MAX_STALL_MS / 2));
  }
}

/** Copies what a running member has on its disk. */
export async function backUp({ cluster: { directory } }: Tools, name: string): Promise<void> {
  const copy = backupOf(directory, name);
  await rm(copy, { recursive: true, force: true });
  await cp(join(directory, name), copy, { recursive: true });
}

async function restore({ cluster: { directory } }: Tools, name: string): Promise<void> {
  await rm(join(directory, name), { recursive: true });
  await cp(backupOf(directory, name), join(directory, name), { recursive: true });
}

function backupOf(directory: string, name: string): string {
  return join(directory, `${name}.backup`);
}
