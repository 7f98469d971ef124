/** Expressions as MySQL prints them in messages: "BIGINT value is out of range in '(`t`.`a` + 1)'". */

import type { Datum } from '../types/datum.ts';
import { Decimal } from '../types/decimal.ts';
import type { Expression } from './expression.ts';

const INFIX = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  'div',
  '=',
  '<=>',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  'xor',
  '&',
  '|',
  '^',
  '<<',
  '>>',
  'like',
  'regexp',
]);

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return expression.name
        .split('.')
        .map((part) => `\`${part}\``)
        .join('.');
    case 'parameter':
      return '?';
    case 'constant':
      return printValue(expression.value);
    case 'call':
      return printCall(expression.name, expression.args);
  }
}

function printCall(name: string, args: readonly Expression[]): string {
  const printed = args.map(printExpression);
  if (name === 'cast' || name === 'to decimal') return printed[0]!;
  if (name === 'unary -') return `-(${printed[0]})`;
  if (args.length === 2 && INFIX.has(name)) {
    return `(${printed[0]} ${name === 'div' ? 'DIV' : name} ${printed[1]})`;
  }
  return `${name}(${printed.join(',')})`;
}

function printValue(value: Datum): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${value}'`;
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  const text = String(value);
  // MySQL parses a negative literal as the negation of a positive one.
  return isNumeric(value) && text.startsWith('-') ? `-(${text.slice(1)})` : text;
}

function isNumeric(value: Datum): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal;
}
