/**
 * Coprocessor calls as coprocessor.Request (type 103, a tipb.DAGRequest) and coprocessor.Response (a tipb.SelectResponse
 * in the default encoding), both ways. Who is asked, and a lock in the way, are the transport's business.
 */

import {
  ByteReader,
  ByteWriter,
  type Key,
  type KeyRange,
  keyFromBytes,
  keyToBytes,
  type Ts,
} from '../../../base/index.ts';
import { coprocessor, tipb } from '../../../base/rpc/index.ts';
import {
  type Batch,
  type Datum,
  type FieldType,
  plainVector,
  SqlError,
  type SqlWarning,
  type WarningLevel,
} from '../../../engine/index.ts';
import { readTsOf } from '../../mvcc/read.ts';
import { outputTypes } from '../compile-dag.ts';
import { KEPT_DAGS } from '../limits.ts';
import type { CoprocessorReply, CoprocessorRequest } from '../request.ts';
import { dagFromProto, dagToProto } from './dag.ts';
import { readDatum, writeDatum } from './datum.ts';
import { WireError } from './expression.ts';

const DAG_REQUEST = 103n;
const NO_BYTES = new Uint8Array(0);

/** The request but for its context, in which `bypass` belongs (resolved_locks). */
export function requestToProto(request: CoprocessorRequest): coprocessor.Request {
  return coprocessor.Request.create({
    tp: DAG_REQUEST,
    data: tipb.DAGRequest.encode(dagToProto(request)).finish(),
    startTs: request.at.ts,
    ranges: request.ranges.map(rangeToProto),
    pagingSize: BigInt(request.pageRows),
  });
}

/** A text says why the request cannot be computed here. */
export function requestFromProto(
  message: coprocessor.Request,
  bypass: ReadonlySet<Ts> | undefined,
): CoprocessorRequest | string {
  if (message.tp !== DAG_REQUEST) return `coprocessor request type ${message.tp} is not supported`;
  try {
    return {
      ...decoded(message.data),
      ranges: message.ranges.map(rangeFromProto),
      at: readTsOf(message.startTs as Ts),
      bypass,
      parameters: [],
      pageRows: message.pagingSize === 0n ? Number.POSITIVE_INFINITY : Number(message.pagingSize),
    };
  } catch (error) {
    if (error instanceof WireError) return error.message;
    throw error;
  }
}

type DecodedDag = Pick<CoprocessorRequest, 'dag' | 'settings'>;
/** By their bytes, the least recently used first. */
const kept = new Map<string, DecodedDag>();

function decoded(data: Uint8Array): DecodedDag {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
  const known = kept.get(bytes) ?? dagFromProto(tipb.DAGRequest.decode(data));
  kept.delete(bytes);
  kept.set(bytes, known);
  const oldest = kept.keys().next();
  if (kept.size > KEPT_DAGS && oldest.done !== true) kept.delete(oldest.value);
  return known;
}

function rangeToProto({ start, end }: KeyRange): coprocessor.KeyRange {
  return { start: keyToBytes(start), end: end === undefined ? NO_BYTES : keyToBytes(end) };
}

function rangeFromProto({ start, end }: coprocessor.KeyRange): KeyRange {
  return { start: keyFromBytes(start), end: end.length === 0 ? undefined : keyFromBytes(end) };
}

/* ------------------------------------------------------------------ replies */

export function replyToProto(request: CoprocessorRequest, reply: CoprocessorReply): coprocessor.Response {
  const warnings = reply.warnings.map(warningToProto);
  if (reply.kind === 'failed') {
    const { errno, sqlState, message } = reply.error;
    return responseOf({ error: { code: errno, msg: `#${sqlState}${message}` }, warnings }, undefined);
  }
  const types = outputTypes(request.dag);
  const chunks = reply.batches.map((batch) => ({ rowsData: rowsToBytes(batch, types), rowsMeta: [] }));
  const outputCounts = reply.batches.map((batch) => BigInt(batch.length));
  return responseOf({ chunks, outputCounts, warnings }, consumed(request, reply.rest));
}

function responseOf(
  select: Partial<tipb.SelectResponse>,
  range: coprocessor.KeyRange | undefined,
): coprocessor.Response {
  const warningCount = BigInt(select.warnings?.length ?? 0);
  const message = tipb.SelectResponse.create({ ...select, warningCount, encodeType: tipb.EncodeType.TypeDefault });
  return coprocessor.Response.create({ data: tipb.SelectResponse.encode(message).finish(), range });
}

/** Throws WireError when the reply is not one to the request. */
export function replyFromProto(request: CoprocessorRequest, response: coprocessor.Response): CoprocessorReply {
  if (response.otherError !== '') throw new WireError(response.otherError);
  const select = tipb.SelectResponse.decode(response.data);
  const warnings = select.warnings.map(warningFromProto);
  if (select.error !== undefined) return { kind: 'failed', error: errorFromProto(select.error), warnings };
  if ((select.encodeType ?? 0) !== tipb.EncodeType.TypeDefault)
    throw new WireError('rows in an encoding not asked for');
  const types = outputTypes(request.dag);
  const batches = select.chunks
    .map((chunk, i) => rowsFromBytes(chunk.rowsData ?? NO_BYTES, types, Number(select.outputCounts[i] ?? -1n)))
    .filter((batch) => batch.length > 0);
  return { kind: 'rows', batches, warnings, rest: remaining(request, response.range) };
}

function rowsToBytes(batch: Batch, types: readonly FieldType[]): Uint8Array {
  const writer = new ByteWriter();
  const columns = batch.columns.map((column) => column.values);
  for (let row = 0; row < batch.length; row++) {
    for (let c = 0; c < columns.length; c++) {
      writeDatum(writer, columns[c]?.[row] ?? null, types[c] as FieldType);
    }
  }
  return writer.toBytes();
}

/** `count` −1: as many rows as there are. */
function rowsFromBytes(bytes: Uint8Array, types: readonly FieldType[], count: number): Batch {
  const reader = new ByteReader(bytes);
  const vectors: Datum[][] = types.map(() => []);
  let length = 0;
  while (!reader.atEnd && types.length > 0) {
    for (let c = 0; c < types.length; c++) vectors[c]?.push(readDatum(reader, types[c] as FieldType));
    length++;
  }
  if (types.length === 0) length = Math.max(0, count);
  return { length, columns: vectors.map((values, c) => plainVector(types[c] as FieldType, values)) };
}

/* ------------------------------------------------------------------ what is left */

/** From the edge where the scan began to where the next page begins. */
function consumed({ dag, ranges }: CoprocessorRequest, rest: readonly KeyRange[]): coprocessor.KeyRange {
  const start = ranges[0]?.start ?? ('' as Key);
  const end = ranges.at(-1)?.end;
  if (rest.length === 0) return rangeToProto({ start, end });
  if (!dag.scan.reverse) return rangeToProto({ start, end: rest[0]?.start });
  return rangeToProto({ start: rest.at(-1)?.end ?? start, end });
}

function remaining({ dag, ranges }: CoprocessorRequest, range: coprocessor.KeyRange | undefined): readonly KeyRange[] {
  if (range === undefined) return [];
  const { start, end } = rangeFromProto(range);
  const left: KeyRange[] = [];
  for (const whole of ranges) {
    if (dag.scan.reverse) {
      const isBelow = whole.end !== undefined && whole.end <= start;
      if (whole.start < start) left.push(isBelow ? whole : { start: whole.start, end: start });
    } else if (end !== undefined && (whole.end === undefined || whole.end > end)) {
      left.push(whole.start >= end ? whole : { start: end, end: whole.end });
    }
  }
  return left;
}

/* ------------------------------------------------------------------ errors and warnings */

const LEVEL = /^#(Note|Error):/;
const STATE = /^#([0-9A-Z]{5})/;

/** Warnings have no level on the wire; other levels stand in front of the text. */
function warningToProto({ level, errno, message }: SqlWarning): tipb.Error {
  return { code: errno, msg: level === 'Warning' ? message : `#${level}:${message}` };
}

function warningFromProto({ code, msg = '' }: tipb.Error): SqlWarning {
  const level = LEVEL.exec(msg);
  if (level === null) return { level: 'Warning', errno: code ?? 1105, message: msg };
  return { level: level[1] as WarningLevel, errno: code ?? 1105, message: msg.slice(level[0].length) };
}

function errorFromProto({ code, msg = '' }: tipb.Error): SqlError {
  const state = STATE.exec(msg);
  return new SqlError(code ?? 1105, state?.[1] ?? 'HY000', state === null ? msg : msg.slice(state[0].length));
}
