/**
 * One run over one region with a replica on each of three stores: crashes, partitions, lost, repeated and reordered
 * messages, slow and failing disks, clocks that jump. Then everything heals, writes must get through and the replicas must
 * become equal.
 */

import {
  DiskError,
  keyOf,
  type PeerId,
  type RegionId,
  SeededRandom,
  SimulatedWorld,
  type StoreId,
} from '../../../base/index.ts';
import type { Region } from '../../../pd/index.ts';
import { check, describeFailure, type Outcome, outcomeOf } from '../support/outcome.ts';
import { type PlannedFault, planFaults, type RunPlan } from '../support/plan.ts';
import { Trace } from '../support/trace.ts';
import { Clients } from './clients.ts';
import { type Components, SOUND } from './components.ts';
import { Node } from './node.ts';
import { RaftChecks } from './raft-checks.ts';
import { SimulatedTransport } from './transport.ts';

export interface ReplicatedOptions {
  readonly components?: Partial<Components>;
}

const STORES = 3;
const CLIENTS = 4;
const REGION: Region = {
  regionId: 2 as RegionId,
  range: { start: keyOf('') },
  epoch: { confVer: 1, version: 1 },
  peers: Array.from({ length: STORES }, (_, i) => ({
    peerId: (101 + i) as PeerId,
    storeId: (i + 1) as StoreId,
    role: 'voter' as const,
  })),
};
const LOOK_EVERY_MS = 50;
const LONGEST_CALM_MS = 900;
const LONGEST_FAULT_MS = 3000;
const LONGEST_JUMP_MS = 10_000;
const BOOT_RETRY_MS = 100;
const PROGRESS_LIMIT_MS = 30_000;
const PROGRESS_OPERATIONS = 30;

type FaultKind = 'crash' | 'cut' | 'disturbance' | 'slow-disk' | 'disk-error' | 'clock-jump';

const FAULTS: readonly FaultKind[] = [
  ...Array<FaultKind>(7).fill('crash'),
  ...Array<FaultKind>(6).fill('cut'),
  ...Array<FaultKind>(3).fill('disturbance'),
  ...Array<FaultKind>(2).fill('slow-disk'),
  ...Array<FaultKind>(2).fill('disk-error'),
  ...Array<FaultKind>(2).fill('clock-jump'),
];

export function planReplicated(seed: number, seconds: number): RunPlan {
  return { seed, seconds, faults: planFaults(seed, seconds, FAULTS, LONGEST_CALM_MS) };
}

export function runReplicated(plan: RunPlan, options: ReplicatedOptions = {}): Promise<Outcome> {
  const run = new ReplicatedRun(plan, options);
  return outcomeOf(plan.seed, run.trace, run, () => run.run());
}

class ReplicatedRun {
  readonly trace: Trace;
  readonly #world: SimulatedWorld;
  readonly #plan: RunPlan;
  readonly #transport: SimulatedTransport;
  readonly #nodes: readonly Node[];
  readonly #checks: RaftChecks;
  readonly #clients: Clients;
  #acknowledged = 0;
  #isFaulty = true;
  #failure: { readonly error: unknown } | undefined;

  constructor(plan: RunPlan, options: ReplicatedOptions) {
    this.#plan = plan;
    this.#world = new SimulatedWorld(plan.seed);
    this.trace = new Trace(() => this.#world.queue.nowMs);
    const components = { ...SOUND, ...options.components };
    this.#transport = new SimulatedTransport(
      this.#world,
      (to, message) => this.#nodes.find(({ storeId }) => storeId === to)?.receive(message),
      (message) => {
        this.trace.digest(
          `${message.from.peerId} ${message.to.peerId} ${message.message?.type} ${message.message?.index}`,
        );
        this.#checks.sent(message);
      },
      (to, header, chunks) => this.#nodes.find(({ storeId }) => storeId === to)?.receiveSnapshot(header, chunks),
    );
    this.#nodes = REGION.peers.map(
      ({ storeId }) =>
        new Node({
          machine: this.#world.machine(`store-${storeId}`),
          random: this.#world.random.fork(),
          bootstrap: { clusterId: 1, storeId, region: REGION },
          transport: this.#transport.port,
          components,
        }),
    );
    this.#checks = new RaftChecks(this.#nodes, (error) => this.#fail(error));
    this.#clients = new Clients(this.#world, this.#nodes, components, (label) => {
      this.#acknowledged++;
      this.trace.digest(label);
    });
  }

  nowMs(): number {
    return this.#world.queue.nowMs;
  }

  acknowledged(): number {
    return this.#acknowledged;
  }

  async run(): Promise<void> {
    for (const node of this.#nodes) this.#boot(node);
    for (let i = 0; i < CLIENTS; i++) this.#clients.run().catch((error: unknown) => this.#fail(error));
    this.#look();
    for (const fault of this.#plan.faults) {
      this.#world.queue.schedule(fault.atMs, () => this.#strike(fault));
    }
    await this.#runWorld(this.#plan.seconds * 1000, () => false);
    this.trace.note('healed');
    this.#isFaulty = false;
    this.#heal();
    await this.#requireProgress();
    await this.#requireEquality();
    this.#clients.verify();
  }

  async #requireProgress(): Promise<void> {
    const before = this.#acknowledged;
    const isReached = await this.#runWorld(PROGRESS_LIMIT_MS, () => this.#acknowledged - before >= PROGRESS_OPERATIONS);
    check(isReached, () => `no progress within ${PROGRESS_LIMIT_MS} ms after everything healed`);
  }

  async #requireEquality(): Promise<void> {
    this.#clients.stop();
    const areEqual = (): boolean => {
      const [first, ...others] = this.#nodes.map(({ settledIndex }) => settledIndex);
      return first !== undefined && others.every((index) => index === first);
    };
    const isReached = await this.#runWorld(PROGRESS_LIMIT_MS, areEqual);
    const indexes = (): string => this.#nodes.map(({ settledIndex }) => settledIndex).join(', ');
    check(isReached, () => `the replicas do not catch up: applied ${indexes()}`);
    this.#checks.look();
  }

  async #runWorld(limitMs: number, done: () => boolean): Promise<boolean> {
    const reached = await this.#world.run(limitMs, () => this.#failure !== undefined || done());
    if (this.#failure !== undefined) throw this.#failure.error;
    return reached;
  }

  #look(): void {
    try {
      this.#checks.look();
    } catch (error) {
      this.#fail(error);
    }
    this.#world.queue.schedule(LOOK_EVERY_MS, () => this.#look());
  }

  #boot(node: Node): void {
    this.trace.note(`store ${node.storeId} boots`);
    node.boot().then(
      () => this.trace.note(`store ${node.storeId} is up`),
      (error: unknown) => {
        this.trace.note(`store ${node.storeId}: ${describeFailure(error).split('\n')[0]}`);
        if (!(error instanceof DiskError)) this.#fail(error);
        this.#world.queue.schedule(BOOT_RETRY_MS, () => this.#powerCycle(node, 0));
      },
    );
  }

  #powerCycle(node: Node, offMs: number): void {
    this.trace.note(`store ${node.storeId} crashes`);
    node.crash();
    this.#pendingBoot.get(node)?.cancel();
    this.#pendingBoot.set(
      node,
      this.#world.queue.schedule(offMs, () => {
        this.#pendingBoot.delete(node);
        this.#boot(node);
      }),
    );
  }

  readonly #pendingBoot = new Map<Node, { cancel(): void }>();

  #strike({ kind, dice }: PlannedFault): void {
    if (!this.#isFaulty) return;
    const random = new SeededRandom(dice);
    const leader = this.#nodes.find(({ isLeader }) => isLeader);
    const any = this.#nodes[random.below(STORES)];
    const node = random.below(2) === 0 ? (leader ?? any) : any;
    if (node === undefined) return;
    switch (kind as FaultKind) {
      case 'crash':
        this.#powerCycle(node, random.below(4) === 0 ? random.below(LONGEST_FAULT_MS) : random.below(60));
        return;
      case 'cut':
        this.#partition(node, random);
        return;
      case 'disturbance':
        this.#disturbMessages(random);
        return;
      case 'slow-disk':
        this.#slowDown(node, random);
        return;
      case 'disk-error':
        this.#breakDisk(node, random);
        return;
      case 'clock-jump':
        this.#jumpClock(node, random);
    }
  }

  /** Cuts the links of one store to one or all others, in one direction or both. */
  #partition(node: Node, random: SeededRandom): void {
    const others = this.#nodes.filter((other) => other !== node);
    const cutOff = random.below(2) === 0 ? others : others.slice(0, 1);
    const direction = random.below(3);
    const links: (readonly [StoreId, StoreId])[] = [];
    for (const { storeId } of cutOff) {
      if (direction !== 1) links.push([node.storeId, storeId]);
      if (direction !== 2) links.push([storeId, node.storeId]);
    }
    this.trace.note(`cut ${links.map(([from, to]) => `${from}>${to}`).join(' ')}`);
    for (const [from, to] of links) this.#transport.cut(from, to);
    this.#later(random, () => {
      for (const [from, to] of links) this.#transport.mend(from, to);
    });
  }

  #disturbMessages(random: SeededRandom): void {
    this.#transport.loss = random.float() * 0.3;
    this.#transport.duplication = random.float() * 0.3;
    this.#transport.maxLatencyMs = random.below(random.below(2) === 0 ? 200 : 2500);
    this.trace.note('messages are disturbed');
    this.#later(random, () => {
      this.#transport.loss = 0;
      this.#transport.duplication = 0;
      this.#transport.maxLatencyMs = 2;
    });
  }

  #slowDown(node: Node, random: SeededRandom): void {
    const { disk } = node.machine;
    disk.slowdown = 2 + random.below(300);
    this.trace.note(`store ${node.storeId} has a slow disk`);
    this.#later(random, () => {
      disk.slowdown = 1;
    });
  }

  #breakDisk(node: Node, random: SeededRandom): void {
    node.machine.disk.failNext(random.below(2) === 0 ? 'write' : 'sync', 'EIO');
    this.trace.note(`store ${node.storeId} has a broken disk`);
    this.#later(random, () => this.#powerCycle(node, 0));
  }

  #jumpClock({ storeId, machine }: Node, random: SeededRandom): void {
    const byMs = random.below(2 * LONGEST_JUMP_MS) - LONGEST_JUMP_MS;
    this.trace.note(`store ${storeId}: the clock jumps by ${byMs} ms`);
    machine.jumpClock(byMs);
  }

  /** Ends a fault after a while, unless healing has ended it before. */
  #later(random: SeededRandom, action: () => void): void {
    this.#world.queue.schedule(10 + random.below(LONGEST_FAULT_MS), () => {
      if (this.#isFaulty) action();
    });
  }

  #heal(): void {
    this.#transport.heal();
    for (const node of this.#nodes) {
      node.machine.disk.slowdown = 1;
      node.machine.disk.stopFailing();
      this.#powerCycle(node, 0);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }
}
