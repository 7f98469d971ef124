/**
 * Values of system variables: one array of globals per server, copied into each session when it opens, as MySQL does.
 */

import { type Datum, sqlErrors } from '../../../engine/index.ts';
import { findVariable, type VariableDefinition, variableDefinitions } from './variable-definition.ts';

/** Reads a variable that is computed rather than stored (timestamp, server uptime, TLS state …). */
export type ComputedVariable = () => Datum;

export class GlobalVariables {
  readonly #values: Datum[] = variableDefinitions.map((definition) => definition.default);
  readonly #fixed: ReadonlyMap<string, Datum>;

  /** `fixed`: values of this server (version, port, server_uuid, hostname …) that replace the defaults. */
  constructor(fixed: ReadonlyMap<string, Datum>) {
    this.#fixed = fixed;
    for (const [name, value] of fixed) {
      const definition = findVariable(name);
      if (definition !== undefined) this.#values[definition.index] = value;
    }
  }

  get(definition: VariableDefinition): Datum {
    return this.#values[definition.index] ?? null;
  }

  set(definition: VariableDefinition, value: Datum): void {
    this.#values[definition.index] = value;
  }

  /** What SET GLOBAL x = DEFAULT means. */
  defaultOf(definition: VariableDefinition): Datum {
    return this.#fixed.get(definition.name) ?? definition.default;
  }

  copy(): Datum[] {
    return [...this.#values];
  }
}

export class SessionVariables {
  readonly #globals: GlobalVariables;
  #values: Datum[];
  readonly #computed: ReadonlyMap<string, ComputedVariable>;

  constructor(globals: GlobalVariables, computed: ReadonlyMap<string, ComputedVariable>) {
    this.#globals = globals;
    this.#values = globals.copy();
    this.#computed = computed;
  }

  /** As a new connection has them. */
  reset(): void {
    this.#values = this.#globals.copy();
  }

  /** The session's value, or the global one where there is no other. */
  get(definition: VariableDefinition): Datum {
    const computed = this.#computed.get(definition.name);
    if (computed !== undefined) return computed();
    return definition.hasSession ? (this.#values[definition.index] ?? null) : this.#globals.get(definition);
  }

  getByName(name: string): Datum {
    const definition = findVariable(name);
    if (definition === undefined) throw sqlErrors.unknownSystemVariable(name);
    return this.get(definition);
  }

  set(definition: VariableDefinition, value: Datum): void {
    this.#values[definition.index] = value;
  }

  setByName(name: string, value: Datum): void {
    const definition = findVariable(name);
    if (definition !== undefined) this.#values[definition.index] = value;
  }
}
