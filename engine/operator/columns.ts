/** Expressions that read the columns of an operator's output, one each. */

import { type CompiledExpression, compileExpression } from '../expression/compile.ts';
import type { FieldType } from '../types/field-type.ts';

export function columnExpressions(types: readonly FieldType[]): CompiledExpression[] {
  return types.map((type, index) => compileExpression({ kind: 'column', index, type, name: '' }));
}
