/** Groups of type classes that functions treat alike. */

import type { TypeClass } from '../../types/field-type.ts';

export function isTemporal(typeClass: TypeClass): boolean {
  return typeClass === 'datetime' || typeClass === 'time';
}

/** Compared and concatenated as strings; ENUM and SET by their member texts. */
export function isTextual(typeClass: TypeClass): boolean {
  return typeClass === 'string' || typeClass === 'bytes' || typeClass === 'enum' || typeClass === 'set';
}

export function isNumeric(typeClass: TypeClass): boolean {
  return typeClass === 'int' || typeClass === 'real' || typeClass === 'decimal';
}
