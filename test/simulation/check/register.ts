/**
 * Linearizability of a register whose written values are all different (Gibbons and Korach, 1997): the operations on one
 * value span a zone from the earliest return to the latest call. A register history is linearizable exactly if no two
 * forward zones overlap and no backward zone lies inside a forward one.
 */

import { check } from '../support/outcome.ts';

export interface RegisterOperation {
  readonly kind: 'read' | 'write';
  readonly key: string;
  value: string;
  /** Places in the order of all calls and returns. */
  readonly calledAt: number;
  /** Absent for a write that nobody heard of again: it may take effect at any later time, or never. */
  returnedAt: number | undefined;
}

interface Zone {
  readonly value: string;
  readonly low: number;
  readonly high: number;
  readonly isForward: boolean;
}

/** `initial` is what every register holds before the first write. Throws CheckFailed. */
export function checkRegisters(history: readonly RegisterOperation[], initial: string): void {
  const byKey = new Map<string, RegisterOperation[]>();
  for (const operation of history) {
    const operations = byKey.get(operation.key);
    if (operations === undefined) byKey.set(operation.key, [operation]);
    else operations.push(operation);
  }
  for (const [key, operations] of byKey) checkRegister(key, zonesOf(key, operations, initial));
}

function zonesOf(key: string, operations: readonly RegisterOperation[], initial: string): Zone[] {
  const clusters = new Map<string, RegisterOperation[]>();
  clusters.set(initial, [{ kind: 'write', key, value: initial, calledAt: -2, returnedAt: -1 }]);
  for (const operation of operations) {
    if (operation.kind === 'write') clusters.set(operation.value, [operation]);
  }
  for (const operation of operations) {
    if (operation.kind !== 'read' || operation.returnedAt === undefined) continue;
    const cluster = clusters.get(operation.value);
    check(cluster !== undefined, () => `${key} was read as ${operation.value}, which nobody wrote`);
    const write = cluster[0];
    const isPossible = write !== undefined && write.calledAt < operation.returnedAt;
    check(isPossible, () => `${key} was read as ${operation.value} before anybody wrote that`);
    cluster.push(operation);
  }
  const zones: Zone[] = [];
  for (const [value, cluster] of clusters) {
    const isUnknown = cluster.length === 1 && cluster[0]?.returnedAt === undefined;
    if (isUnknown) continue;
    const firstReturn = Math.min(...cluster.map(({ returnedAt }) => returnedAt ?? Number.POSITIVE_INFINITY));
    const lastCall = Math.max(...cluster.map(({ calledAt }) => calledAt));
    const isForward = firstReturn < lastCall;
    zones.push({ value, low: Math.min(firstReturn, lastCall), high: Math.max(firstReturn, lastCall), isForward });
  }
  return zones.sort((a, b) => a.low - b.low);
}

function checkRegister(key: string, zones: readonly Zone[]): void {
  let open: Zone | undefined;
  for (const zone of zones) {
    const { low, high } = zone;
    if (open !== undefined && low < open.high) {
      const { value } = open;
      const conflicts = zone.isForward || high < open.high;
      check(!conflicts, () => `${key} is not linearizable: ${value} and ${zone.value} cannot be put in an order`);
    }
    if (zone.isForward && (open === undefined || high > open.high)) open = zone;
  }
}
