/**
 * Clients below the transactions: registers, written by proposals and read on whoever says that it leads their region.
 * A client asks store after store until one takes its operation, and gives up on one that does not answer.
 */

import { type Key, keyOf, type SeededRandom } from '../../../base/index.ts';
import { type KvReader, RegionError } from '../../../tikv-lite/index.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { checkRegisters, type RegisterOperation } from '../check/register.ts';
import { CheckFailed } from '../support/outcome.ts';
import type { StoreProcess } from './store-process.ts';
import type { ClusterWorld } from './world.ts';

/** First letters, so that splits come between them. */
export const RAW_KEYS: readonly string[] = ['apple', 'grape', 'lemon', 'mango', 'peach', 'quince'];
const INITIAL = 'nothing';
const ANSWER_LIMIT_MS = 1500;

/** How clients get at a store; a run may replace it by something faulty. */
export interface RawAccess {
  /** The replica that holds a user key. */
  locate(store: StoreProcess, key: Key): Peer | undefined;
  /** Throws RegionError where it may not be read. */
  read(peer: Peer, store: StoreProcess): Pick<KvReader, 'get'>;
}

const SOUND_ACCESS: RawAccess = {
  locate: (store, key) => store.peerOf(key),
  read: (peer) => peer.read(),
};

export class RawClients {
  readonly #history: RegisterOperation[] = [];
  readonly #cluster: ClusterWorld;
  readonly #random: SeededRandom;
  readonly #thinkingMs: number;
  readonly #access: RawAccess;
  #acknowledged = 0;
  readonly #acknowledgedOf = new Map<string, number>();
  #instant = 0;
  #nextValue = 1;
  #isOver = false;

  constructor(
    cluster: ClusterWorld,
    options: { readonly thinkingMs: number; readonly access?: Partial<RawAccess> | undefined },
  ) {
    this.#cluster = cluster;
    this.#random = cluster.world.random.fork();
    this.#thinkingMs = options.thinkingMs;
    this.#access = { ...SOUND_ACCESS, ...options.access };
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How many operations on one of the keys succeeded. */
  acknowledgedOf(name: string): number {
    return this.#acknowledgedOf.get(name) ?? 0;
  }

  start(count: number): void {
    for (let i = 0; i < count; i++) this.#run().catch((error: unknown) => this.#cluster.fail(error));
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Throws CheckFailed. */
  verify(): void {
    checkRegisters(this.#history, INITIAL);
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.#sleep(this.#random.below(this.#thinkingMs));
      const name = RAW_KEYS[this.#random.below(RAW_KEYS.length)] ?? '';
      const { stores } = this.#cluster;
      const first = this.#random.below(stores.length);
      const writes = this.#random.below(2) === 0;
      for (let i = 0; i < stores.length; i++) {
        const store = stores[(first + i) % stores.length];
        const calledAt = ++this.#instant;
        await this.#sleep(this.#random.below(3));
        if (store === undefined || store.host.machine.events.isFrozen) continue;
        const peer = this.#access.locate(store, keyOf(name));
        if (peer?.isLeader !== true) continue;
        const isDone = writes ? await this.#write(peer, name, calledAt) : this.#tryRead(peer, store, name, calledAt);
        if (isDone) break;
      }
    }
  }

  #tryRead(peer: Peer, store: StoreProcess, name: string, calledAt: number): boolean {
    try {
      const bytes = this.#access.read(peer, store).get(keyOf(`d${name}`));
      const value = bytes === undefined ? INITIAL : Buffer.from(bytes).toString('latin1');
      this.#history.push({ kind: 'read', key: name, value, calledAt, returnedAt: ++this.#instant });
      this.#note(name, `${name} is ${value}`);
      return true;
    } catch (error) {
      if (error instanceof CheckFailed || !(error instanceof RegionError)) throw error;
      return false;
    }
  }

  /** True when the operation went somewhere, whether or not it was heard of again. */
  async #write(peer: Peer, name: string, calledAt: number): Promise<boolean> {
    const value = `v${this.#nextValue++}`;
    const operation: RegisterOperation = { kind: 'write', key: name, value, calledAt, returnedAt: undefined };
    const key = `d${name}` as Key;
    const told = peer.propose([{ kind: 'put', key, value: Buffer.from(value, 'latin1') }]).then(
      () => 'committed' as const,
      (error: unknown) => {
        if (!(error instanceof RegionError)) throw error;
        return error.kind === 'stale-command' || error.kind === 'store-failed' ? 'unknown' : 'refused';
      },
    );
    this.#history.push(operation);
    const answer = await Promise.race([told, this.#sleep(ANSWER_LIMIT_MS).then(() => 'unknown' as const)]);
    if (answer === 'refused') {
      this.#history.splice(this.#history.indexOf(operation), 1);
      return false;
    }
    if (answer === 'committed') {
      operation.returnedAt = ++this.#instant;
      this.#note(name, `${name} = ${value}`);
    }
    return true;
  }

  #note(name: string, label: string): void {
    this.#acknowledged++;
    this.#acknowledgedOf.set(name, this.acknowledgedOf(name) + 1);
    this.#cluster.trace.digest(label);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#cluster.world.queue.schedule(ms, resolve);
    });
  }
}
