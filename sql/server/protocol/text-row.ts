/** Values of the text protocol: every value as its MySQL text with a length, NULL as one byte. */

import { assertNever } from '../../../base/index.ts';
import type { Datum, FieldType } from '../../../engine/index.ts';
import type { PacketBuffer } from '../wire/packet-buffer.ts';
import { isCharacterString, type ResultCharset } from './column-definition.ts';
import { bitBytes, dateTimeText, decimalText, enumText, realText, setText, timeText } from './value-text.ts';

/** Appends one value that is not NULL. */
export type ValueWriter = (out: PacketBuffer, value: NonNullable<Datum>) => void;

/** Encodes text into the client's character set; undefined for UTF-8, which needs no detour. */
export type TextEncoder = ((text: string) => Uint8Array) | undefined;

/** The encoder for one column: the results' character set, or the column's own where results is undefined. */
export function textEncoderOf(
  type: FieldType,
  results: ResultCharset | undefined,
  encode: (charset: string, text: string) => Uint8Array,
): TextEncoder {
  if (!isCharacterString(type)) return undefined;
  const charset = results?.name ?? type.charset.name;
  if (charset === 'utf8mb4' || charset === 'utf8mb3' || charset === 'ascii') return undefined;
  return results === undefined ? (text) => type.charset.encode(text) : (text) => encode(charset, text);
}

/** The writer of a text column value, also used for strings of the binary protocol. */
export function stringWriter(encoder: TextEncoder): ValueWriter {
  if (encoder === undefined) return (out, value) => out.lenencText(value as string);
  return (out, value) => out.lenencBytes(encoder(value as string));
}

function mappedWriter(encoder: TextEncoder, text: (value: NonNullable<Datum>) => string): ValueWriter {
  const write = stringWriter(encoder);
  return (out, value) => write(out, text(value));
}

/** Digits of an integer without the detour of a string. */
function writeInteger(out: PacketBuffer, value: NonNullable<Datum>): void {
  if (typeof value !== 'number' || value > 0x7fff_ffff || value < 0) {
    out.lenencAscii(String(value));
    return;
  }
  out.ensure(12);
  const { buffer, position } = out;
  let digits = 1;
  for (let bound = 10; digits < 10 && value >= bound; bound *= 10) digits++;
  let rest = value;
  for (let at = position + digits; at > position; at--) {
    const next = (rest / 10) | 0;
    buffer[at] = 48 + rest - next * 10;
    rest = next;
  }
  buffer[position] = digits;
  out.position = position + digits + 1;
}

export function textWriter(type: FieldType, encoder: TextEncoder): ValueWriter {
  switch (type.class) {
    case 'int':
      if (type.name === 'bit') return (out, value) => out.lenencBytes(bitBytes(value, type.length));
      if (type.name === 'year') return (out, value) => out.lenencAscii(String(value).padStart(4, '0'));
      if (type.zerofill) return (out, value) => out.lenencAscii(String(value).padStart(type.length, '0'));
      return writeInteger;
    case 'real':
      return (out, value) => out.lenencAscii(realText(value as number, type));
    case 'decimal':
      return (out, value) => out.lenencAscii(decimalText(value, type));
    case 'string':
      return stringWriter(encoder);
    case 'bytes':
      return (out, value) => out.lenencBytes(value as Uint8Array);
    case 'datetime':
      return (out, value) => out.lenencAscii(dateTimeText(value, type));
    case 'time':
      return (out, value) => out.lenencAscii(timeText(value as number, Math.max(type.scale, 0)));
    case 'enum':
      return mappedWriter(encoder, (value) => enumText(value as number, type));
    case 'set':
      return mappedWriter(encoder, (value) => setText(value as number | bigint, type));
    case 'json':
      return (out, value) => out.lenencText(String(value));
    case 'null':
      return (out) => out.u8(0xfb);
    default:
      return assertNever(type.class);
  }
}

/** One text row from row `row` of parallel value arrays. */
export function writeTextRow(
  out: PacketBuffer,
  writers: readonly ValueWriter[],
  columns: readonly (readonly Datum[])[],
  row: number,
): void {
  out.begin();
  for (let i = 0; i < writers.length; i++) {
    const value = (columns[i] as readonly Datum[])[row];
    if (value === null || value === undefined) out.u8(0xfb);
    else (writers[i] as ValueWriter)(out, value);
  }
  out.end();
}
