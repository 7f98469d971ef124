/** What the placement driver's status port tells of the cluster. */

import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterProcesses, Member } from './cluster-process.ts';

/** As `/status` of the placement driver shows it. */
export interface ClusterStatus {
  readonly stores: readonly { readonly storeId: number; readonly address: string }[];
  readonly regions: readonly {
    readonly regionId: number;
    readonly voters: number;
    readonly leaderStoreId: number | null;
  }[];
}

const POLL_MS = 50;

export async function clusterStatus(pd: Member): Promise<ClusterStatus> {
  const answer = await fetch(`http://${pd.host}:${pd.statusPort}/status`);
  return (await answer.json()) as ClusterStatus;
}

/** Waits until every region has a leader and `voters` voters. */
export async function untilReplicated({ pd }: ClusterProcesses, voters: number, limitMs = 60_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const { regions } = await clusterStatus(pd);
    if (regions.length > 0 && regions.every((region) => region.voters === voters && region.leaderStoreId !== null))
      return;
    if (performance.now() > endMs)
      throw new Error(`not ${voters} replicas within ${limitMs} ms: ${JSON.stringify(regions)}`);
    await delay(POLL_MS);
  }
}

/** The store that leads most regions. */
export async function busiestStore({ pd, stores }: ClusterProcesses): Promise<Member> {
  const status = await clusterStatus(pd);
  const leads = (member: Member): number => {
    const id = status.stores.find(({ address }) => address === `${member.host}:${member.port}`)?.storeId;
    return status.regions.filter(({ leaderStoreId }) => leaderStoreId === id).length;
  };
  const [first, ...others] = stores;
  if (first === undefined) throw new Error('a cluster has stores');
  return others.reduce((best, member) => (leads(member) > leads(best) ? member : best), first);
}
