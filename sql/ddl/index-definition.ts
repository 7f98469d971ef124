/** Indexes of CREATE and ALTER TABLE: their columns, names and limits. */

import type { IndexId } from '../../base/index.ts';
import { type ColumnInfo, findCharset, type IndexColumn, type IndexInfo, sqlErrors } from '../../engine/index.ts';
import type * as ddl from '../parser/ast-ddl.ts';

const MAX_KEY_BYTES = 3072;
const MAX_KEY_PARTS = 16;
const MAX_NAME = 64;

export interface IndexRequest {
  readonly type: 'primary' | 'unique' | 'index' | 'fulltext' | 'spatial';
  readonly name: string | undefined;
  readonly parts: readonly ddl.KeyPart[];
  readonly options: ddl.IndexOptions | undefined;
}

export function buildIndex(
  request: IndexRequest,
  columns: readonly ColumnInfo[],
  existing: readonly IndexInfo[],
  id: number,
): IndexInfo {
  if (request.parts.length > MAX_KEY_PARTS) throw sqlErrors.tooManyKeyParts(MAX_KEY_PARTS);
  const isText = request.type === 'fulltext' || request.type === 'spatial';
  const seen = new Set<number>();
  const parts = request.parts.map((part) => {
    const built = buildPart(part, columns, isText);
    if (seen.has(built.columnOffset)) throw sqlErrors.dupFieldName(partName(part));
    seen.add(built.columnOffset);
    return built;
  });
  if (!isText) checkLength(parts, columns);
  if (request.type === 'primary') checkPrimary(parts, columns, existing, request);
  const name = request.type === 'primary' ? 'PRIMARY' : indexName(request, existing);
  return {
    id: id as IndexId,
    name,
    columns: parts,
    unique: request.type === 'primary' || request.type === 'unique',
    primary: request.type === 'primary',
    invisible: request.options?.visible === false,
    kind: request.type === 'fulltext' || request.type === 'spatial' ? request.type : 'btree',
    comment: request.options?.comment ?? '',
    state: 'public',
  };
}

function partName(part: ddl.KeyPart): string {
  return part.kind === 'column' ? part.name.name : '';
}

function buildPart(part: ddl.KeyPart, columns: readonly ColumnInfo[], isText: boolean): IndexColumn {
  if (part.kind === 'expression') throw sqlErrors.notSupportedYet('functional index');
  const column = columns.find((candidate) => candidate.name.toLowerCase() === part.name.name.toLowerCase());
  if (column === undefined) throw sqlErrors.keyColumnDoesNotExist(part.name.name);
  const { type } = column;
  if (!isText || type.class === 'json') checkKeyColumn(column, part.length !== undefined);
  const isString = type.class === 'string' || type.class === 'bytes';
  const isBlob = isLongString(column);
  if (part.length !== undefined && (!isString || (!isBlob && part.length > type.length))) throw sqlErrors.wrongSubKey();
  const isWhole = part.length === undefined || (!isBlob && part.length === type.length) || isText;
  return {
    columnOffset: column.offset,
    prefixLength: isWhole ? -1 : (part.length ?? -1),
    descending: part.descending,
  };
}

function isLongString({ type }: ColumnInfo): boolean {
  const isString = type.class === 'string' || type.class === 'bytes';
  return isString && !['char', 'varchar', 'binary', 'varbinary'].includes(type.name);
}

/** Throws 3152 for JSON and 1170 for TEXT and BLOB without a length: such columns cannot be part of a key. */
export function checkKeyColumn(column: ColumnInfo, hasLength: boolean): void {
  if (column.type.class === 'json') throw sqlErrors.jsonUsedAsKey(column.name);
  if (!hasLength && isLongString(column)) throw sqlErrors.blobKeyWithoutLength(column.name);
}

function checkLength(parts: readonly IndexColumn[], columns: readonly ColumnInfo[]): void {
  let total = 0;
  for (const part of parts) {
    const type = columns.find((column) => column.offset === part.columnOffset)?.type;
    if (type === undefined || (type.class !== 'string' && type.class !== 'bytes')) {
      total += 8;
      continue;
    }
    const perCharacter = type.class === 'string' ? (findCharset(type.charset.name)?.maxBytes ?? 1) : 1;
    total += (part.prefixLength >= 0 ? part.prefixLength : type.length) * perCharacter;
  }
  if (total > MAX_KEY_BYTES) throw sqlErrors.tooLongKey(MAX_KEY_BYTES);
}

function checkPrimary(
  parts: readonly IndexColumn[],
  columns: readonly ColumnInfo[],
  existing: readonly IndexInfo[],
  request: IndexRequest,
): void {
  if (existing.some((index) => index.primary)) throw sqlErrors.multiplePriKey();
  for (const part of parts) {
    const column = columns.find((candidate) => candidate.offset === part.columnOffset);
    if (column?.type.nullable === true) throw sqlErrors.primaryCantHaveNull();
  }
  if (request.options?.visible === false) throw sqlErrors.pkIndexCantBeInvisible();
}

/** The given name, or that of the first column with a number where it is taken. */
function indexName(request: IndexRequest, existing: readonly IndexInfo[]): string {
  const taken = (name: string): boolean => existing.some((index) => index.name.toLowerCase() === name.toLowerCase());
  if (request.name !== undefined) {
    if (request.name.length > MAX_NAME) throw sqlErrors.tooLongIdent(request.name);
    if (request.name.toLowerCase() === 'primary') throw sqlErrors.wrongNameForIndex(request.name);
    if (taken(request.name)) throw sqlErrors.dupKeyName(request.name);
    return request.name;
  }
  const [first] = request.parts;
  const base = first === undefined ? 'key' : partName(first);
  if (!taken(base) && base.toLowerCase() !== 'primary') return base;
  for (let number = 2; ; number++) if (!taken(`${base}_${number}`)) return `${base}_${number}`;
}
