/** Values of expressions that need no planner: literals, signed numbers, variables. SET sends little else. */

import { canonicalInt, Decimal, fieldTypes, type TypedValue } from '../../../engine/index.ts';
import type { Expression } from '../../parser/ast.ts';
import type { Session } from '../session.ts';

const NULL_VALUE: TypedValue = { value: null, type: fieldTypes.null() };
const BIGINT = fieldTypes.bigint();
const UNSIGNED = fieldTypes.bigint({ unsigned: true });

function decimalValue(text: string, negative: boolean): TypedValue | undefined {
  const parsed = Decimal.parse(text);
  if (parsed === undefined) return undefined;
  const value = negative ? parsed.negate() : parsed;
  return { value, type: fieldTypes.decimal(Math.max(parsed.integerDigits + parsed.scale, 1), parsed.scale) };
}

/** Undefined where the planner has to evaluate. A bare word is its own text, as in `SET sql_mode = ansi`. */
export function literalValue(session: Session, expression: Expression): TypedValue | undefined {
  switch (expression.kind) {
    case 'string':
      if (expression.charset !== undefined || expression.bytes !== undefined) return undefined;
      return {
        value: expression.value,
        type: fieldTypes.varchar(expression.value.length, session.state.collationConnection),
      };
    case 'integer':
      return { value: expression.value, type: typeof expression.value === 'bigint' ? UNSIGNED : BIGINT };
    case 'decimal':
      return decimalValue(expression.text, false);
    case 'float':
      return { value: expression.value, type: fieldTypes.double() };
    case 'boolean':
      return { value: expression.value ? 1 : 0, type: BIGINT };
    case 'null':
      return NULL_VALUE;
    case 'unary':
      return signed(expression.operator, expression.operand);
    case 'user-variable':
      return session.functions.userVariable(expression.name);
    case 'system-variable': {
      const scope = expression.scope === 'global' || expression.scope === 'session' ? expression.scope : undefined;
      return session.functions.systemVariable(scope, expression.name);
    }
    case 'column':
      if (expression.table !== undefined) return undefined;
      return { value: expression.name.name, type: fieldTypes.varchar(expression.name.name.length) };
    default:
      return undefined;
  }
}

function signed(operator: string, operand: Expression): TypedValue | undefined {
  if (operator !== '-') return undefined;
  if (operand.kind === 'integer') return { value: canonicalInt(-BigInt(operand.value)), type: BIGINT };
  if (operand.kind === 'decimal') return decimalValue(operand.text, true);
  return operand.kind === 'float' ? { value: -operand.value, type: fieldTypes.double() } : undefined;
}
