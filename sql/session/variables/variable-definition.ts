/** System variables as they are declared: names, scopes, types and limits. Values live in `variable-store.ts`. */

import { canonicalInt, type Datum } from '../../../engine/index.ts';
import { VARIABLE_LINES } from './variable-lines.ts';

export type VariableType = 'bool' | 'int' | 'real' | 'str' | 'enum' | 'set';

export interface VariableDefinition {
  readonly name: string;
  /** Position in the value arrays. */
  readonly index: number;
  readonly hasGlobal: boolean;
  readonly hasSession: boolean;
  readonly type: VariableType;
  readonly readOnly: boolean;
  /** In canonical form: 0 or 1 for bool, text for str, enum and set. */
  readonly default: Datum;
  readonly minimum: bigint | undefined;
  readonly maximum: bigint | undefined;
  /** Members of an enum in their order; empty when any text goes. */
  readonly members: readonly string[];
}

/** Names MySQL 5.7 knew, which old drivers still ask for. They are answered and do not appear in SHOW VARIABLES. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['tx_isolation', 'transaction_isolation'],
  ['tx_read_only', 'transaction_read_only'],
]);

function parseDefault(type: VariableType, text: string): Datum {
  if (text === 'NULL') return null;
  if (type === 'bool') return text === 'ON' ? 1 : 0;
  if (type === 'int') return canonicalInt(BigInt(text === '' ? 0 : text));
  return type === 'real' ? Number(text) : text;
}

function parseLine(line: string, index: number): VariableDefinition {
  const [name = '', scope = '', declared = '', text = '', ...limits] = line.split('|');
  const readOnly = declared.endsWith('!');
  const type = (readOnly ? declared.slice(0, -1) : declared) as VariableType;
  const isNumber = type === 'int';
  const [minimum = '', maximum = ''] = limits;
  return {
    name,
    index,
    hasGlobal: scope !== 's',
    hasSession: scope !== 'g',
    type,
    readOnly,
    default: parseDefault(type, text),
    minimum: isNumber && minimum !== '' ? BigInt(minimum) : undefined,
    maximum: isNumber && maximum !== '' ? BigInt(maximum) : undefined,
    members: type === 'enum' && minimum !== '' ? minimum.split(',') : [],
  };
}

/** All variables in the order of their names. */
export const variableDefinitions: readonly VariableDefinition[] = VARIABLE_LINES.trim().split('\n').map(parseLine);

const byName: ReadonlyMap<string, VariableDefinition> = new Map(
  variableDefinitions.map((definition) => [definition.name, definition]),
);

/** `name` in any letter case. */
export function findVariable(name: string): VariableDefinition | undefined {
  return byName.get(name) ?? byName.get(ALIASES.get(name.toLowerCase()) ?? name.toLowerCase());
}

/** The text of SHOW VARIABLES. */
export function variableText(definition: VariableDefinition, value: Datum): string {
  if (value === null) return '';
  if (definition.type === 'bool') return value === 0 ? 'OFF' : 'ON';
  return definition.type === 'real' ? (value as number).toFixed(6) : String(value);
}
