/** All functions and operators by name. */

import { castFunction, jsonTruthFunction, toDecimalFunction, toJsonFunction } from './cast/cast.ts';
import { explicitCastFunctions } from './cast/explicit-cast.ts';
import type { FunctionDefinition } from './definition.ts';
import { arithmeticFunctions } from './functions/arithmetic.ts';
import { bitFunctions } from './functions/bit.ts';
import { comparisonFunctions } from './functions/comparison.ts';
import { controlFunctions } from './functions/control.ts';
import { dateArithmeticFunctions } from './functions/date-arithmetic.ts';
import { dateConvertFunctions } from './functions/date-convert.ts';
import { datePartFunctions } from './functions/date-parts.ts';
import { informationFunctions } from './functions/information.ts';
import { jsonReadFunctions } from './functions/json-read.ts';
import { jsonWriteFunctions } from './functions/json-write.ts';
import { like } from './functions/like.ts';
import { logicFunctions } from './functions/logic.ts';
import { numericFunctions } from './functions/numeric.ts';
import { regexpFunctions } from './functions/regexp.ts';
import { stringBasicFunctions } from './functions/string-basic.ts';
import { stringCodecFunctions } from './functions/string-codec.ts';
import { userLockFunctions } from './functions/user-locks.ts';

const functions = new Map<string, FunctionDefinition>();

for (const definition of [
  castFunction,
  toDecimalFunction,
  toJsonFunction,
  jsonTruthFunction,
  ...explicitCastFunctions,
  ...arithmeticFunctions,
  ...comparisonFunctions,
  ...logicFunctions,
  ...controlFunctions,
  ...bitFunctions,
  like,
  ...numericFunctions,
  ...stringBasicFunctions,
  ...stringCodecFunctions,
  ...regexpFunctions,
  ...datePartFunctions,
  ...dateArithmeticFunctions,
  ...dateConvertFunctions,
  ...informationFunctions,
  ...userLockFunctions,
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
  rlike: 'regexp',
};

/** `name` in lower case. */
export function findFunction(name: string): FunctionDefinition | undefined {
  return functions.get(ALIASES[name] ?? name);
}

/** Names of everything that can be called, sorted. */
export function functionNames(): string[] {
  return [...functions.keys(), ...Object.keys(ALIASES)].sort();
}
