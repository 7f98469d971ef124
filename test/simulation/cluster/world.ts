/** A simulated cluster: the machines, what connects them, and switching processes on and off. */

import {
  DiskError,
  type RegionId,
  type SeededRandom,
  SimulatedWorld,
  type StoreId,
  type Ts,
} from '../../../base/index.ts';
import type { SplitLimits } from '../../../tikv-lite/raftstore/split-checker.ts';
import type { DeadlockRequest } from '../../../tikv-lite/txn/deadlock-service.ts';
import { judgeClaims, type LeaderClaim } from '../../../tikv-lite/txn/leader-check.ts';
import { TimestampOrder } from '../check/timestamps.ts';
import { check, describeFailure } from '../support/outcome.ts';
import { Trace } from '../support/trace.ts';
import { Fabric } from './fabric.ts';
import { Host } from './host.ts';
import { ClusterMarks } from './marks.ts';
import { PdProcess, type Schedule } from './pd-process.ts';
import { RegionChecks } from './region-checks.ts';
import { SOUND_STORE, type StoreComponents, StoreProcess } from './store-process.ts';
import { SimulatedStoreTransport } from './store-transport.ts';

export interface ClusterOptions {
  readonly seed: number;
  readonly stores: number;
  readonly cacheBytes: number;
  readonly components?: Partial<StoreComponents> | undefined;
  readonly splitLimits: Partial<SplitLimits>;
  readonly regionHeartbeatSeconds: number;
  /** False: checkpoints cut off whatever is applied, so that members that lag behind get snapshots. */
  readonly keepsLogs: boolean;
  /** What the placement driver does by itself once the cluster is made. */
  readonly schedule: Schedule;
}

/** Something that can be switched off and on. */
export interface Process {
  readonly host: Host;
  boot(): Promise<void>;
  crash(): void;
}

const VOTERS = 3;
const DETECTOR_TIMEOUT_MS = 1000;
const LEADER_CHECK_TIMEOUT_MS = 2000;
const BOOT_RETRY_MS = 200;
const START_LIMIT_MS = 120_000;

export class ClusterWorld {
  readonly world: SimulatedWorld;
  readonly trace: Trace;
  readonly random: SeededRandom;
  readonly fabric: Fabric;
  readonly pd: PdProcess;
  readonly stores: readonly StoreProcess[];
  readonly checks: RegionChecks;
  readonly marks: ClusterMarks;
  readonly #schedule: Schedule;
  readonly #pendingBoots = new Map<Process, { cancel(): void }>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: ClusterOptions) {
    const { seed, stores } = options;
    this.world = new SimulatedWorld(seed);
    this.trace = new Trace(() => this.world.queue.nowMs);
    this.marks = new ClusterMarks(this.trace);
    this.random = this.world.random.fork();
    this.fabric = new Fabric(this.world);
    this.pd = new PdProcess(new Host(this.world, 'pd'), new TimestampOrder((error) => this.fail(error)));
    this.#schedule = options.schedule;
    this.stores = Array.from({ length: stores }, (_, i) => this.#newStore(`store-${i + 1}`, options));
    this.checks = new RegionChecks(this.stores, this.marks, (error) => this.fail(error));
  }

  #newStore(name: string, options: ClusterOptions): StoreProcess {
    const host = new Host(this.world, name);
    const { fabric, pd } = this;
    const { cacheBytes, splitLimits, regionHeartbeatSeconds, keepsLogs, components } = options;
    const transport = new SimulatedStoreTransport({
      fabric,
      from: host,
      hostOf: (id) => this.store(id)?.host,
      sinkOf: (id) => this.store(id),
      sent: (message) => {
        const { regionId, from, to, message: inner, signal } = message;
        this.trace.digest(
          `${regionId} ${from.peerId} ${to.peerId} ${inner?.type ?? signal} ${inner?.term}:${inner?.index}`,
        );
        this.checks.sent(message);
        this.marks.sent(message);
      },
    });
    return new StoreProcess({
      host,
      fabric,
      pd,
      cacheBytes,
      splitLimits,
      regionHeartbeatSeconds,
      keepsLogs,
      transport,
      marks: this.marks,
      deadlocks: { ask: (detectorId, request) => this.#askDetector(host, detectorId, request) },
      leaderChecks: { checkLeaders: (storeId, claims) => this.#checkLeaders(host, storeId, claims) },
      components: { ...SOUND_STORE, ...components },
    });
  }

  /** One store asks another whether its wait closes a cycle. */
  async #askDetector(from: Host, storeId: StoreId, request: DeadlockRequest): Promise<readonly Ts[] | undefined> {
    const store = this.store(storeId);
    if (store === undefined) throw new Error(`store ${storeId} is not known`);
    return await this.fabric.call(from, store.host, DETECTOR_TIMEOUT_MS, async () =>
      store.running.node.host.deadlocks?.handle(request),
    );
  }

  /** The leaders of one store ask another whether it agrees. */
  async #checkLeaders(from: Host, storeId: StoreId, claims: readonly LeaderClaim[]): Promise<readonly RegionId[]> {
    const store = this.store(storeId);
    if (store === undefined) throw new Error(`store ${storeId} is not known`);
    return await this.fabric.call(from, store.host, LEADER_CHECK_TIMEOUT_MS, async () => {
      const { node } = store.running;
      return judgeClaims(node.store, node.safe, claims);
    });
  }

  get nowMs(): number {
    return this.world.queue.nowMs;
  }

  store(storeId: StoreId): StoreProcess | undefined {
    return this.stores.find((store) => store.storeId === storeId);
  }

  /** Stores join a new placement driver, which makes replicas of the first region. */
  async start(): Promise<void> {
    await this.world.settle(this.pd.boot());
    for (const store of this.stores) this.boot(store);
    const isReplicated = (): boolean => {
      const first = this.stores.filter(({ peers }) => peers[0]?.peer.role === 'voter');
      return first.length === VOTERS && first.some(({ peers }) => peers[0]?.isServing === true);
    };
    const isReady = await this.run(START_LIMIT_MS, () => this.stores.every(({ life }) => life) && isReplicated());
    check(isReady, () => `no replicated cluster within ${START_LIMIT_MS} ms`);
    this.pd.schedule = this.#schedule;
    this.powerCycle(this.pd, 0);
  }

  /** Switches a process on, again and again while its disk does not let it. */
  boot(process: Process): void {
    const { name, life } = process.host;
    this.trace.note(`${name} boots`);
    process.boot().then(
      () => {
        if (process.host.life === life) this.trace.note(`${name} is up`);
      },
      (error: unknown) => {
        if (process.host.life !== life) return;
        this.trace.note(`${name}: ${describeFailure(error).split('\n')[0]}`);
        if (!(error instanceof DiskError)) this.fail(error);
        this.world.queue.schedule(BOOT_RETRY_MS, () => {
          if (process.host.life === life) this.powerCycle(process, 0);
        });
      },
    );
  }

  /** Cuts the power, and switches on after a while. Call it in an event of its own. */
  powerCycle(process: Process, offMs: number): void {
    this.trace.note(`${process.host.name} crashes`);
    process.crash();
    this.#pendingBoots.get(process)?.cancel();
    this.#pendingBoots.set(
      process,
      this.world.queue.schedule(offMs, () => {
        this.#pendingBoots.delete(process);
        this.boot(process);
      }),
    );
  }

  /** A store goes down in order, as far as it can, and comes up again. */
  restart(store: StoreProcess): void {
    const { name, life } = store.host;
    if (store.life === undefined) return;
    this.trace.note(`${name} stops`);
    const again = (): void => {
      this.world.queue.schedule(0, () => {
        if (store.host.life === life) this.powerCycle(store, 0);
      });
    };
    store.stop().then(again, (error: unknown) => {
      if (!(error instanceof DiskError)) this.fail(error);
      again();
    });
  }

  /** Runs the world; false when `done` was not reached. Throws what a check found. */
  async run(limitMs: number, done: () => boolean = () => false): Promise<boolean> {
    const reached = await this.world.run(limitMs, () => this.#failure !== undefined || done());
    if (this.#failure !== undefined) throw this.#failure.error;
    return reached;
  }

  /** The first failure ends the run. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Everything once more from its disks, and the placement driver with all that it can do. */
  restartAll(): void {
    this.pd.schedule = {};
    for (const process of [this.pd, ...this.stores]) this.powerCycle(process, 0);
  }

  /** Mends everything but crashed processes, which come up by themselves. */
  heal(): void {
    this.fabric.heal();
    for (const { host } of [this.pd, ...this.stores]) {
      if (host.machine.events.isFrozen) host.machine.events.thaw();
      host.machine.disk.capacityBytes = Number.MAX_SAFE_INTEGER;
      host.machine.disk.slowdown = 1;
      host.machine.disk.stopFailing();
    }
    for (const store of this.stores) store.life?.engine.heal();
  }
}
