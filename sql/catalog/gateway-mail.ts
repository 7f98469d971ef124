/**
 * Questions from one gateway to another, through the KV: the asker writes a record that the other sees when it looks for
 * news, and which it replaces by its answer. Slow (tenths of a second) and for rare things only: KILL of a connection of
 * another gateway, lists of the connections of all.
 *
 * A question lives until its asker has the answer or gives up; those of a gateway that is gone go with its other records.
 */

import { type Env, type Key, type KeyRange, keyOf, pause, prefixRange } from '../../base/index.ts';
import type { Storage, Transaction } from '../../tikv-lite/index.ts';
import { smallTransaction } from './small-transaction.ts';

/** Below the records that every gateway reads when it looks for news. */
export const QUESTION_PREFIX = 'mshoal:gateway:q:';
const ANSWER_PREFIX = 'mshoal:gateway-answer:';
const POLL_MS = 25;
const PAGE = 256;

export interface Question {
  /** Unique among all gateways: `from` and a number. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Plain JSON. */
  readonly body: unknown;
}

function questionKey(id: string): Key {
  return keyOf(`${QUESTION_PREFIX}${id}`);
}

function answerKey(id: string): Key {
  return keyOf(`${ANSWER_PREFIX}${id}`);
}

export function decodeQuestion(value: Uint8Array): Question {
  return JSON.parse(Buffer.from(value).toString()) as Question;
}

/** Removes what a gateway that is gone asked, was asked and was answered. */
export async function forgetMail(
  transaction: Transaction,
  gatewayId: string,
  questions: readonly Question[],
): Promise<void> {
  for (const { id, from, to } of questions) {
    if (from === gatewayId || to === gatewayId) transaction.delete(questionKey(id));
  }
  const answers: KeyRange = prefixRange(answerKey(`${gatewayId}:`));
  const scanner = transaction.scan(answers, {});
  try {
    for (const { key } of await scanner.next(PAGE)) transaction.delete(key);
  } finally {
    scanner.close();
  }
}

export class GatewayMail {
  readonly #env: Env;
  readonly #storage: Storage;
  readonly #gatewayId: string;
  readonly #answering = new Set<string>();
  #answer: ((body: unknown) => unknown) | undefined;
  #questions = 0;

  constructor(env: Env, storage: Storage, gatewayId: string) {
    this.#env = env;
    this.#storage = storage;
    this.#gatewayId = gatewayId;
  }

  /** How questions of others are answered; what it answers is plain JSON. */
  serve(answer: (body: unknown) => unknown): void {
    this.#answer = answer;
  }

  /** Undefined when no answer came in time. */
  async ask(to: string, body: unknown, timeoutMs: number): Promise<unknown> {
    const { clock } = this.#env;
    const id = `${this.#gatewayId}:${++this.#questions}`;
    const question: Question = { id, from: this.#gatewayId, to, body };
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    await this.#transact((transaction) => {
      transaction.put(questionKey(id), Buffer.from(JSON.stringify(question)));
    });
    let answer: Uint8Array | undefined;
    while (answer === undefined && clock.monotonicMs() < deadlineMs) {
      await pause(this.#env.timers, POLL_MS);
      answer = await this.#storage.getLatest(answerKey(id));
    }
    await this.#transact((transaction) => {
      transaction.delete(questionKey(id));
      transaction.delete(answerKey(id));
    });
    return answer === undefined ? undefined : (JSON.parse(Buffer.from(answer).toString()) as unknown);
  }

  /** What a look has found; answered in the background, each once. */
  receive(questions: readonly Question[]): void {
    for (const question of questions) {
      if (question.to !== this.#gatewayId || this.#answering.has(question.id)) continue;
      this.#answering.add(question.id);
      // Without an answer the asker gives up, or the next look finds the question again.
      void this.#reply(question)
        .catch(() => undefined)
        .finally(() => this.#answering.delete(question.id));
    }
  }

  async #reply({ id, body }: Question): Promise<void> {
    const answer = Buffer.from(JSON.stringify((await this.#answer?.(body)) ?? null));
    await this.#transact(async (transaction) => {
      if ((await transaction.get(questionKey(id))) === undefined) return;
      transaction.delete(questionKey(id));
      transaction.put(answerKey(id), answer);
    });
  }

  #transact(edit: (transaction: Transaction) => void | Promise<void>): Promise<unknown> {
    return smallTransaction(this.#env, this.#storage, edit);
  }
}
