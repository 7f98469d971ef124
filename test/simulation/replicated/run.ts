/**
 * One run over one region with a replica on each of three stores: crashes, partitions, lost, repeated and reordered
 * messages, slow and failing disks. Then everything heals, writes must get through and the replicas must become equal.
 */

import {
  DiskError,
  keyOf,
  type PeerId,
  type RegionId,
  type SeededRandom,
  SimulatedWorld,
  type StoreId,
} from '../../../base/index.ts';
import type { Region } from '../../../pd/index.ts';
import { check, describeFailure, type Outcome, outcomeOf } from '../support/outcome.ts';
import { Trace } from '../support/trace.ts';
import { Clients } from './clients.ts';
import { type Components, SOUND } from './components.ts';
import { Node } from './node.ts';
import { RaftChecks } from './raft-checks.ts';
import { SimulatedTransport } from './transport.ts';

export interface ReplicatedOptions {
  readonly seed: number;
  readonly faultySeconds: number;
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
const BOOT_RETRY_MS = 100;
const PROGRESS_LIMIT_MS = 30_000;
const PROGRESS_OPERATIONS = 30;

export function runReplicated(options: ReplicatedOptions): Promise<Outcome> {
  const run = new ReplicatedRun(options);
  return outcomeOf(options.seed, run.trace, run, () => run.run());
}

class ReplicatedRun {
  readonly trace: Trace;
  readonly #world: SimulatedWorld;
  readonly #options: ReplicatedOptions;
  readonly #random: SeededRandom;
  readonly #transport: SimulatedTransport;
  readonly #nodes: readonly Node[];
  readonly #checks: RaftChecks;
  readonly #clients: Clients;
  #acknowledged = 0;
  #isFaulty = true;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: ReplicatedOptions) {
    this.#options = options;
    this.#world = new SimulatedWorld(options.seed);
    this.trace = new Trace(() => this.#world.queue.nowMs);
    this.#random = this.#world.random.fork();
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
    this.#strikeLater();
    await this.#runWorld(this.#options.faultySeconds * 1000, () => false);
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

  #strikeLater(): void {
    this.#world.queue.schedule(20 + this.#random.below(LONGEST_CALM_MS), () => {
      if (!this.#isFaulty) return;
      this.#strike();
      this.#strikeLater();
    });
  }

  #strike(): void {
    const random = this.#random;
    const leader = this.#nodes.find(({ isLeader }) => isLeader);
    const any = this.#nodes[random.below(STORES)];
    const node = random.below(2) === 0 ? (leader ?? any) : any;
    if (node === undefined) return;
    const dice = random.float();
    if (dice < 0.35) this.#powerCycle(node, random.below(4) === 0 ? random.below(LONGEST_FAULT_MS) : random.below(60));
    else if (dice < 0.65) this.#partition(node);
    else if (dice < 0.8) this.#disturbMessages();
    else if (dice < 0.9) this.#slowDown(node);
    else this.#breakDisk(node);
  }

  /** Cuts the links of one store to one or all others, in one direction or both. */
  #partition(node: Node): void {
    const random = this.#random;
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
    this.#later(() => {
      for (const [from, to] of links) this.#transport.mend(from, to);
    });
  }

  #disturbMessages(): void {
    const random = this.#random;
    this.#transport.loss = random.float() * 0.3;
    this.#transport.duplication = random.float() * 0.3;
    this.#transport.maxLatencyMs = random.below(random.below(2) === 0 ? 200 : 2500);
    this.trace.note('messages are disturbed');
    this.#later(() => {
      this.#transport.loss = 0;
      this.#transport.duplication = 0;
      this.#transport.maxLatencyMs = 2;
    });
  }

  #slowDown(node: Node): void {
    const { disk } = node.machine;
    disk.slowdown = 2 + this.#random.below(300);
    this.trace.note(`store ${node.storeId} has a slow disk`);
    this.#later(() => {
      disk.slowdown = 1;
    });
  }

  #breakDisk(node: Node): void {
    node.machine.disk.failNext(this.#random.below(2) === 0 ? 'write' : 'sync', 'EIO');
    this.trace.note(`store ${node.storeId} has a broken disk`);
    this.#later(() => this.#powerCycle(node, 0));
  }

  #later(action: () => void): void {
    this.#world.queue.schedule(10 + this.#random.below(LONGEST_FAULT_MS), action);
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
