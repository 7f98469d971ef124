/**
 * One run over one store: clients of all workloads, faults for a while with every check that can be made at any time;
 * then the world is healed, every workload must get on, and what everybody remembers is checked against what is there.
 */

import { DiskError, type SeededRandom, SimulatedWorld } from '../../../base/index.ts';
import { checkPercolator, recordsOf } from '../check/percolator.ts';
import { TimestampOrder } from '../check/timestamps.ts';
import { check, describeFailure, type Outcome, outcomeOf } from '../support/outcome.ts';
import { planFaults, type RunPlan } from '../support/plan.ts';
import { Trace } from '../support/trace.ts';
import { Bank } from '../workload/bank.ts';
import { ListAppend } from '../workload/list-append.ts';
import { Register } from '../workload/register.ts';
import { UniqueInsert } from '../workload/unique-insert.ts';
import { attempt, pause, type Session, type Workload } from '../workload/workload.ts';
import { type Components, SOUND } from './components.ts';
import { ALL_FAULTS, type FaultKind, Faults, LONGEST_CALM_MS } from './faults.ts';
import { type Life, StoreProcess } from './process.ts';

export interface OneStoreOptions {
  readonly components?: Partial<Components>;
}

const CLIENTS_PER_WORKLOAD = 2;
/** Two of them are more than async commit takes. */
const LONG_KEY_BYTES = 2100;
/** One of them holds for a whole run: crowds find other things than single steps far apart. */
const LONGEST_THINKING_MS: readonly number[] = [60, 300, 1000];
const BOOT_RETRY_MS = 100;
const BOOT_LIMIT_MS = 30_000;
const PROGRESS_LIMIT_MS = 90_000;
/** After so much time every lock of a dead client has expired, whatever the clock did. */
const LOCK_LIFETIME_MS = 60_000;
const PROGRESS_STEPS = 5;
const VERIFY_LIMIT_MS = 120_000;

export function planOneStore(seed: number, seconds: number, kinds: readonly FaultKind[] = ALL_FAULTS): RunPlan {
  return { seed, seconds, faults: planFaults(seed, seconds, kinds, LONGEST_CALM_MS) };
}

export function runOneStore(plan: RunPlan, options: OneStoreOptions = {}): Promise<Outcome> {
  const run = new OneStoreRun(plan, options);
  return outcomeOf(plan.seed, run.trace, run, () => run.run());
}

class OneStoreRun {
  readonly trace: Trace;
  readonly #world: SimulatedWorld;
  readonly #plan: RunPlan;
  readonly #thinkingMs: number;
  readonly #process: StoreProcess;
  readonly #workloads: readonly Workload[];
  readonly #random: SeededRandom;
  readonly #steps = new Map<Workload, number>();
  #acknowledged = 0;
  #instant = 0;
  #idleMs = 0;
  /** Grows with every boot, crash and stop: what belongs to an older number is over. */
  #era = 0;
  #clientsRun = true;
  #failure: { readonly error: unknown } | undefined;

  constructor(plan: RunPlan, options: OneStoreOptions) {
    this.#plan = plan;
    this.#world = new SimulatedWorld(plan.seed);
    this.trace = new Trace(() => this.#world.queue.nowMs);
    this.#random = this.#world.random.fork();
    const components = { ...SOUND, ...options.components };
    const order = new TimestampOrder((error) => this.#fail(error));
    const machine = this.#world.machine('store');
    this.#thinkingMs = LONGEST_THINKING_MS[this.#random.below(LONGEST_THINKING_MS.length)] ?? 0;
    const keyBytes = this.#random.below(2) === 0 ? LONG_KEY_BYTES : 0;
    this.#workloads = [new Bank({ keyBytes }), new ListAppend(), new UniqueInsert(), new Register()];
    this.#process = new StoreProcess(machine, components, this.#world.random.fork(), order);
  }

  /** Without the time that passed idly. */
  nowMs(): number {
    return this.#world.queue.nowMs - this.#idleMs;
  }

  acknowledged(): number {
    return this.#acknowledged;
  }

  async run(): Promise<void> {
    await this.#setUp();
    const faults = new Faults(
      this.#world,
      {
        process: this.#process,
        powerCycle: (offMs) => this.#powerCycle(offMs),
        restart: () => this.#restart(),
      },
      this.trace,
      this.#plan.faults,
    );
    await this.#world.run(this.#plan.seconds * 1000, () => this.#failure !== undefined);
    this.#raise();
    this.trace.note('healed');
    faults.heal();
    this.#powerCycle(0);
    await this.#requireProgress();
    await this.#verify();
  }

  async #setUp(): Promise<void> {
    const life = await this.#world.settle(this.#process.boot({ collects: true }));
    const session = this.#session(life);
    for (const workload of this.#workloads) await this.#world.settle(workload.setUp(session));
    this.#startClients(life);
  }

  async #requireProgress(): Promise<void> {
    const before = new Map(this.#steps);
    const hasMoved = (workload: Workload): boolean =>
      (this.#steps.get(workload) ?? 0) - (before.get(workload) ?? 0) >= PROGRESS_STEPS;
    const reached = await this.#world.run(
      PROGRESS_LIMIT_MS,
      () => this.#failure !== undefined || this.#workloads.every(hasMoved),
    );
    this.#raise();
    const stuck = this.#workloads.filter((workload) => !hasMoved(workload)).map(({ name }) => name);
    check(reached, () => `no progress within ${PROGRESS_LIMIT_MS} ms after everything healed: ${stuck.join(', ')}`);
  }

  /** Ends the clients with one more power cut, so that what is read back came through the log. */
  async #verify(): Promise<void> {
    this.#clientsRun = false;
    this.#powerCycle(0);
    const isUp = await this.#world.run(
      BOOT_LIMIT_MS,
      () => this.#failure !== undefined || this.#process.life !== undefined,
    );
    this.#raise();
    const { life } = this.#process;
    check(isUp && life !== undefined, () => 'the store does not open after everything healed');
    await this.#world.run(LOCK_LIFETIME_MS);
    this.#idleMs = LOCK_LIFETIME_MS;
    const session = this.#session(life);
    for (const workload of this.#workloads) {
      await this.#world.settle(workload.verify(session), VERIFY_LIMIT_MS);
      this.trace.note(`${workload.name} verified`);
    }
    await checkPercolator(recordsOf(life.store.engine));
    await this.#world.settle(this.#process.stop());
  }

  #powerCycle(offMs: number): void {
    this.#process.crash();
    const era = ++this.#era;
    this.#world.queue.schedule(offMs, () => {
      if (era === this.#era) this.#boot();
    });
  }

  #restart(): void {
    const era = ++this.#era;
    this.#process.stop().then(
      () => this.#rebootLater(era, 0),
      (error: unknown) => {
        if (!(error instanceof DiskError)) this.#fail(error);
        this.#rebootLater(era, BOOT_RETRY_MS);
      },
    );
  }

  /** Ends the life in an event of its own: in the middle of promise reactions some of them would outlive it. */
  #rebootLater(era: number, delayMs: number): void {
    this.#world.queue.schedule(delayMs, () => {
      if (era === this.#era) this.#powerCycle(0);
    });
  }

  #boot(): void {
    const era = ++this.#era;
    this.trace.note('boot');
    this.#process.boot({ collects: this.#clientsRun }).then(
      (life) => {
        if (era !== this.#era) return;
        this.trace.note('serving');
        this.#startClients(life);
      },
      (error: unknown) => {
        if (era !== this.#era) return;
        this.trace.note(`boot failed: ${describeFailure(error).split('\n')[0]}`);
        if (!(error instanceof DiskError)) this.#fail(error);
        this.#rebootLater(era, BOOT_RETRY_MS);
      },
    );
  }

  #startClients(life: Life): void {
    if (!this.#clientsRun) return;
    const session = this.#session(life);
    this.#checkEngine(life).catch((error: unknown) => this.#fail(error));
    for (const workload of this.#workloads) {
      for (let client = 0; client < CLIENTS_PER_WORKLOAD; client++) {
        this.#client(workload, session).catch((error: unknown) => this.#fail(error));
      }
    }
  }

  /** Right after the start the engine holds exactly what the log says. */
  async #checkEngine(life: Life): Promise<void> {
    await attempt(() => checkPercolator(recordsOf(life.store.engine)));
  }

  async #client(workload: Workload, session: Session): Promise<void> {
    const { life } = this.#process;
    while (this.#process.life === life && this.#failure === undefined && this.#clientsRun) {
      await pause(session, this.#thinkingMs);
      const before = this.#acknowledged;
      await workload.step(session);
      if (this.#acknowledged > before) this.#steps.set(workload, (this.#steps.get(workload) ?? 0) + 1);
    }
  }

  #session({ storage }: Life): Session {
    return {
      storage,
      machine: this.#process.machine,
      random: this.#random,
      instant: () => ++this.#instant,
      acknowledged: (label) => {
        this.#acknowledged++;
        this.trace.digest(`${this.nowMs()} ${label}`);
      },
    };
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #raise(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
