/** Into character strings and byte strings. */

import { sqlErrors } from '../errors/sql-errors.ts';
import { textFunction } from '../expression/cast/text-of.ts';
import type { FieldType } from '../types/field-type.ts';
import { characterCount, TEXT_BYTES } from '../types/field-types.ts';
import { doubleCastText, doubleTextInWidth } from '../types/number-text.ts';
import { type Assignment, isStrict, note, report, type Site } from './site.ts';

/** How many bytes of a bad string MySQL shows: \xF0\x9F\x90\x9F… */
const SHOWN_BYTES = 6;

/** Bytes that the TEXT and BLOB types hold; undefined for the types that count characters. */
function byteLimit(type: FieldType): number | undefined {
  switch (type.name) {
    case 'tinytext':
    case 'tinyblob':
      return TEXT_BYTES.tiny;
    case 'text':
    case 'blob':
      return type.length > 0 ? Math.min(textBytes(type), TEXT_BYTES.plain) : TEXT_BYTES.plain;
    case 'mediumtext':
    case 'mediumblob':
      return TEXT_BYTES.medium;
    case 'longtext':
    case 'longblob':
      return TEXT_BYTES.long;
    default:
      return undefined;
  }
}

function textBytes(type: FieldType): number {
  return type.class === 'string' ? (type.length + 1) * type.charset.maxBytes : type.length;
}

export function assignText(from: FieldType, to: FieldType): Assignment {
  const bytesAllowed = byteLimit(to);
  if (from.class === 'real' && bytesAllowed === undefined) return realToText(to);
  const text = from.class === 'bytes' || from.name === 'bit' ? undefined : textFunction(from);
  const binary = textFunction(from);
  const fit = (value: string, site: Site): string =>
    bytesAllowed === undefined ? fitCharacters(value, to, site) : fitBytes(value, to, bytesAllowed, site);
  return (value, site) => {
    const given = text === undefined ? decoded(binary(value), to, site) : text(value);
    return fit(representable(given, to, site), site);
  };
}

/** A double gives up digits until it fits the column. */
function realToText(to: FieldType): Assignment {
  return (value, site) =>
    doubleTextInWidth(value as number, to.length) ?? fitCharacters(doubleCastText(value as number), to, site);
}

/** Bytes stored in a character column are taken for text of its character set. */
function decoded(binary: string, to: FieldType, site: Site): string {
  const bytes = Buffer.from(binary, 'latin1');
  const text = to.charset.decode(bytes);
  if (text !== undefined) return text;
  const valid = longestValidPrefix(bytes, to);
  reportBadString(bytes.subarray(valid.bytes), site);
  return valid.text;
}

function longestValidPrefix(bytes: Buffer, to: FieldType): { readonly text: string; readonly bytes: number } {
  let low = 0;
  for (let end = 1; end <= bytes.length; end++) {
    if (to.charset.decode(bytes.subarray(low, end)) !== undefined) low = end;
    else if (end - low >= to.charset.maxBytes) break;
    if (low === end && to.charset.decode(bytes.subarray(0, end)) === undefined) break;
  }
  for (let end = low; end > 0; end--) {
    const text = to.charset.decode(bytes.subarray(0, end));
    if (text !== undefined) return { text, bytes: end };
  }
  return { text: '', bytes: 0 };
}

/** Characters that the column's set lacks are refused, or become '?'. */
function representable(text: string, to: FieldType, site: Site): string {
  if (to.charset.name === 'utf8mb4' || to.charset.canEncode(text)) return text;
  for (const [index, character] of [...text].entries()) {
    if (to.charset.canEncode(character)) continue;
    reportBadString(Buffer.from([...text].slice(index).join('')), site);
    break;
  }
  return [...text].map((character) => (to.charset.canEncode(character) ? character : '?')).join('');
}

function reportBadString(bytes: Uint8Array, site: Site): void {
  let shown = '';
  for (const byte of bytes.subarray(0, SHOWN_BYTES)) {
    shown +=
      byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (bytes.length > SHOWN_BYTES) shown += '...';
  report(site, sqlErrors.truncatedWrongValueForField('string', shown, site.column.name, site.row));
}

function fitCharacters(value: string, to: FieldType, site: Site): string {
  const fitted =
    value.length <= to.length || characterCount(value) <= to.length
      ? value
      : cutText(value, takeCharacters(value, to.length), to, site);
  return to.name === 'char' ? fitted.replace(/ +$/, '') : fitted;
}

function takeCharacters(value: string, count: number): string {
  let at = 0;
  for (let taken = 0; taken < count && at < value.length; taken++) {
    at += (value.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return value.slice(0, at);
}

function fitBytes(value: string, to: FieldType, limit: number, site: Site): string {
  if (value.length * to.charset.maxBytes <= limit || to.charset.encode(value).length <= limit) return value;
  let kept = to.charset.decode(to.charset.encode(value).subarray(0, limit));
  for (let end = limit - 1; kept === undefined && end > limit - 4; end--) {
    kept = to.charset.decode(to.charset.encode(value).subarray(0, end));
  }
  return cutText(value, kept ?? '', to, site);
}

/** Spaces may go (with a note, or silently from CHAR); anything else is an error, or a warning 1265 without strict mode. */
function cutText(value: string, kept: string, to: FieldType, site: Site): string {
  if (/^ *$/.test(value.slice(kept.length))) {
    if (to.name !== 'char') note(site, sqlErrors.warnDataTruncated(site.column.name, site.row));
    return kept;
  }
  reportTooLong(site);
  return kept;
}

function reportTooLong(site: Site): void {
  const { context, column, row } = site;
  report(
    site,
    isStrict(context) ? sqlErrors.dataTooLong(column.name, row) : sqlErrors.warnDataTruncated(column.name, row),
  );
}

export function assignBytes(from: FieldType, to: FieldType): Assignment {
  const limit = byteLimit(to) ?? to.length;
  const text = textFunction(from);
  const bytesOf = (value: Parameters<Assignment>[0]): Uint8Array => {
    if (value instanceof Uint8Array) return value;
    return from.class === 'string' ? from.charset.encode(value as string) : encodeText(text(value), from);
  };
  return (value, site) => {
    let bytes =
      from.class === 'real'
        ? Buffer.from(doubleTextInWidth(value as number, limit) ?? doubleCastText(value as number))
        : bytesOf(value);
    if (bytes.length > limit) {
      reportTooLong(site);
      bytes = bytes.slice(0, limit);
    }
    if (to.name !== 'binary' || bytes.length === limit) return bytes;
    const padded = new Uint8Array(limit);
    padded.set(bytes);
    return padded;
  };
}

function encodeText(text: string, from: FieldType): Uint8Array {
  return from.name === 'bit' ? Buffer.from(text, 'latin1') : Buffer.from(text, 'utf8');
}
