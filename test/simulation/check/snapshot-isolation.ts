/**
 * Snapshot isolation of list-append histories, in the manner of Elle (Kingsbury and Alvaro, 2020): the lists that were
 * read tell the order of all appends to a key, hence who depends on whom. With so/wr/ww dependencies D and
 * anti-dependencies A, a history is snapshot isolated exactly if D ; A? has no cycle (Cerone and Gotsman, 2016). Since
 * one oracle hands out all timestamps, real time counts as a dependency as well: what was acknowledged is seen by
 * everyone who begins later.
 */

import type { Ts } from '../../../base/index.ts';
import { check } from '../support/outcome.ts';
import { findCycle, Graph } from './graph.ts';

export interface ListTransaction {
  readonly id: number;
  readonly startTs: Ts;
  commitTs: Ts | undefined;
  /** 'unknown': nobody heard whether it committed. */
  outcome: 'committed' | 'aborted' | 'unknown';
  /** Places in the order of all calls and returns. */
  readonly beganAt: number;
  endedAt: number | undefined;
  readonly reads: { readonly key: string; readonly list: readonly number[] }[];
  readonly appends: { readonly key: string; readonly value: number }[];
}

/** `finals` are the lists at the end. Throws CheckFailed naming the transactions of the anomaly. */
export function checkSnapshotIsolation(
  history: readonly ListTransaction[],
  finals: ReadonlyMap<string, readonly number[]>,
): void {
  const writers = writersOf(history);
  const present = checkAppends(history, finals, writers);
  const graph = new Graph();
  for (const [key, list] of finals) addVersionOrder(graph, key, list, writers);
  for (const txn of history) addReads(graph, txn, finals, writers);
  addRealTime(graph, history, present);
  const cycle = findCycle(graph.composed());
  check(cycle === undefined, () => `not snapshot isolated: cycle of transactions ${describe(cycle ?? [], history)}`);
}

type Writers = ReadonlyMap<string, ReadonlyMap<number, ListTransaction>>;

function writersOf(history: readonly ListTransaction[]): Writers {
  const writers = new Map<string, Map<number, ListTransaction>>();
  for (const txn of history) {
    for (const { key, value } of txn.appends) {
      let ofKey = writers.get(key);
      if (ofKey === undefined) writers.set(key, (ofKey = new Map()));
      ofKey.set(value, txn);
    }
  }
  return writers;
}

/** Nothing acknowledged is missing, nothing aborted is there, nothing is there twice or in part. */
function checkAppends(
  history: readonly ListTransaction[],
  finals: ReadonlyMap<string, readonly number[]>,
  writers: Writers,
): ReadonlySet<ListTransaction> {
  const present = new Set<ListTransaction>();
  const places = new Map<string, Set<number>>();
  for (const [key, list] of finals) {
    const values = new Set(list);
    places.set(key, values);
    check(values.size === list.length, () => `${key} has an element twice: ${list.join(' ')}`);
    let previous: Ts | undefined;
    for (const value of list) {
      const writer = writers.get(key)?.get(value);
      check(writer !== undefined, () => `${key} holds ${value}, which nobody appended`);
      check(writer.outcome !== 'aborted', () => `${key} holds ${value} of T${writer.id}, which was told it failed`);
      present.add(writer);
      if (writer.commitTs === undefined) continue;
      const before = previous;
      check(before === undefined || before < writer.commitTs, () => `${key}: ${value} stands out of commit order`);
      previous = writer.commitTs;
    }
  }
  for (const txn of history) {
    const missing = txn.appends.find(({ key, value }) => places.get(key)?.has(value) !== true);
    if (missing === undefined) continue;
    const { key, value } = missing;
    check(txn.outcome !== 'committed', () => `lost: ${value} in ${key} of T${txn.id}, acknowledged at ${txn.commitTs}`);
    check(!present.has(txn), () => `torn: T${txn.id} committed, but ${key} lacks its ${value}`);
  }
  return present;
}

function addVersionOrder(graph: Graph, key: string, list: readonly number[], writers: Writers): void {
  let previous: ListTransaction | undefined;
  for (const value of list) {
    const writer = writers.get(key)?.get(value);
    if (writer === undefined) continue;
    if (previous !== undefined && previous !== writer) graph.dependency(previous.id, writer.id);
    previous = writer;
  }
}

function addReads(
  graph: Graph,
  txn: ListTransaction,
  finals: ReadonlyMap<string, readonly number[]>,
  writers: Writers,
): void {
  for (const { key, list } of txn.reads) {
    const final = finals.get(key) ?? [];
    const isPrefix = list.every((value, i) => final[i] === value);
    check(isPrefix, () => `T${txn.id} read ${key} = [${list.join(' ')}], in the end it is [${final.join(' ')}]`);
    const last = list.at(-1);
    const writer = last === undefined ? undefined : writers.get(key)?.get(last);
    const next = final[list.length];
    const overwriter = next === undefined ? undefined : writers.get(key)?.get(next);
    if (writer !== undefined && writer !== txn) graph.dependency(writer.id, txn.id);
    if (overwriter !== undefined && overwriter !== txn) graph.antiDependency(txn.id, overwriter.id);
    const writtenAt = writer?.commitTs;
    const overwrittenAt = overwriter?.commitTs;
    check(
      (writtenAt === undefined || writtenAt <= txn.startTs) &&
        (overwriter === txn || overwrittenAt === undefined || overwrittenAt > txn.startTs),
      () => `T${txn.id} at ${txn.startTs} read ${key} as of ${writtenAt}, overwritten at ${overwrittenAt}`,
    );
  }
}

/** A chain of instants: what ended points to the instant after it, what begins is pointed to by the instant before. */
function addRealTime(graph: Graph, history: readonly ListTransaction[], present: ReadonlySet<ListTransaction>): void {
  const events: { readonly at: number; readonly id: number; readonly isEnd: boolean }[] = [];
  for (const txn of history) {
    events.push({ at: txn.beganAt, id: txn.id, isEnd: false });
    if (txn.endedAt !== undefined && (txn.outcome === 'committed' || present.has(txn))) {
      events.push({ at: txn.endedAt, id: txn.id, isEnd: true });
    }
  }
  events.sort((a, b) => a.at - b.at);
  let instant = -1;
  for (const { id, isEnd } of events) {
    if (isEnd) {
      graph.dependency(instant, instant - 1);
      instant--;
      graph.dependency(id, instant);
    } else graph.dependency(instant, id);
  }
}

function describe(cycle: readonly number[], history: readonly ListTransaction[]): string {
  const named = cycle.filter((id) => id >= 0).map((id) => history.find((txn) => txn.id === id));
  return named
    .map((txn) => {
      const reads = txn?.reads.map(({ key, list }) => `r ${key} [${list.slice(-3).join(' ')}]`) ?? [];
      const appends = txn?.appends.map(({ key, value }) => `a ${key} ${value}`) ?? [];
      return `T${txn?.id}@${txn?.startTs}–${txn?.commitTs}(${[...reads, ...appends].join(', ')})`;
    })
    .join(' → ');
}
