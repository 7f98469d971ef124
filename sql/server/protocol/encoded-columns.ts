/**
 * The encoded definitions and value writers of a columns array, kept with the array: a cached plan answers with the same
 * array each time and pays for its definitions once.
 */

import type { FieldType } from '../../../engine/index.ts';
import type { ResultColumn } from '../session-port.ts';
import { PacketBuffer } from '../wire/packet-buffer.ts';
import { type ResultCharset, writeColumnDefinition } from './column-definition.ts';
import { encodeText } from './result-charset.ts';
import { type TextEncoder, textEncoderOf, type ValueWriter } from './text-row.ts';

export type { ResultCharset } from './column-definition.ts';

export interface EncodedColumns {
  readonly results: ResultCharset | undefined;
  /** All definition packets with headers; their sequence ids are set when they are copied. */
  readonly bytes: Buffer;
  /** Offset of the sequence id of each definition in `bytes`. */
  readonly sequenceOffsets: readonly number[];
  readonly textWriters: readonly ValueWriter[];
  readonly binaryWriters: readonly ValueWriter[];
}

type WriterFactory = (type: FieldType, encoder: TextEncoder) => ValueWriter;

const cache = new WeakMap<readonly ResultColumn[], EncodedColumns>();

export function encodedColumns(
  columns: readonly ResultColumn[],
  results: ResultCharset | undefined,
  text: WriterFactory,
  binary: WriterFactory,
): EncodedColumns {
  const known = cache.get(columns);
  if (known !== undefined && known.results === results) return known;
  const encoders = columns.map((column) => textEncoderOf(column.type, results, encodeText));
  const encoded: EncodedColumns = {
    results,
    ...encodeDefinitions(columns, results),
    textWriters: columns.map((column, i) => text(column.type, encoders[i])),
    binaryWriters: columns.map((column, i) => binary(column.type, encoders[i])),
  };
  cache.set(columns, encoded);
  return encoded;
}

function encodeDefinitions(
  columns: readonly ResultColumn[],
  results: ResultCharset | undefined,
): Pick<EncodedColumns, 'bytes' | 'sequenceOffsets'> {
  const out = new PacketBuffer();
  const sequenceOffsets: number[] = [];
  for (const column of columns) {
    sequenceOffsets.push(out.position + 3);
    out.begin();
    writeColumnDefinition(out, column, results);
    out.end();
  }
  const bytes = Buffer.from(out.built());
  out.release();
  return { bytes, sequenceOffsets };
}

/** Appends the definitions, continuing the sequence of `out`. */
export function writeColumns(out: PacketBuffer, encoded: EncodedColumns): void {
  const base = out.position;
  out.bytes(encoded.bytes);
  for (const offset of encoded.sequenceOffsets) {
    out.buffer[base + offset] = out.sequence;
    out.sequence = (out.sequence + 1) & 0xff;
  }
}
