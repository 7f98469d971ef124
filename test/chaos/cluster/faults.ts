/** What happens to the members of a cluster in one round, and how it is undone. */

import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../../../base/index.ts';
import type { ClusterProcesses, Member } from '../../support/cluster-process.ts';
import type { Networks } from '../../support/networks.ts';

export type FaultKind = 'kill' | 'stop' | 'cut';

export interface Fault {
  readonly kind: FaultKind;
  readonly member: Member;
  readonly afterMs: number;
  readonly lastsMs: number;
}

const MAX_DELAY_MS = 600;
const MIN_LENGTH_MS = 300;
const MAX_LENGTH_MS = 4000;

/** One fault mostly, two at a time now and then. Stores are hit more often than the others. */
export function planFaults(cluster: ClusterProcesses, random: SeededRandom, withCuts: boolean): readonly Fault[] {
  const kinds: readonly FaultKind[] = withCuts ? ['kill', 'stop', 'cut'] : ['kill', 'stop'];
  const count = random.below(4) === 0 ? 2 : 1;
  const faults: Fault[] = [];
  while (faults.length < count) {
    const kind = kinds[random.below(kinds.length)] ?? 'kill';
    const group = [cluster.stores, cluster.stores, cluster.stores, cluster.gateways, [cluster.pd]][random.below(5)];
    const member = group?.[random.below(group.length)];
    if (member === undefined || faults.some((fault) => fault.member === member)) continue;
    const lastsMs = MIN_LENGTH_MS + random.below(MAX_LENGTH_MS - MIN_LENGTH_MS);
    faults.push({ kind, member, afterMs: random.below(MAX_DELAY_MS), lastsMs });
  }
  return faults;
}

export function describeFaults(faults: readonly Fault[]): string {
  return faults.map(({ kind, member, lastsMs }) => `${kind} ${member.name} for ${lastsMs} ms`).join(', ');
}

/** Resolves when the fault is over and its member is ready again. */
export async function inflict(
  { kind, member, afterMs, lastsMs }: Fault,
  networks: Networks | undefined,
): Promise<void> {
  await delay(afterMs);
  if (kind === 'kill') await member.end('SIGKILL');
  else if (kind === 'stop') member.signal('SIGSTOP');
  else networks?.cut(member.name);
  await delay(lastsMs);
  if (kind === 'kill') await member.start();
  else if (kind === 'stop') member.signal('SIGCONT');
  else networks?.heal(member.name);
}
