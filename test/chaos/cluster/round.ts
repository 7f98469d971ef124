/** One round of clients on all gateways of a cluster, from the first fault until writes are acknowledged again. */

import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../../../base/index.ts';
import type { Member } from '../../support/cluster-process.ts';
import { urlOf } from '../../support/make-account.ts';
import type { Bank } from './bank.ts';
import { ChaosClient, type Outcome, WrongResult } from './client.ts';
import { changeIndex, splitTable } from './definitions.ts';
import type { Lists } from './lists.ts';

/** In which every gateway must acknowledge a write after everything healed. */
const RECOVERY_LIMIT_MS = 60_000;
const MAX_DEFINITION_DELAY_MS = 3000;
const WRITES_AFTER_HEALING = 5;
const MAX_SPLITS = 3;

export class Round {
  readonly #gateways: readonly Member[];
  readonly #bank: Bank;
  readonly #lists: Lists;
  readonly #random: SeededRandom;
  /** Acknowledged writes per gateway since everything healed. */
  #acknowledged: Map<Member, number> | undefined;
  #isOver = false;
  readonly errors = new Map<number, number>();
  /** Per client, for a person who looks for what held it up. */
  readonly lastErrors: string[] = [];
  /** What came of the schema change. */
  definition: Outcome | undefined;

  constructor(gateways: readonly Member[], bank: Bank, lists: Lists, random: SeededRandom) {
    this.#gateways = gateways;
    this.#bank = bank;
    this.#lists = lists;
    this.#random = random;
  }

  /** Answers how long it took until every gateway acknowledged writes again. */
  async run(clients: number, faults: readonly Promise<void>[]): Promise<number> {
    const gateways = this.#gateways;
    const running = Array.from({ length: clients }, (_, i) => {
      const gateway = gateways[i % gateways.length];
      return gateway === undefined
        ? Promise.resolve()
        : this.#client(gateway, Math.floor(i / gateways.length) % 2 === 0);
    });
    const definer = gateways[this.#random.below(gateways.length)];
    if (definer !== undefined) running.push(this.#define(definer), this.#split(definer));
    const everyone = Promise.all(running);
    let recoveryMs = 0;
    try {
      recoveryMs = await Promise.race([this.#recovery(faults), everyone.then(() => 0)]);
    } finally {
      this.#isOver = true;
      await everyone;
    }
    return recoveryMs;
  }

  async #recovery(faults: readonly Promise<void>[]): Promise<number> {
    await Promise.all(faults);
    const healedAt = performance.now();
    const acknowledged = new Map(this.#gateways.map((gateway) => [gateway, 0]));
    this.#acknowledged = acknowledged;
    for (;;) {
      await delay(20);
      const elapsedMs = performance.now() - healedAt;
      if ([...acknowledged.values()].every((count) => count >= WRITES_AFTER_HEALING)) return elapsedMs;
      if (elapsedMs <= RECOVERY_LIMIT_MS) continue;
      const counts = [...acknowledged].map(([{ name }, count]) => `${name} ${count}`).join(', ');
      throw new WrongResult(`no writes within ${RECOVERY_LIMIT_MS} ms after everything healed: ${counts}`);
    }
  }

  /** One schema change somewhere in the round. */
  async #define(gateway: Member): Promise<void> {
    const client = new ChaosClient(urlOf(gateway));
    await delay(this.#random.below(MAX_DEFINITION_DELAY_MS));
    if (!this.#isOver) this.definition = await changeIndex(client, this.#random.fork());
    client.close();
  }

  /** Some tables are split somewhere in the round. */
  async #split(gateway: Member): Promise<void> {
    const client = new ChaosClient(urlOf(gateway));
    const random = this.#random.fork();
    for (let i = random.below(MAX_SPLITS + 1); i > 0; i--) {
      await delay(random.below(MAX_DEFINITION_DELAY_MS));
      if (!this.#isOver) await splitTable(client, random);
    }
    client.close();
  }

  async #client(gateway: Member, isBank: boolean): Promise<void> {
    const client = new ChaosClient(urlOf(gateway));
    const random = this.#random.fork();
    try {
      while (!this.#isOver) {
        const outcome: Outcome = isBank
          ? await this.#bank.step(client, random)
          : await this.#lists.step(client, random);
        const counts = this.#acknowledged;
        if (outcome === 'committed') counts?.set(gateway, (counts.get(gateway) ?? 0) + 1);
      }
    } finally {
      client.close();
      this.lastErrors.push(`${gateway.name}: ${client.lastError ?? 'nothing'}`);
      for (const [errno, count] of client.errors) this.errors.set(errno, (this.errors.get(errno) ?? 0) + count);
    }
  }
}
