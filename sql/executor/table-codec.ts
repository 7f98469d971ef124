/** Encoders and decoders of one table at one schema version, made once and shared by all plans and sessions. */

import type { Key } from '../../base/index.ts';
import {
  type ColumnInfo,
  type Datum,
  encodeCommonHandle,
  encodeIntHandle,
  type Handle,
  handleLayoutOf,
  IndexCodec,
  type IndexInfo,
  isStoredInHandle,
  RowDecoder,
  RowEncoder,
  recordPrefix,
  type TableInfo,
  type TimeZone,
} from '../../engine/index.ts';

export class TableCodec {
  readonly table: TableInfo;
  /** Start of all record keys; a record key is this and the handle. */
  readonly recordPrefix: Key;
  /** Indexes that hold entries of their own, in any state but 'none'. */
  readonly indexes: readonly IndexCodec[];
  readonly hasUniqueIndex: boolean;
  /** Column that is the integer handle; −1 for hidden row ids and common handles. */
  readonly handleOffset: number;
  readonly #stored: readonly ColumnInfo[];
  readonly #encoder: RowEncoder;
  readonly #decoders = new Map<string, RowDecoder>();

  constructor(table: TableInfo) {
    this.table = table;
    this.recordPrefix = recordPrefix(table.id);
    this.indexes = table.indexes
      .filter((index) => hasEntries(table, index))
      .map((index) => new IndexCodec(table, index));
    this.hasUniqueIndex = this.indexes.some(({ index }) => index.unique);
    this.handleOffset = table.pkIsHandle ? (handleLayoutOf(table).columnOffsets[0] ?? -1) : -1;
    this.#stored = table.columns.filter((column) => !isStoredInHandle(table, column));
    this.#encoder = new RowEncoder(this.#stored);
  }

  recordKey(handle: Handle): Key {
    return (this.recordPrefix + handle) as Key;
  }

  handleOf(key: Key): Handle {
    return key.slice(this.recordPrefix.length);
  }

  /** The handle that the values of a whole row give; `rowId` for tables without a clustered key. */
  handle(row: readonly Datum[], rowId: number | bigint, zone: TimeZone): Handle {
    if (this.handleOffset >= 0) return encodeIntHandle(row[this.handleOffset] as number | bigint);
    return this.table.isCommonHandle ? encodeCommonHandle(this.table, row, zone) : encodeIntHandle(rowId);
  }

  /** `row[i]` is the value of table column i. */
  encodeRow(row: readonly Datum[], zone: TimeZone): Buffer {
    return this.#encoder.encode(
      this.#stored.map((column) => row[column.offset] ?? null),
      zone,
    );
  }

  /** Decodes the columns at `offsets`, none of them −1. */
  decoder(offsets: readonly number[]): RowDecoder {
    const key = offsets.join();
    let decoder = this.#decoders.get(key);
    if (decoder === undefined) {
      decoder = new RowDecoder(
        this.table,
        offsets.map((offset) => this.table.columns[offset] as ColumnInfo),
      );
      this.#decoders.set(key, decoder);
    }
    return decoder;
  }

  /** Decodes whole rows, `row[i]` being table column i. */
  rowDecoder(): RowDecoder {
    return this.decoder(this.table.columns.map((column) => column.offset));
  }

  indexCodec(index: IndexInfo): IndexCodec {
    const found = this.indexes.find((codec) => codec.index.id === index.id);
    return found ?? new IndexCodec(this.table, index);
  }
}

function hasEntries(table: TableInfo, index: IndexInfo): boolean {
  if (index.state === 'none' || index.kind === 'fulltext' || index.kind === 'spatial') return false;
  return !(index.primary && (table.pkIsHandle || table.isCommonHandle));
}

const codecs = new WeakMap<TableInfo, TableCodec>();

export function tableCodec(table: TableInfo): TableCodec {
  let codec = codecs.get(table);
  if (codec === undefined) {
    codec = new TableCodec(table);
    codecs.set(table, codec);
  }
  return codec;
}
