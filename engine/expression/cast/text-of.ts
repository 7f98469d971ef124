/** Values as text, by their type: what CONCAT sees, what CAST(… AS CHAR) answers, and what the text protocol sends. */

import { clockText, type DateTime } from '../../types/date-time.ts';
import type { Datum } from '../../types/datum.ts';
import type { FieldType } from '../../types/field-type.ts';
import { doubleCastText, fixedText, floatCastText } from '../../types/number-text.ts';
import { NOT_FIXED } from '../result-types.ts';
import { binaryStringOf } from '../text/binary-string.ts';

export type TextOf = (value: Exclude<Datum, null>) => string;

/** The function that turns non-null values of `type` into text. */
export function textFunction(type: FieldType): TextOf {
  switch (type.class) {
    case 'int':
      return intText(type);
    case 'real':
      if (type.scale < NOT_FIXED) return (value) => fixedText(value as number, type.scale);
      return type.name === 'float'
        ? (value) => floatCastText(value as number)
        : (value) => doubleCastText(value as number);
    case 'datetime':
      return type.name === 'date'
        ? (value) => (value as DateTime).toDateString()
        : (value) => (value as DateTime).toString(type.scale);
    case 'time':
      return (value) => timeText(value as number, type.scale);
    case 'enum':
      return (value) => (value === 0 ? '' : (type.elements[(value as number) - 1] ?? ''));
    case 'set':
      return (value) => setText(value as number | bigint, type.elements);
    case 'bytes': {
      const { charset } = type;
      return (value) =>
        charset.name === 'binary' ? binaryStringOf(value as Uint8Array) : (charset.decode(value as Uint8Array) ?? '');
    }
    default:
      return String;
  }
}

function intText(type: FieldType): TextOf {
  if (type.name === 'year') return (value) => String(value).padStart(4, '0');
  if (type.name === 'bit') {
    const bytes = Math.max(1, Math.ceil(type.length / 8));
    return (value) =>
      Buffer.from(
        BigInt(value as number)
          .toString(16)
          .padStart(bytes * 2, '0'),
        'hex',
      ).toString('latin1');
  }
  if (type.zerofill) return (value) => String(value).padStart(type.length, '0');
  return String;
}

/** `[-]hhh:mm:ss[.ffffff]`. */
export function timeText(micros: number, fsp: number): string {
  return micros < 0 ? `-${clockText(-micros, fsp)}` : clockText(micros, fsp);
}

/** Members in order of declaration, joined by commas. */
export function setText(mask: number | bigint, elements: readonly string[]): string {
  const bits = BigInt(mask);
  return elements.filter((_, i) => (bits >> BigInt(i)) & 1n).join(',');
}
