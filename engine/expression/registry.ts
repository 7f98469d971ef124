/** All functions and operators by name. */

import { castFunction, toDecimalFunction } from './cast/cast.ts';
import { explicitCastFunctions } from './cast/explicit-cast.ts';
import type { FunctionDefinition } from './definition.ts';
import { arithmeticFunctions } from './functions/arithmetic.ts';
import { comparisonFunctions } from './functions/comparison.ts';
import { controlFunctions } from './functions/control.ts';
import { jsonReadFunctions } from './functions/json-read.ts';
import { jsonWriteFunctions } from './functions/json-write.ts';
import { logicFunctions } from './functions/logic.ts';

const functions = new Map<string, FunctionDefinition>();

for (const definition of [
  castFunction,
  toDecimalFunction,
  ...explicitCastFunctions,
  ...arithmeticFunctions,
  ...comparisonFunctions,
  ...logicFunctions,
  ...controlFunctions,
  ...jsonReadFunctions,
  ...jsonWriteFunctions,
]) {
  functions.set(definition.name, definition);
}

/** Other names of the same functions. */
const ALIASES: Readonly<Record<string, string>> = {
  '!=': '<>',
  '&&': 'and',
  '||': 'or',
  '!': 'not',
};

/** `name` in lower case. */
export function findFunction(name: string): FunctionDefinition | undefined {
  return functions.get(ALIASES[name] ?? name);
}

/** Names of everything that can be called, sorted. */
export function functionNames(): string[] {
  return [...functions.keys(), ...Object.keys(ALIASES)].sort();
}
