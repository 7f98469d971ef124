/**
 * What Raft and the life of regions promise, as seen from outside the stores: one leader per region and term; logs agree
 * wherever they are applied; a leader has every entry that was applied anywhere; replicas at the same applied index hold
 * the same bytes; two leaders that answer reads never answer for the same key; an epoch never goes back.
 */

import { DiskError, type PeerId, type RegionId, type StoreId } from '../../../base/index.ts';
import { compareEpochs, type Region } from '../../../pd/index.ts';
import type { RegionMessage, Store } from '../../../tikv-lite/index.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { CheckFailed, check } from '../support/outcome.ts';
import { AppliedEntries } from './applied-entries.ts';
import type { ClusterMarks } from './marks.ts';
import { FAMILIES, type StoreProcess } from './store-process.ts';

interface Replica {
  readonly store: StoreProcess;
  readonly peer: Peer;
}

/** A replica was seen to lead. */
interface Election {
  readonly regionId: RegionId;
  readonly storeId: StoreId;
  readonly term: number;
}

export class RegionChecks {
  readonly #stores: readonly StoreProcess[];
  readonly #marks: ClusterMarks;
  readonly #failed: (error: unknown) => void;
  /** Of every region, by term. */
  readonly #leaders = new Map<RegionId, Map<number, PeerId>>();
  readonly #applied = new AppliedEntries();
  /** Leaders of stores that were not up yet. */
  #unseen: Election[] = [];
  /** The applied index at which each was found equal to others last. */
  readonly #compared = new WeakMap<Peer, number>();
  readonly #epochs = new WeakMap<Peer, Region>();

  constructor(stores: readonly StoreProcess[], marks: ClusterMarks, failed: (error: unknown) => void) {
    this.#stores = stores;
    this.#marks = marks;
    this.#failed = failed;
  }

  sent({ regionId, message, from }: RegionMessage): void {
    if (message === undefined || (message.type !== 'MsgApp' && message.type !== 'MsgHeartbeat')) return;
    const leaders = this.#leadersOf(regionId);
    const known = leaders.get(message.term);
    if (known === from.peerId) return;
    try {
      check(
        known === undefined,
        () => `region ${regionId}: term ${message.term} has two leaders: ${known}, ${from.peerId}`,
      );
      leaders.set(message.term, from.peerId);
      const election = { regionId, storeId: from.storeId, term: message.term };
      if (this.#storeOf(from.storeId)?.life === undefined) this.#unseen.push(election);
      else this.#checkCompleteness(election);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Throws CheckFailed. Call it often: it looks at what is there now. */
  look(options: { readonly compareContents: boolean }): void {
    const serving: Peer[] = [];
    this.#checkUnseen();
    for (const store of this.#stores) {
      if (store.life === undefined) continue;
      checkRuns(store.life.store);
      for (const peer of store.peers) {
        this.#applied.look(store.storeId, peer, (index) => store.termAt(peer.regionId, index));
        this.#checkEpoch(store.storeId, peer);
        this.#marks.looked(peer);
        if (peer.canRead) serving.push(peer);
      }
    }
    checkDisjoint(serving);
    if (options.compareContents) this.#compareContents();
  }

  /** The replicas of every region, by what they have applied. */
  #compareContents(): void {
    const first = new Map<string, Replica>();
    for (const store of this.#stores) {
      for (const peer of store.peers) {
        if (!store.isSettled(peer)) continue;
        const place = `${peer.regionId} ${peer.appliedIndex}`;
        const other = first.get(place);
        if (other === undefined) {
          first.set(place, { store, peer });
          continue;
        }
        const { appliedIndex } = peer;
        if (this.#compared.get(peer) === appliedIndex && this.#compared.get(other.peer) === appliedIndex) continue;
        check(
          holdTheSame({ store, peer }, other),
          () =>
            `region ${peer.regionId}: stores ${other.store.storeId} and ${store.storeId} differ at applied index ` +
            `${appliedIndex}: ${difference(other.store.contents(other.peer), store.contents(peer))}`,
        );
        this.#compared.set(peer, appliedIndex);
        this.#compared.set(other.peer, appliedIndex);
      }
    }
  }

  #leadersOf(regionId: RegionId): Map<number, PeerId> {
    let leaders = this.#leaders.get(regionId);
    if (leaders === undefined) this.#leaders.set(regionId, (leaders = new Map()));
    return leaders;
  }

  /** Within one life: after a crash a replica may know less for a while. */
  #checkEpoch(storeId: StoreId, peer: Peer): void {
    const known = this.#epochs.get(peer);
    if (known === peer.region) return;
    check(
      known === undefined || (compareEpochs(known.epoch, peer.epoch) <= 0 && known.epoch.confVer <= peer.epoch.confVer),
      () => `region ${peer.regionId} on store ${storeId} went from ${describe(known)} to ${describe(peer.region)}`,
    );
    this.#epochs.set(peer, peer.region);
  }

  #storeOf(storeId: StoreId): StoreProcess | undefined {
    return this.#stores.find((one) => one.storeId === storeId);
  }

  /** A replica that commits alone leads while its store still boots; its log can be looked at when the store is up. */
  #checkUnseen(): void {
    const due = this.#unseen.filter(({ storeId }) => this.#storeOf(storeId)?.life !== undefined);
    this.#unseen = this.#unseen.filter((election) => !due.includes(election));
    for (const election of due) {
      if (this.#storeOf(election.storeId)?.peer(election.regionId) !== undefined) this.#checkCompleteness(election);
    }
  }

  #checkCompleteness({ regionId, storeId, term }: Election): void {
    const store = this.#storeOf(storeId);
    const { terms, committedIn } = this.#applied.of(regionId);
    for (let at = terms.length - 1; at > 0; at--) {
      const applied = terms[at];
      const own = store?.termAt(regionId, at);
      if (applied === undefined || (committedIn[at] ?? 0) > term) continue;
      if (own === undefined && at <= (store?.peer(regionId)?.appliedIndex ?? 0)) return;
      check(
        own === applied,
        () => `region ${regionId}: the leader of term ${term} has entry ${at} of term ${own}, applied was ${applied}`,
      );
    }
  }
}

/** Only its disk stops a store: everything else is an invariant that did not hold. */
function checkRuns({ storeId, failure }: Store): void {
  if (failure !== undefined && !(failure instanceof DiskError)) {
    throw new CheckFailed(`store ${storeId} stopped: ${failure.stack ?? failure.message}`);
  }
}

function holdTheSame(a: Replica, b: Replica): boolean {
  return FAMILIES.every((family) => {
    const left = a.store.pairs(a.peer, family);
    const right = b.store.pairs(b.peer, family);
    return (
      left.length === right.length &&
      left.every(({ key, value }, i) => key === right[i]?.key && Buffer.compare(value, right[i].value) === 0)
    );
  });
}

function checkDisjoint(serving: readonly Peer[]): void {
  const sorted = [...serving].sort((a, b) => (a.region.range.start < b.region.range.start ? -1 : 1));
  for (let i = 1; i < sorted.length; i++) {
    const [before, after] = [sorted[i - 1], sorted[i]];
    if (before === undefined || after === undefined) continue;
    const { end } = before.region.range;
    check(
      end !== undefined && end <= after.region.range.start,
      () =>
        `two leaders answer reads of the same keys: ${describe(before.region)} as peer ${before.peerId}, ` +
        `${describe(after.region)} as peer ${after.peerId}`,
    );
  }
}

/**
 * Throws CheckFailed unless the regions, newest descriptions only, cover the key space exactly. For a moment when nothing
 * changes any more.
 */
export function checkCoverage(regions: readonly Region[]): void {
  const sorted = [...regions].sort((a, b) => (a.range.start < b.range.start ? -1 : 1));
  let at: string | undefined = '';
  for (const region of sorted) {
    check(
      region.range.start === at,
      () =>
        `${JSON.stringify(at)} to ${describe(region)}: regions ${sorted.map(describe).join(' ')} have a gap or overlap`,
    );
    at = region.range.end;
  }
  check(
    at === undefined,
    () => `no region holds the keys from ${JSON.stringify(at)} on: ${sorted.map(describe).join(' ')}`,
  );
}

export function describe(region: Region | undefined): string {
  if (region === undefined) return 'nothing';
  const { regionId, range, epoch, peers } = region;
  const members = peers.map(({ peerId, storeId, role }) => `${peerId}@${storeId}${role === 'voter' ? '' : `:${role}`}`);
  return (
    `region ${regionId} ${epoch.confVer}:${epoch.version} [${JSON.stringify(range.start)}, ` +
    `${JSON.stringify(range.end ?? null)}) {${members.join(' ')}}`
  );
}

function difference(a: string, b: string): string {
  const left = a.split('\n');
  const right = b.split('\n');
  const at = left.findIndex((line, i) => line !== right[i]);
  const shown = (lines: readonly string[]): string =>
    JSON.stringify(lines.slice(Math.max(0, at - 1), at + 2).join(' '));
  return `line ${at} of ${left.length}/${right.length}: ${shown(left)} against ${shown(right)}`;
}
