/** System variables as expression values: `SELECT @@x`. */

import { type Datum, type FieldType, fieldTypes, type TypedValue } from '../../../engine/index.ts';
import type { VariableDefinition } from './variable-definition.ts';

const BIGINT = fieldTypes.bigint();
const UNSIGNED = fieldTypes.bigint({ unsigned: true });
const DOUBLE = fieldTypes.double();
const TEXT = fieldTypes.varchar(1024);

export const UNSET_USER_VARIABLE: TypedValue = { value: null, type: fieldTypes.varchar(0) };

/** Flags and signed numbers are BIGINT, sizes BIGINT UNSIGNED, everything else text. */
function variableType(definition: VariableDefinition): FieldType {
  switch (definition.type) {
    case 'bool':
      return BIGINT;
    case 'int':
      return definition.minimum !== undefined && definition.minimum < 0n ? BIGINT : UNSIGNED;
    case 'real':
      return DOUBLE;
    default:
      return TEXT;
  }
}

export function typedVariable(definition: VariableDefinition, value: Datum): TypedValue {
  return { value, type: variableType(definition) };
}
