/** Blind writes of large values to a few keys and reads of the latest version, checked for linearizability. */

import { keyOf } from '../../../base/index.ts';
import { checkRegisters, type RegisterOperation } from '../check/register.ts';
import { attempt, bytesOf, type Session, TRANSACTION_MEMORY, textOf, toldBy, type Workload } from './workload.ts';

const KEYS = 3;
const INITIAL = 'nothing';
const LARGEST_VALUE = 24_000;

export class Register implements Workload {
  readonly name = 'register';
  readonly #history: RegisterOperation[] = [];
  #nextValue = 1;

  setUp(): Promise<void> {
    return Promise.resolve();
  }

  async step(session: Session): Promise<void> {
    const key = `register/${session.random.below(KEYS)}`;
    if (session.random.below(2) === 0) await attempt(() => this.#read(session, key));
    else await this.#write(session, key);
  }

  async verify(session: Session): Promise<void> {
    for (let n = 0; n < KEYS; n++) await this.#read(session, `register/${n}`);
    checkRegisters(this.#history, INITIAL);
  }

  async #read(session: Session, key: string): Promise<void> {
    const calledAt = session.instant();
    const text = textOf(await session.storage.getLatest(keyOf(key)));
    const value = text === undefined ? INITIAL : text.slice(0, text.indexOf(':'));
    this.#history.push({ kind: 'read', key, value, calledAt, returnedAt: session.instant() });
  }

  async #write(session: Session, key: string): Promise<void> {
    const { storage, random } = session;
    const value = `v${this.#nextValue++}`;
    const padding = random.below(4) === 0 ? random.below(LARGEST_VALUE) : 10;
    const operation: RegisterOperation = {
      kind: 'write',
      key,
      value,
      calledAt: session.instant(),
      returnedAt: undefined,
    };
    this.#history.push(operation);
    try {
      const txn = storage.begin(await storage.currentTs(), { mode: 'pessimistic', maxMemoryBytes: TRANSACTION_MEMORY });
      txn.put(keyOf(key), bytesOf(`${value}:${'.'.repeat(padding)}`));
      await txn.commit();
      operation.returnedAt = session.instant();
      session.acknowledged(value);
    } catch (error) {
      if (toldBy(error) === 'aborted') this.#history.splice(this.#history.indexOf(operation), 1);
    }
  }
}
