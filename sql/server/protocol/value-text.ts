/** MySQL's text of values whose representation in memory is not text already. */

import {
  clockText,
  type DateTime,
  type Datum,
  doubleText,
  type FieldType,
  fixedText,
  floatText,
} from '../../../engine/index.ts';

const REAL_SCALE_UNSPECIFIED = 31;

export function realText(value: number, type: FieldType): string {
  let text: string;
  if (type.scale >= 0 && type.scale < REAL_SCALE_UNSPECIFIED) text = fixedText(value, type.scale);
  else text = type.name === 'float' ? floatText(value) : doubleText(value);
  return type.zerofill ? text.padStart(type.length, '0') : text;
}

export function decimalText(value: NonNullable<Datum>, type: FieldType): string {
  const text = String(value);
  if (!type.zerofill) return text;
  return text.padStart(type.length + (type.scale > 0 ? 1 : 0), '0');
}

export function dateTimeText(value: NonNullable<Datum>, type: FieldType): string {
  const dateTime = value as DateTime;
  return type.name === 'date' ? dateTime.toDateString() : dateTime.toString(Math.max(type.scale, 0));
}

/** `[-]hh:mm:ss[.fraction]`. */
export function timeText(micros: number, scale: number): string {
  return micros < 0 ? `-${clockText(-micros, scale)}` : clockText(micros, scale);
}

/** A member by its 1-based number; the error value is the empty string. */
export function enumText(member: number, type: FieldType): string {
  return type.elements[member - 1] ?? '';
}

export function setText(mask: number | bigint, type: FieldType): string {
  const bits = BigInt(mask);
  return type.elements.filter((_, i) => (bits & (1n << BigInt(i))) !== 0n).join(',');
}

/** The bytes of a BIT(length) value, most significant first. */
export function bitBytes(value: NonNullable<Datum>, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(1, (length + 7) >> 3));
  let rest = BigInt(value as number | bigint);
  for (let at = bytes.length - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}
