/**
 * Moves the safe timestamps of the regions that this store leads, and tells the other replicas.
 *
 * A round takes a fresh timestamp, then asks each region what can still be committed at or below it: nothing that holds
 * no lock already, since from then on every commit is promised above the timestamp. The answer counts if the region was
 * still led here after the timestamp was handed out: whoever leads next takes a fresh timestamp of its own before it
 * promises anything. The lease proves that at once; without one a quorum of the members does, asked store by store, so
 * that sleeping regions need not wake up. What is proved in one round goes out with the next, under a lease with the same.
 */

import { type Logger, NO_TS, type RegionId, Rounds, type StoreId, type Timers, type Ts } from '../../base/index.ts';
import type { PdClient, PeerDescriptor } from '../../pd/index.ts';
import type { RegionReplica } from '../raftstore/region-kv.ts';
import { isQuorum, type LeaderCheckClient, type LeaderClaim, type ReadState } from './leader-check.ts';
import type { RegionHost } from './region-host.ts';
import type { SafeTimestamps } from './safe-timestamps.ts';

export interface ResolvedTsOptions {
  readonly storeId: StoreId;
  readonly store: { region(regionId: RegionId): RegionReplica | undefined };
  readonly host: RegionHost;
  readonly safe: SafeTimestamps;
  readonly oracle: Pick<PdClient, 'getTs'>;
  readonly client: LeaderCheckClient;
  readonly timers: Timers;
  /** Between two rounds; TiKV's resolved-ts.advance-ts-interval, which is 20 s there. */
  readonly intervalMs?: number | undefined;
  readonly logger?: Logger | undefined;
}

const DEFAULT_INTERVAL_MS = 1000;
/** Regions in one message. */
const MAX_CLAIMS = 4096;
/** Rounds that a store is left out while it owes an answer; then it is asked again. */
const MAX_SILENT_ROUNDS = 3;

/** A region in a round: what holds if it is still led here. */
interface Candidate {
  readonly replica: RegionReplica;
  readonly claim: LeaderClaim;
  readonly state: ReadState;
  readonly agreeing: Set<StoreId>;
  isProved: boolean;
}

export class ResolvedTsWorker {
  readonly #options: ResolvedTsOptions;
  /** Proved, not told yet; a region that changes its range forgets it. */
  #proved = new Map<RegionId, { readonly version: number; readonly term: number; readonly state: ReadState }>();
  /** Stores that owe an answer, with the number of rounds since they were asked. */
  readonly #silent = new Map<StoreId, number>();
  readonly #rounds: Rounds;

  constructor(options: ResolvedTsOptions) {
    this.#options = options;
    this.#rounds = new Rounds({
      timers: options.timers,
      intervalMs: options.intervalMs ?? DEFAULT_INTERVAL_MS,
      round: () => this.#begin(),
      failed: (error) => options.logger?.debug({ error: String(error) }, 'safe timestamps stand still'),
    });
    this.#rounds.start();
  }

  close(): void {
    this.#rounds.close();
  }

  /** Ends when the questions are on their way. */
  async #begin(): Promise<void> {
    if (this.#options.host.regions.length === 0) return;
    const freshTs = await this.#options.oracle.getTs();
    if (this.#rounds.isClosed) return;
    const candidates = this.#candidates(freshTs);
    const byStore = new Map<StoreId, Candidate[]>();
    for (const candidate of candidates) {
      for (const { storeId } of candidate.replica.region.peers) {
        if (storeId === this.#options.storeId) continue;
        const group = byStore.get(storeId);
        if (group === undefined) byStore.set(storeId, [candidate]);
        else group.push(candidate);
      }
    }
    for (const [storeId, group] of byStore) this.#ask(storeId, group);
  }

  #candidates(freshTs: Ts): readonly Candidate[] {
    const { host, store } = this.#options;
    const proved = this.#proved;
    this.#proved = new Map();
    const candidates: Candidate[] = [];
    for (const { regionId } of host.regions) {
      const replica = store.region(regionId);
      if (replica === undefined || !replica.isLeader || replica.isMerging) continue;
      const safeTs = host.resolvedTs(regionId, freshTs);
      if (safeTs === NO_TS) continue;
      const { epoch, term, peer, appliedIndex, hasLease } = replica;
      const state: ReadState = { appliedIndex, safeTs };
      const before = proved.get(regionId);
      const known = before?.version === epoch.version && before.term === term ? before.state : undefined;
      const readState = hasLease ? state : known;
      const claim: LeaderClaim = { regionId, epoch, leader: peer.peerId, term, readState };
      candidates.push({ replica, claim, state, agreeing: new Set(), isProved: hasLease });
      if (hasLease) this.#options.safe.note(replica, state);
    }
    return candidates;
  }

  #ask(storeId: StoreId, candidates: readonly Candidate[]): void {
    const silentRounds = this.#silent.get(storeId);
    if (silentRounds !== undefined && silentRounds < MAX_SILENT_ROUNDS) {
      this.#silent.set(storeId, silentRounds + 1);
      return;
    }
    this.#silent.set(storeId, 0);
    for (let at = 0; at < candidates.length; at += MAX_CLAIMS) {
      const part = candidates.slice(at, at + MAX_CLAIMS);
      const claims = part.map(({ claim }) => claim);
      this.#options.client.checkLeaders(storeId, claims).then(
        (regionIds) => this.#answered(storeId, part, new Set(regionIds)),
        (error: unknown) => {
          this.#silent.delete(storeId);
          this.#options.logger?.debug({ storeId, error: String(error) }, 'a store does not confirm leaders');
        },
      );
    }
  }

  #answered(storeId: StoreId, candidates: readonly Candidate[], agreed: ReadonlySet<RegionId>): void {
    this.#silent.delete(storeId);
    for (const candidate of candidates) {
      if (candidate.isProved || !agreed.has(candidate.claim.regionId)) continue;
      candidate.agreeing.add(storeId);
      if (this.#isStillLed(candidate)) this.#prove(candidate);
    }
  }

  #isStillLed({ replica, claim, agreeing }: Candidate): boolean {
    const { epoch, term, regionId } = claim;
    if (this.#options.store.region(regionId) !== replica || !replica.isLeader || replica.term !== term) return false;
    if (replica.epoch.version !== epoch.version || replica.epoch.confVer !== epoch.confVer) return false;
    const agrees = (peer: PeerDescriptor): boolean => agreeing.has(peer.storeId) || peer.peerId === claim.leader;
    return isQuorum(replica.region, agrees);
  }

  #prove(candidate: Candidate): void {
    const { replica, claim, state } = candidate;
    candidate.isProved = true;
    this.#options.safe.note(replica, state);
    const known = this.#proved.get(claim.regionId);
    if (known !== undefined && known.term === claim.term && known.state.safeTs >= state.safeTs) return;
    this.#proved.set(claim.regionId, { version: claim.epoch.version, term: claim.term, state });
  }
}
