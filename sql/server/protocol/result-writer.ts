/**
 * Writes the answers of one command: OK, ERR, result sets in the text or binary protocol. One per connection; `begin`
 * prepares it for the next command.
 *
 * Bytes collect in the connection's PacketBuffer and go to the socket when FLUSH_BYTES are there or the command is
 * complete. `rows` answers a promise while the socket holds more than the client reads.
 */

import type { ValueOrPromise } from '../../../base/index.ts';
import type { Batch, Datum, SqlError } from '../../../engine/index.ts';
import { FLUSH_BYTES } from '../limits.ts';
import type { OkResult, ResultColumn, ResultWriter, SessionStateChange } from '../session-port.ts';
import { Capability, Status } from '../wire/constants.ts';
import type { PacketBuffer } from '../wire/packet-buffer.ts';
import { binaryWriter, writeBinaryRow } from './binary-row.ts';
import { type EncodedColumns, encodedColumns, type ResultCharset, writeColumns } from './encoded-columns.ts';
import { textWriter, type ValueWriter, writeTextRow } from './text-row.ts';

/** What the writer needs of its connection. */
export interface ResponseOutput {
  readonly out: PacketBuffer;
  readonly capabilities: number;
  /** SERVER_STATUS_* flags of the session as of now. */
  statusFlags(): number;
  resultCharset(): ResultCharset | undefined;
  /** Session state to report with the next OK packet; undefined when nothing changed. */
  takeStateChanges(): readonly SessionStateChange[] | undefined;
  /** Hands what was built to the socket; a promise while the client has too much to read. Throws SqlError 1160 once it is gone. */
  flush(): ValueOrPromise<void>;
}

export type RowFormat = 'text' | 'binary';

const NO_WRITERS: readonly ValueWriter[] = [];

export class PacketResultWriter implements ResultWriter {
  readonly #output: ResponseOutput;
  #format: RowFormat = 'text';
  #writers: readonly ValueWriter[] = NO_WRITERS;
  #vectors: (readonly Datum[])[] = [];

  constructor(output: ResponseOutput) {
    this.#output = output;
  }

  begin(format: RowFormat): void {
    this.#format = format;
  }

  ok(result: OkResult, moreResults: boolean): void {
    this.#okPacket(0x00, result, moreResults ? Status.MORE_RESULTS_EXISTS : 0);
  }

  columns(columns: readonly ResultColumn[]): void {
    const encoded = this.writeDefinitions(columns, 0);
    this.#writers = this.#format === 'text' ? encoded.textWriters : encoded.binaryWriters;
  }

  /** Column count, definitions and their EOF, with `extraStatus` (cursor flags) in the latter. */
  writeDefinitions(columns: readonly ResultColumn[], extraStatus: number): EncodedColumns {
    const { out } = this.#output;
    out.begin();
    out.lenencInt(columns.length);
    out.end();
    return this.definitions(columns, extraStatus);
  }

  /** Definitions and their EOF, as the answer to COM_STMT_PREPARE has them. */
  definitions(columns: readonly ResultColumn[], extraStatus = 0): EncodedColumns {
    const encoded = encodedColumns(columns, this.#output.resultCharset(), textWriter, binaryWriter);
    writeColumns(this.#output.out, encoded);
    if ((this.#output.capabilities & Capability.DEPRECATE_EOF) === 0) this.eof(0, extraStatus);
    return encoded;
  }

  rows(batch: Batch): ValueOrPromise<void> {
    const vectors = this.#vectors;
    vectors.length = 0;
    for (const vector of batch.columns) vectors.push(vector.values);
    return this.#writeRows(vectors, 0, batch.length);
  }

  #writeRows(vectors: readonly (readonly Datum[])[], from: number, length: number): ValueOrPromise<void> {
    const { out } = this.#output;
    const write = this.#format === 'text' ? writeTextRow : writeBinaryRow;
    for (let row = from; row < length; row++) {
      write(out, this.#writers, vectors, row);
      if (out.position < FLUSH_BYTES) continue;
      const flushed = this.#output.flush();
      if (flushed !== undefined) return flushed.then(() => this.#writeRows(vectors, row + 1, length));
    }
    return undefined;
  }

  end(warnings: number, moreResults: boolean): void {
    this.endWith(warnings, moreResults ? Status.MORE_RESULTS_EXISTS : 0);
  }

  endWith(warnings: number, extraStatus: number): void {
    if ((this.#output.capabilities & Capability.DEPRECATE_EOF) === 0) {
      this.eof(warnings, extraStatus);
      return;
    }
    this.#okPacket(0xfe, { affectedRows: 0, lastInsertId: 0, warnings, info: '' }, extraStatus);
  }

  /** The end of a list in the older form, or its successor: an OK packet with header 0xfe. */
  eof(warnings: number, extraStatus: number): void {
    const { out } = this.#output;
    out.begin();
    out.u8(0xfe);
    out.u16(Math.min(warnings, 0xffff));
    out.u16(this.#output.statusFlags() | extraStatus);
    out.end();
  }

  #okPacket(header: number, result: OkResult, extraStatus: number): void {
    const { out, capabilities } = this.#output;
    const tracks = (capabilities & Capability.SESSION_TRACK) !== 0;
    const changes = this.#output.takeStateChanges();
    const reports = tracks && changes !== undefined && changes.length > 0;
    out.begin();
    out.u8(header);
    out.lenencInt(result.affectedRows);
    out.lenencInt(result.lastInsertId);
    out.u16(this.#output.statusFlags() | extraStatus | (reports ? Status.SESSION_STATE_CHANGED : 0));
    out.u16(Math.min(result.warnings, 0xffff));
    if (tracks) {
      if (result.info !== '' || reports) out.lenencText(result.info);
      if (reports) out.lenencBytes(encodeStateChanges(changes));
    } else {
      out.text(result.info);
    }
    out.end();
  }

  error(error: SqlError): void {
    const { out } = this.#output;
    out.begin();
    out.u8(0xff);
    out.u16(error.errno);
    out.text(`#${error.sqlState}`);
    out.text(error.message.slice(0, 512));
    out.end();
  }
}

const TRACK_SYSTEM_VARIABLE = 0;
const TRACK_SCHEMA = 1;

function lenencText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length < 0xfb) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  return Buffer.concat([Buffer.from([0xfc, bytes.length & 0xff, (bytes.length >> 8) & 0xff]), bytes]);
}

function encodeStateChanges(changes: readonly SessionStateChange[]): Buffer {
  const parts: Buffer[] = [];
  for (const change of changes) {
    const isSchema = change.kind === 'schema';
    const data = isSchema
      ? lenencText(change.name)
      : Buffer.concat([lenencText(change.name), lenencText(change.value)]);
    parts.push(Buffer.from([isSchema ? TRACK_SCHEMA : TRACK_SYSTEM_VARIABLE, data.length]), data);
  }
  return Buffer.concat(parts);
}
