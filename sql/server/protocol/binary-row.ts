/** Values of the binary protocol (prepared statements): fixed-size numbers, packed dates, a NULL bitmap per row. */

import { assertNever } from '../../../base/index.ts';
import type { DateTime, Datum, FieldType } from '../../../engine/index.ts';
import type { PacketBuffer } from '../wire/packet-buffer.ts';
import { stringWriter, type TextEncoder, textWriter, type ValueWriter } from './text-row.ts';

const MICROS_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;

function integerWriter(type: FieldType): ValueWriter {
  switch (type.name) {
    case 'tinyint':
      return (out, value) => out.u8(Number(value) & 0xff);
    case 'smallint':
    case 'year':
      return (out, value) => out.u16(Number(value) & 0xffff);
    case 'mediumint':
    case 'int':
      return (out, value) => out.u32(Number(value));
    case 'bit':
      return textWriter(type, undefined);
    default:
      return (out, value) => out.u64(value as number | bigint);
  }
}

function writeFloat(out: PacketBuffer, value: NonNullable<Datum>): void {
  out.ensure(4);
  out.buffer.writeFloatLE(value as number, out.position);
  out.position += 4;
}

function writeDouble(out: PacketBuffer, value: NonNullable<Datum>): void {
  out.ensure(8);
  out.buffer.writeDoubleLE(value as number, out.position);
  out.position += 8;
}

/** MYSQL_TIME of a date: 0, 4, 7 or 11 bytes, whatever trailing fields are zero. */
function writeDateTime(out: PacketBuffer, value: NonNullable<Datum>, dateOnly: boolean): void {
  const { year, month, day, hour, minute, second, microsecond: micros } = value as DateTime;
  const hasTime = !dateOnly && (hour | minute | second | micros) !== 0;
  if (!hasTime && (year | month | day) === 0) {
    out.u8(0);
    return;
  }
  out.u8(hasTime ? (micros !== 0 ? 11 : 7) : 4);
  out.u16(year);
  out.u8(month);
  out.u8(day);
  if (!hasTime) return;
  out.u8(hour);
  out.u8(minute);
  out.u8(second);
  if (micros !== 0) out.u32(micros);
}

function writeTime(out: PacketBuffer, value: NonNullable<Datum>): void {
  const micros = value as number;
  if (micros === 0) {
    out.u8(0);
    return;
  }
  const magnitude = Math.abs(micros);
  const fraction = magnitude % MICROS_PER_SECOND;
  const seconds = Math.floor(magnitude / MICROS_PER_SECOND);
  const inDay = seconds % SECONDS_PER_DAY;
  out.u8(fraction !== 0 ? 12 : 8);
  out.u8(micros < 0 ? 1 : 0);
  out.u32(Math.floor(seconds / SECONDS_PER_DAY));
  out.u8(Math.floor(inDay / 3600));
  out.u8(Math.floor(inDay / 60) % 60);
  out.u8(inDay % 60);
  if (fraction !== 0) out.u32(fraction);
}

export function binaryWriter(type: FieldType, encoder: TextEncoder): ValueWriter {
  switch (type.class) {
    case 'int':
      return integerWriter(type);
    case 'real':
      return type.name === 'float' ? writeFloat : writeDouble;
    case 'datetime':
      return (out, value) => writeDateTime(out, value, type.name === 'date');
    case 'time':
      return writeTime;
    case 'string':
      return stringWriter(encoder);
    case 'decimal':
    case 'bytes':
    case 'enum':
    case 'set':
    case 'json':
      return textWriter(type, encoder);
    case 'null':
      return () => undefined;
    default:
      return assertNever(type.class);
  }
}

/** One binary row from row `row` of parallel value arrays; the NULL bitmap starts at bit 2. */
export function writeBinaryRow(
  out: PacketBuffer,
  writers: readonly ValueWriter[],
  columns: readonly (readonly Datum[])[],
  row: number,
): void {
  out.begin();
  out.u8(0);
  const bitmap = out.position;
  out.zeros((writers.length + 9) >> 3);
  for (let i = 0; i < writers.length; i++) {
    const value = (columns[i] as readonly Datum[])[row];
    if (value === null || value === undefined) {
      const at = bitmap + ((i + 2) >> 3);
      out.buffer[at] = (out.buffer[at] as number) | (1 << ((i + 2) & 7));
    } else {
      (writers[i] as ValueWriter)(out, value);
    }
  }
  out.end();
}
