/** From the value of an expression to the value of a system variable: MySQL's conversions, limits and errors. */

import {
  canonicalInt,
  type Datum,
  Decimal,
  type SqlWarning,
  sqlErrors,
  type TypedValue,
} from '../../../engine/index.ts';
import type { VariableDefinition } from './variable-definition.ts';

/** Values shown in messages. */
function shown(value: Datum): string {
  return value === null ? 'NULL' : value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
}

function wrongValue(definition: VariableDefinition, value: Datum): Error {
  return sqlErrors.wrongValueForVariable(definition.name, shown(value));
}

/**
 * The canonical value. Numbers beyond the limits are cut to them with a warning, as outside strict mode; throws 1231
 * (not a value of the variable) and 1232 (not even its type).
 */
export function convertForVariable(
  definition: VariableDefinition,
  given: TypedValue,
  warn: (warning: SqlWarning) => void,
): Datum {
  const value = given.value instanceof Uint8Array ? Buffer.from(given.value).toString('utf8') : given.value;
  switch (definition.type) {
    case 'bool':
      return convertBool(definition, value);
    case 'int':
      return convertInt(definition, value, warn);
    case 'real':
      return convertReal(definition, value);
    case 'enum':
      return convertEnum(definition, value);
    case 'str':
    case 'set':
      if (value === null || typeof value === 'string') return value;
      throw sqlErrors.wrongTypeForVariable(definition.name);
  }
}

function convertBool(definition: VariableDefinition, value: Datum): Datum {
  if (value === 0 || value === 1) return value;
  if (typeof value === 'string') {
    const word = value.toUpperCase();
    if (word === 'ON' || word === 'TRUE') return 1;
    if (word === 'OFF' || word === 'FALSE') return 0;
  }
  if (value instanceof Decimal || (typeof value === 'number' && !Number.isInteger(value))) {
    throw sqlErrors.wrongTypeForVariable(definition.name);
  }
  throw wrongValue(definition, value);
}

function convertInt(definition: VariableDefinition, value: Datum, warn: (warning: SqlWarning) => void): Datum {
  const isInteger = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
  if (!isInteger) throw sqlErrors.wrongTypeForVariable(definition.name);
  const exact = BigInt(value as number | bigint);
  const { minimum, maximum } = definition;
  let cut = exact;
  if (minimum !== undefined && exact < minimum) cut = minimum;
  else if (maximum !== undefined && maximum > 0n && exact > maximum) cut = maximum;
  if (cut !== exact) {
    warn({ level: 'Warning', errno: 1292, message: `Truncated incorrect ${definition.name} value: '${exact}'` });
  }
  return canonicalInt(cut);
}

function convertReal(definition: VariableDefinition, value: Datum): Datum {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Decimal) return value.toNumber();
  throw sqlErrors.wrongTypeForVariable(definition.name);
}

function convertEnum(definition: VariableDefinition, value: Datum): Datum {
  const { members } = definition;
  if (typeof value === 'number') {
    const member = members[value];
    if (member === undefined) throw wrongValue(definition, value);
    return member;
  }
  if (typeof value !== 'string') throw wrongValue(definition, value);
  if (members.length === 0) return value;
  const member = members.find((known) => known.toUpperCase() === value.toUpperCase());
  if (member === undefined) throw wrongValue(definition, value);
  return member;
}
