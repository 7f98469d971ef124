/**
 * One run over a whole cluster: stores, a placement driver, and clients of all workloads on machines of their own, with
 * regions so small that most transactions cross them, reorganised all the time, under all faults. Then everything heals,
 * every workload must get on, the replicas become equal, and what everybody remembers is checked against what is there.
 */

import { type Key, keyOf } from '../../../base/index.ts';
import { TransactionError } from '../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { checkPercolator } from '../check/percolator.ts';
import { CheckFailed, check, type Outcome, outcomeOf } from '../support/outcome.ts';
import type { RunPlan } from '../support/plan.ts';
import { Bank } from '../workload/bank.ts';
import { ListAppend } from '../workload/list-append.ts';
import { Register } from '../workload/register.ts';
import { UniqueInsert } from '../workload/unique-insert.ts';
import { attempt, pause, type Session, type Workload } from '../workload/workload.ts';
import { Churn, shapeOf } from './churn.ts';
import { ClientProcess } from './client-process.ts';
import { clusterOf } from './cluster-of.ts';
import { clusterRecords } from './cluster-records.ts';
import { ClusterFaults } from './faults.ts';
import { Host } from './host.ts';
import { leaderless, requirePlacement } from './placement-checks.ts';
import { requireRest, state } from './rest.ts';
import type { StoreComponents } from './store-process.ts';
import type { ClusterWorld } from './world.ts';

export interface TransactionsOptions {
  readonly components?: Partial<StoreComponents>;
  /** How long transactions hesitate at most between their locks and their end, in milliseconds. */
  readonly longestHesitationMs?: number | undefined;
  /** How long a client thinks at most between two transactions, in milliseconds. By default the seed chooses. */
  readonly thinkingMs?: number | undefined;
}

const LONG_KEY_BYTES = 2100;
const LOOK_EVERY_MS = 200;
const LOOKS_PER_COMPARISON = 10;
const LOOKS_PER_RECORD_CHECK = 25;
const CLIENT_CRASH_MS = 15_000;
const SET_UP_LIMIT_MS = 60_000;
const PROGRESS_LIMIT_MS = 120_000;
const PROGRESS_STEPS = 5;
const VERIFY_LIMIT_MS = 240_000;
/** After so much time every lock of a dead client has expired, whatever the clocks did. */
const LOCK_LIFETIME_MS = 60_000;

const SPLIT_KEYS: readonly Key[] = [
  'bank/2',
  'bank/3',
  'bank/5',
  'list/1',
  'list/14',
  'list/2',
  'list/25',
  'list/3',
  'register/1',
  'unique/2/',
].map((key) => regionKeyOf(keyOf(key)));

export function runTransactions(plan: RunPlan, options: TransactionsOptions = {}): Promise<Outcome> {
  const run = new TransactionsRun(plan, options);
  return outcomeOf(plan.seed, run.cluster.trace, run, () => run.run());
}

class TransactionsRun {
  readonly cluster: ClusterWorld;
  readonly #plan: RunPlan;
  readonly #clients: readonly ClientProcess[];
  readonly #workloads: readonly Workload[];
  readonly #thinkingMs: number;
  readonly #steps = new Map<Workload, number>();
  #acknowledged = 0;
  #instant = 0;
  #idleMs = 0;
  #looks = 0;
  #isCheckingRecords = false;
  #clientsRun = true;

  constructor(plan: RunPlan, { components, longestHesitationMs, thinkingMs }: TransactionsOptions) {
    this.#plan = plan;
    this.cluster = clusterOf(plan, components);
    const { cluster } = this;
    const { random, fabric, pd, world } = cluster;
    const chosenMs = [200, 800, 3000][random.below(3)] ?? 400;
    this.#thinkingMs = thinkingMs ?? chosenMs;
    const keyBytes = random.below(3) === 0 ? LONG_KEY_BYTES : 0;
    this.#workloads = [
      new Bank({ keyBytes, longestHesitationMs }),
      new ListAppend({ longestHesitationMs }),
      new UniqueInsert(),
      new Register(),
    ];
    this.#clients = Array.from(
      { length: 2 + random.below(2) },
      (_, i) =>
        new ClientProcess({
          host: new Host(world, `client-${i + 1}`),
          fabric,
          pd,
          hostOf: (storeId) => cluster.store(storeId)?.host,
          serviceOf: (storeId) => cluster.store(storeId)?.life?.kv,
          marks: cluster.marks,
          traced: (text) => cluster.trace.digest(text),
        }),
    );
  }

  /** Without the time that passed idly. */
  nowMs(): number {
    return this.cluster.nowMs - this.#idleMs;
  }

  acknowledged(): number {
    return this.#acknowledged;
  }

  async run(): Promise<void> {
    const { cluster } = this;
    await cluster.start();
    for (const client of this.#clients) client.boot();
    this.#look();
    await this.#setUp();
    const churn = new Churn(cluster, {
      splitKeys: SPLIT_KEYS,
      maxRegions: 12,
      longestCalmMs: 1500,
      ...shapeOf(this.#plan.seed).churn,
    });
    for (const client of this.#clients) this.#start(client);
    const faults = new ClusterFaults(
      cluster,
      churn,
      this.#clients.map(({ host }) => host),
      this.#plan.faults,
    );
    this.#crashClients();
    await cluster.run(this.#plan.seconds * 1000);
    cluster.trace.note('healed');
    churn.stop();
    faults.end();
    cluster.restartAll();
    await this.#requireProgress();
    await this.#verify();
  }

  async #setUp(): Promise<void> {
    const [client] = this.#clients;
    if (client === undefined) throw new Error('there are clients');
    const session = this.#session(client);
    for (const workload of this.#workloads) {
      let isDone = false;
      const attempts = async (): Promise<void> => {
        while (!isDone) isDone = (await attempt(() => workload.setUp(session).then(() => true))) === true;
      };
      attempts().catch((error: unknown) => this.cluster.fail(error));
      const reached = await this.cluster.run(SET_UP_LIMIT_MS, () => isDone);
      check(reached, () => `${workload.name} cannot be set up within ${SET_UP_LIMIT_MS} ms`);
    }
  }

  #start(client: ClientProcess): void {
    for (const workload of this.#workloads) {
      this.#loop(client, workload).catch((error: unknown) => this.cluster.fail(error));
    }
  }

  async #loop(client: ClientProcess, workload: Workload): Promise<void> {
    const session = this.#session(client);
    const { life } = client.host;
    while (client.host.life === life && !this.cluster.hasFailed && this.#clientsRun) {
      await pause(session, this.#thinkingMs);
      const before = this.#acknowledged;
      await workload.step(session);
      if (this.#acknowledged > before) this.#steps.set(workload, (this.#steps.get(workload) ?? 0) + 1);
    }
  }

  /** A gateway dies with transactions under way, and another one takes its place. */
  #crashClients(): void {
    this.cluster.world.queue.schedule(1000 + this.cluster.random.below(CLIENT_CRASH_MS), () => {
      const client = this.#clients[this.cluster.random.below(this.#clients.length)];
      if (client === undefined || !this.#clientsRun) return;
      this.cluster.trace.note(`${client.host.name} crashes`);
      this.#restart(client);
      this.#crashClients();
    });
  }

  #restart(client: ClientProcess): void {
    client.crash();
    client.boot();
    this.#start(client);
  }

  #session(client: ClientProcess): Session {
    const { storage, host } = client;
    const { life } = host;
    if (storage === undefined) throw new Error(`${host.name} is up`);
    return {
      storage,
      machine: host.machine,
      random: host.random,
      instant: () => ++this.#instant,
      acknowledged: (label) => {
        if (host.life !== life) this.cluster.fail(new Error(`${host.name} lives on after its end`));
        this.#acknowledged++;
        this.cluster.trace.digest(`${this.cluster.nowMs} ${label}`);
      },
    };
  }

  #look(): void {
    const { cluster } = this;
    this.#looks++;
    try {
      cluster.checks.look({ compareContents: this.#looks % LOOKS_PER_COMPARISON === 0 });
    } catch (error) {
      cluster.fail(error);
    }
    if (this.#looks % LOOKS_PER_RECORD_CHECK === 0 && !this.#isCheckingRecords) {
      this.#isCheckingRecords = true;
      checkPercolator(clusterRecords(cluster)).then(
        () => {
          this.#isCheckingRecords = false;
        },
        (error: unknown) => cluster.fail(error),
      );
    }
    cluster.world.queue.schedule(LOOK_EVERY_MS, () => this.#look());
  }

  async #requireProgress(): Promise<void> {
    const before = new Map(this.#steps);
    const hasMoved = (workload: Workload): boolean =>
      (this.#steps.get(workload) ?? 0) - (before.get(workload) ?? 0) >= PROGRESS_STEPS;
    const { cluster } = this;
    const reached = await cluster.run(
      PROGRESS_LIMIT_MS,
      () => this.#workloads.every(hasMoved) && leaderless(cluster) === undefined,
    );
    const stuck = (): string =>
      [
        ...this.#workloads.filter((one) => !hasMoved(one)).map(({ name }) => name),
        leaderless(cluster) ?? state(cluster),
      ].join(', ');
    check(reached, () => `no progress within ${PROGRESS_LIMIT_MS} ms after everything healed: ${stuck()}`);
  }

  #unreadable({ name }: Workload, { message }: TransactionError): CheckFailed {
    return new CheckFailed(`${name} cannot be read back: ${message}; ${state(this.cluster)}`);
  }

  async #verify(): Promise<void> {
    const { cluster } = this;
    this.#clientsRun = false;
    for (const client of this.#clients) client.crash();
    await cluster.run(LOCK_LIFETIME_MS);
    this.#idleMs = LOCK_LIFETIME_MS;
    const [client] = this.#clients;
    if (client === undefined) throw new Error('there are clients');
    client.boot({ collects: false });
    const session = this.#session(client);
    for (const workload of this.#workloads) {
      let isVerified = false;
      workload.verify(session).then(
        () => {
          isVerified = true;
        },
        (error: unknown) => cluster.fail(error instanceof TransactionError ? this.#unreadable(workload, error) : error),
      );
      const reached = await cluster.run(VERIFY_LIMIT_MS, () => isVerified);
      check(reached, () => `${workload.name} cannot be read back within ${VERIFY_LIMIT_MS} ms; ${state(cluster)}`);
      cluster.trace.note(`${workload.name} verified`);
    }
    await requirePlacement(cluster);
    await requireRest(cluster);
    await checkPercolator(clusterRecords(cluster));
  }
}
