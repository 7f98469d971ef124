/** Constants of the schema (defaults) as text and back, in the form TiDB's meta holds them. */

import {
  canonicalInt,
  type Datum,
  Decimal,
  type FieldType,
  parseDateTime,
  parseTime,
  textFunction,
} from '../../engine/index.ts';

export function datumToText(value: Datum, type: FieldType): string | null {
  return value === null ? null : textFunction(type)(value);
}

/** The value of a text made by `datumToText` for the same type. */
export function datumFromText(text: string | null, type: FieldType): Datum {
  if (text === null) return null;
  switch (type.class) {
    case 'int':
      return canonicalInt(BigInt(text));
    case 'real':
      return Number(text);
    case 'decimal':
      return Decimal.parse(text) ?? null;
    case 'bytes':
      return Buffer.from(text, 'latin1');
    case 'datetime':
      return parseDateTime(text, { zeroDate: true, zeroInDate: true, invalidDates: true })?.value ?? null;
    case 'time':
      return parseTime(text)?.value ?? null;
    case 'enum':
      return type.elements.indexOf(text) + 1;
    case 'set':
      return setFromText(text, type.elements);
    default:
      return text;
  }
}

function setFromText(text: string, elements: readonly string[]): Datum {
  let bits = 0n;
  for (const member of text === '' ? [] : text.split(',')) {
    const position = elements.indexOf(member);
    if (position >= 0) bits |= 1n << BigInt(position);
  }
  return canonicalInt(bits);
}
