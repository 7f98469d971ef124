/**
 * Clients of a replicated region: registers, written by proposals and read on whoever says that it leads. A client asks
 * store after store until one takes its operation, and gives up on one that does not answer.
 */

import { type Key, keyOf, type SeededRandom, type SimulatedWorld } from '../../../base/index.ts';
import { RegionError } from '../../../tikv-lite/index.ts';
import { checkRegisters, type RegisterOperation } from '../check/register.ts';
import { CheckFailed } from '../support/outcome.ts';
import type { Components } from './components.ts';
import type { Node, NodeLife } from './node.ts';

const KEYS = 3;
const INITIAL = 'nothing';
const ANSWER_LIMIT_MS = 1500;
const LONGEST_THINKING_MS = 60;

export class Clients {
  readonly history: RegisterOperation[] = [];
  readonly #world: SimulatedWorld;
  readonly #random: SeededRandom;
  readonly #nodes: readonly Node[];
  readonly #components: Components;
  readonly #acknowledged: (label: string) => void;
  #instant = 0;
  #nextValue = 1;
  #isOver = false;

  constructor(
    world: SimulatedWorld,
    nodes: readonly Node[],
    components: Components,
    acknowledged: (label: string) => void,
  ) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#nodes = nodes;
    this.#components = components;
    this.#acknowledged = acknowledged;
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Throws CheckFailed. */
  verify(): void {
    checkRegisters(this.history, INITIAL);
  }

  /** One client, until `stop`. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.#sleep(this.#random.below(LONGEST_THINKING_MS));
      const name = `register/${this.#random.below(KEYS)}`;
      const first = this.#random.below(this.#nodes.length);
      const writes = this.#random.below(2) === 0;
      for (let i = 0; i < this.#nodes.length; i++) {
        const node = this.#nodes[(first + i) % this.#nodes.length];
        if (node === undefined) continue;
        const calledAt = ++this.#instant;
        await this.#sleep(this.#random.below(3));
        const { life } = node;
        if (life === undefined) continue;
        const isDone = writes ? await this.#write(life, name, calledAt) : this.#read(life, name, calledAt);
        if (isDone) break;
      }
    }
  }

  #read({ store }: NodeLife, name: string, calledAt: number): boolean {
    try {
      const bytes = this.#components.read(store).get(keyOf(`d${name}`));
      const value = bytes === undefined ? INITIAL : Buffer.from(bytes).toString('latin1');
      this.history.push({ kind: 'read', key: name, value, calledAt, returnedAt: ++this.#instant });
      this.#acknowledged(`${name} is ${value}`);
      return true;
    } catch (error) {
      if (error instanceof CheckFailed || !isOfTheFault(error)) throw error;
      return false;
    }
  }

  /** True when the operation went somewhere, whether or not it was heard of again. */
  async #write({ peer }: NodeLife, name: string, calledAt: number): Promise<boolean> {
    const value = `v${this.#nextValue++}`;
    const operation: RegisterOperation = {
      kind: 'write',
      key: name,
      value,
      calledAt,
      returnedAt: undefined,
    };
    const key = `d${name}` as Key;
    const told = peer.propose([{ kind: 'put', key, value: Buffer.from(value, 'latin1') }]).then(
      () => 'committed' as const,
      (error: unknown) => {
        if (!isOfTheFault(error)) throw error;
        return isOpen(error) ? ('unknown' as const) : ('refused' as const);
      },
    );
    this.history.push(operation);
    const answer = await Promise.race([told, this.#sleep(ANSWER_LIMIT_MS).then(() => 'unknown' as const)]);
    if (answer === 'refused') {
      this.history.splice(this.history.indexOf(operation), 1);
      return false;
    }
    if (answer === 'committed') {
      operation.returnedAt = ++this.#instant;
      this.#acknowledged(`${name} = ${value}`);
    }
    return true;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.queue.schedule(ms, resolve);
    });
  }
}

function isOfTheFault(error: unknown): error is RegionError {
  return error instanceof RegionError;
}

function isOpen(error: RegionError): boolean {
  return error.kind === 'stale-command' || error.kind === 'store-failed';
}
