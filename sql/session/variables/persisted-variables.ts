/** SET PERSIST: values kept in the store under `mshoal:variable:NAME`, applied when a server starts. */

import { type Key, keyOf, prefixRange } from '../../../base/index.ts';
import { canonicalInt, type Datum } from '../../../engine/index.ts';
import type { Storage } from '../../../tikv-lite/index.ts';
import { changeKeys } from '../change-keys.ts';
import { findVariable, type VariableDefinition } from './variable-definition.ts';
import type { GlobalVariables } from './variable-store.ts';

const PREFIX = 'mshoal:variable:';
const PAGE = 1000;

function keyFor(name: string): Key {
  return keyOf(`${PREFIX}${name}`);
}

function decode(definition: VariableDefinition, text: string): Datum {
  const parsed: unknown = JSON.parse(text);
  if (parsed === null) return null;
  if (definition.type === 'bool') return Number(parsed);
  if (definition.type === 'int') return canonicalInt(BigInt(String(parsed)));
  return definition.type === 'real' ? Number(parsed) : String(parsed);
}

export class PersistedVariables {
  readonly #storage: Storage;
  readonly #values = new Map<string, Datum>();

  private constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Reads what is persisted and applies it to `globals`. */
  static async open(storage: Storage, globals: GlobalVariables): Promise<PersistedVariables> {
    const persisted = new PersistedVariables(storage);
    const scanner = storage.snapshot(await storage.currentTs()).scan(prefixRange(keyOf(PREFIX)), {});
    for (let page = await scanner.next(PAGE); page.length > 0; page = await scanner.next(PAGE)) {
      for (const { key, value } of page) {
        const definition = findVariable(key.slice(PREFIX.length));
        if (definition === undefined) continue;
        const decoded = decode(definition, Buffer.from(value).toString('utf8'));
        persisted.#values.set(definition.name, decoded);
        if (!definition.readOnly) globals.set(definition, decoded);
      }
    }
    scanner.close();
    return persisted;
  }

  all(): ReadonlyMap<string, Datum> {
    return this.#values;
  }

  async set(definition: VariableDefinition, value: Datum): Promise<void> {
    const text = JSON.stringify(typeof value === 'bigint' ? String(value) : value);
    await changeKeys(this.#storage, [{ key: keyFor(definition.name), value: Buffer.from(text, 'utf8') }]);
    this.#values.set(definition.name, value);
  }

  /** RESET PERSIST of one variable, or of all. */
  async reset(name?: string): Promise<void> {
    const names = name === undefined ? [...this.#values.keys()] : [name];
    await changeKeys(
      this.#storage,
      names.map((each) => ({ key: keyFor(each), value: undefined })),
    );
    for (const each of names) this.#values.delete(each);
  }
}
