/**
 * Stores and regions that obey a placement driver without storing anything: instructions change the membership as the rules
 * of raft allow, learners catch up after a while, and every change is told by a heartbeat. At each change the rules that
 * must never be broken are asserted.
 */

import assert from 'node:assert/strict';
import type { PeerId, SimulatedWorld, StoreId } from '../../../base/index.ts';
import {
  LocalPdClient,
  type PeerChange,
  type PeerDescriptor,
  PlacementDriver,
  type Region,
  type RegionInstruction,
  type ScheduleConfig,
} from '../../../pd/index.ts';
import { aRegion, aStore } from './fixtures.ts';

const GIB = 2 ** 30;
const CATCH_UP_MS = 300;

interface SyntheticRegion {
  region: Region;
  leaderStore: StoreId;
  term: number;
  bytes: number;
  pending: ReadonlySet<PeerId>;
}

export class SyntheticCluster {
  readonly world: SimulatedWorld;
  readonly driver: PlacementDriver;
  readonly #client: LocalPdClient;
  readonly #regions = new Map<number, SyntheticRegion>();
  readonly #deadSince = new Map<number, number>();
  #storeIds: number[] = [];
  /** Of stores whose disk is slow. */
  readonly slowScores = new Map<number, number>();
  instructions = 0;
  moves = 0;

  private constructor(world: SimulatedWorld, driver: PlacementDriver) {
    this.world = world;
    this.driver = driver;
    this.#client = new LocalPdClient(driver);
    this.#client.onInstruction((instruction) => this.#later(() => this.#obey(instruction)));
  }

  static async make(
    world: SimulatedWorld,
    stores: number,
    schedule: Partial<ScheduleConfig> = {},
  ): Promise<SyntheticCluster> {
    const driver = await world.settle(PlacementDriver.open({ env: world.machine('pd'), directory: '/pd', schedule }));
    const cluster = new SyntheticCluster(world, driver);
    await world.settle(driver.bootstrap(aStore(1), aRegion({ id: 100_000, peers: [peer(900_000, 1)] })));
    cluster.#storeIds = [1];
    for (let id = 2; id <= stores; id++) await cluster.addStore(id);
    cluster.#beat();
    return cluster;
  }

  async addStore(id: number): Promise<void> {
    await this.world.settle(this.driver.putStore(aStore(id)));
    if (!this.#storeIds.includes(id)) this.#storeIds.push(id);
  }

  /** `count` regions that cover all keys, each with voters on the stores `place` names; the first leads. */
  spread(count: number, place: (at: number) => readonly number[], bytes = 10 << 20): void {
    const keyAt = (at: number): string => String(at).padStart(8, '0');
    for (let at = 0; at < count; at++) {
      const peers = place(at).map((storeId, n) => peer(1_000_000 + at * 10 + n, storeId));
      const shape = { id: 100_001 + at, version: 5, confVer: 2, peers, ...(at === 0 ? {} : { start: keyAt(at) }) };
      const region = aRegion(at === count - 1 ? shape : { ...shape, end: keyAt(at + 1) });
      const leaderStore = peers[0]?.storeId ?? (1 as StoreId);
      const synthetic = { region, leaderStore, term: 6, bytes, pending: new Set<PeerId>() };
      this.#regions.set(region.regionId, synthetic);
      this.#tell(synthetic);
    }
  }

  kill(storeId: number): void {
    this.#deadSince.set(storeId, this.world.queue.nowMs);
    for (const one of this.#regions.values()) {
      if (one.leaderStore !== storeId) continue;
      const next = voters(one.region).find((voter) => !this.#deadSince.has(voter.storeId));
      assert.ok(next !== undefined, 'somebody can lead');
      one.leaderStore = next.storeId;
      one.term++;
      this.#tell(one);
    }
  }

  get regions(): readonly Region[] {
    return [...this.#regions.values()].map(({ region }) => region);
  }

  leadersOn(storeId: number): number {
    return [...this.#regions.values()].filter(({ leaderStore }) => leaderStore === storeId).length;
  }

  peersOn(storeId: number): number {
    return this.regions.filter(({ peers }) => peers.some((one) => one.storeId === storeId)).length;
  }

  /** Every region has `count` voters and nothing else, none of them on a dead store. */
  isComplete(count: number): boolean {
    return this.regions.every(
      ({ peers }) =>
        peers.length === count && peers.every((one) => one.role === 'voter' && !this.#deadSince.has(one.storeId)),
    );
  }

  #beat(): void {
    for (const id of this.#storeIds) {
      if (this.#deadSince.has(id) || this.driver.getStore(id as StoreId)?.state === 'tombstone') continue;
      this.driver.storeHeartbeat({
        storeId: id as StoreId,
        capacityBytes: 1000 * GIB,
        availableBytes: 900 * GIB,
        usedBytes: 0,
        regionCount: this.peersOn(id),
        leaderCount: this.leadersOn(id),
        sendingSnapshots: 0,
        receivingSnapshots: 0,
        isBusy: false,
        slowScore: this.slowScores.get(id) ?? 1,
      });
    }
    for (const one of this.#regions.values()) this.#tell(one);
    this.world.queue.schedule(10_000, () => this.#beat());
  }

  #later(action: () => void): void {
    this.world.queue.schedule(1 + this.world.random.below(20), action);
  }

  #tell(one: SyntheticRegion): void {
    const { region, leaderStore, term, bytes, pending } = one;
    const leader = region.peers.find(({ storeId }) => storeId === leaderStore);
    assert.ok(leader !== undefined, 'the leader is a member');
    const nowMs = this.world.queue.nowMs;
    const downPeers = region.peers.flatMap((member) => {
      const since = this.#deadSince.get(member.storeId);
      return since === undefined ? [] : [{ peer: member, downMs: nowMs - since }];
    });
    this.#client.regionHeartbeat({
      region,
      leader,
      term,
      downPeers,
      pendingPeers: region.peers.filter(({ peerId }) => pending.has(peerId)),
      approximateBytes: bytes,
      approximateKeys: 1000,
      bytesWritten: 0,
      keysWritten: 0,
      bytesRead: 0,
      keysRead: 0,
    });
  }

  #obey(instruction: RegionInstruction): void {
    this.instructions++;
    const one = this.#regions.get(instruction.regionId);
    if (one === undefined || one.leaderStore !== instruction.target.storeId) return;
    const { epoch } = one.region;
    if (epoch.confVer !== instruction.epoch.confVer || epoch.version !== instruction.epoch.version) return;
    if (instruction.kind === 'transfer-leader') {
      const to = one.region.peers.find(({ peerId }) => peerId === instruction.to.peerId);
      assert.ok(to !== undefined && to.role !== 'learner' && !one.pending.has(to.peerId), 'a voter that keeps up');
      if (this.#deadSince.has(to.storeId)) return;
      one.leaderStore = to.storeId;
      one.term++;
    } else if (instruction.kind === 'change-peers') {
      this.#changePeers(one, instruction.changes);
    } else if (instruction.kind === 'merge') {
      this.#merge(one, instruction.into);
      return;
    } else {
      assert.fail(`nobody asked for a ${instruction.kind}`);
    }
    this.#check(one);
    this.#tell(one);
  }

  /** As a store does it: only with the neighbour as the driver knows it, and with replicas on the same stores. */
  #merge(source: SyntheticRegion, into: Region): void {
    const target = this.#regions.get(into.regionId);
    const { range, epoch, peers } = source.region;
    if (target === undefined || target.region.epoch.version !== into.epoch.version) return;
    const storesOf = (members: readonly PeerDescriptor[]): string =>
      members
        .map(({ storeId }) => storeId)
        .sort()
        .join();
    assert.equal(storesOf(peers), storesOf(target.region.peers), 'replicas side by side');
    const [left, right] = range.start < target.region.range.start ? [source, target] : [target, source];
    assert.equal(left.region.range.end, right.region.range.start, 'neighbours');
    this.#regions.delete(source.region.regionId);
    target.bytes += source.bytes;
    target.region = {
      ...target.region,
      range: { start: left.region.range.start, end: right.region.range.end },
      epoch: { ...target.region.epoch, version: Math.max(epoch.version, target.region.epoch.version) + 1 },
    };
    this.#tell(target);
  }

  #changePeers(one: SyntheticRegion, changes: readonly PeerChange[]): void {
    const { region } = one;
    const isJoint = region.peers.some(({ role }) => role === 'incoming-voter' || role === 'demoting-voter');
    assert.equal(isJoint, changes.length === 0, 'a joint state is left, and left only then');
    let peers = [...region.peers];
    if (changes.length === 0) peers = peers.map(leftJoint);
    for (const { kind, peer: changed } of changes) {
      const known = peers.find(({ peerId }) => peerId === changed.peerId);
      if (kind === 'remove') {
        assert.equal(changes.length, 1, 'a voter is not removed in a joint change');
        assert.notEqual(changed.storeId, one.leaderStore, 'the leader is not removed');
        peers = peers.filter((member) => member !== known);
      } else if (known === undefined) {
        assert.equal(kind, 'add-learner', 'a newcomer copies first');
        peers.push({ ...changed, role: 'learner' });
        this.moves++;
        this.#catchUp(one, changed.peerId);
      } else {
        const joint = kind === 'add-voter' ? ('incoming-voter' as const) : ('demoting-voter' as const);
        if (kind === 'add-voter') assert.ok(!one.pending.has(changed.peerId), 'only a full copy votes');
        const role = changes.length > 1 ? joint : ('voter' as const);
        peers = peers.map((member) => (member === known ? { ...member, role } : member));
      }
    }
    const confVer = region.epoch.confVer + Math.max(1, changes.length);
    one.region = { ...region, peers, epoch: { ...region.epoch, confVer } };
  }

  #catchUp(one: SyntheticRegion, peerId: PeerId): void {
    one.pending = new Set([...one.pending, peerId]);
    this.world.queue.schedule(CATCH_UP_MS, () => {
      one.pending = new Set([...one.pending].filter((id) => id !== peerId));
      this.#tell(one);
    });
  }

  #check({ region, pending }: SyntheticRegion): void {
    const stores = region.peers.map(({ storeId }) => storeId);
    assert.equal(new Set(stores).size, stores.length, `one peer per store: ${stores}`);
    for (const half of [oldVoters(region), voters(region)]) {
      const working = half.filter(({ storeId, peerId }) => !this.#deadSince.has(storeId) && !pending.has(peerId));
      assert.ok(2 * working.length > half.length, `a majority of ${region.regionId} works`);
    }
  }
}

function peer(peerId: number, storeId: number): PeerDescriptor {
  return { peerId: peerId as PeerId, storeId: storeId as StoreId, role: 'voter' };
}

function leftJoint(member: PeerDescriptor): PeerDescriptor {
  if (member.role === 'incoming-voter') return { ...member, role: 'voter' };
  return member.role === 'demoting-voter' ? { ...member, role: 'learner' } : member;
}

function voters({ peers }: Region): PeerDescriptor[] {
  return peers.filter(({ role }) => role === 'voter' || role === 'incoming-voter');
}

function oldVoters({ peers }: Region): PeerDescriptor[] {
  return peers.filter(({ role }) => role === 'voter' || role === 'demoting-voter');
}
