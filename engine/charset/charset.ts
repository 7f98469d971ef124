/** MySQL's character sets: conversion between JS strings and their bytes. */

import iconv from 'iconv-lite';
import type { Charset } from './collation.ts';
import { charsetRows, singleByteCharacters } from './data/charsets.ts';

type Codec = Pick<Charset, 'encode' | 'decode' | 'canEncode'>;

const QUESTION_MARK = 0x3f;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const SURROGATE_PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const utf8mb4: Codec = { encode: (text) => Buffer.from(text, 'utf8'), decode: decodeUtf8, canEncode: () => true };

/** At most three bytes a character: those outside the basic plane are missing. */
const utf8mb3: Codec = {
  encode: (text) => Buffer.from(text.replace(SURROGATE_PAIRS, '?'), 'utf8'),
  decode: (bytes) => {
    const text = decodeUtf8(bytes);
    return text === undefined || text.search(SURROGATE_PAIRS) >= 0 ? undefined : text;
  },
  canEncode: (text) => text.search(SURROGATE_PAIRS) < 0,
};

/** Bytes are kept as binary strings. */
const binary: Codec = {
  encode: (text) => Buffer.from(text, 'latin1'),
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'),
  canEncode: () => true,
};

function utf16(bigEndian: boolean, basicPlaneOnly: boolean): Codec {
  const swap = (bytes: Buffer): Buffer => (bigEndian ? bytes.swap16() : bytes);
  return {
    encode: (text) => swap(Buffer.from(basicPlaneOnly ? text.replace(SURROGATE_PAIRS, '?') : text, 'utf16le')),
    decode: (bytes) => (bytes.byteLength % 2 === 0 ? swap(Buffer.from(bytes)).toString('utf16le') : undefined),
    canEncode: (text) => !basicPlaneOnly || text.search(SURROGATE_PAIRS) < 0,
  };
}

const utf32: Codec = {
  encode: (text) => {
    const codePoints = [...text];
    const bytes = Buffer.alloc(4 * codePoints.length);
    for (const [i, character] of codePoints.entries()) bytes.writeUInt32BE(character.codePointAt(0) ?? 0, 4 * i);
    return bytes;
  },
  decode: (bytes) => {
    if (bytes.byteLength % 4 !== 0) return undefined;
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const parts: string[] = [];
    for (let at = 0; at < view.length; at += 4) {
      const codePoint = view.readUInt32BE(at);
      if (codePoint > 0x10ffff) return undefined;
      parts.push(String.fromCodePoint(codePoint));
    }
    return parts.join('');
  },
  canEncode: () => true,
};

function singleByte(base64: string): Codec {
  const table = Buffer.from(base64, 'base64');
  const characters = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(table.readUInt16LE(2 * byte)));
  const bytes = new Map(characters.map((character, byte) => [character, byte]));
  const known = (character: string): boolean => character !== '\uffff' && bytes.has(character);
  return {
    encode: (text) => {
      const encoded = Buffer.alloc([...text].length);
      let at = 0;
      for (const character of text)
        encoded[at++] = known(character) ? (bytes.get(character) ?? QUESTION_MARK) : QUESTION_MARK;
      return encoded;
    },
    decode: (encoded) => {
      let text = '';
      for (const byte of encoded) text += characters[byte];
      return text.includes('\uffff') ? undefined : text;
    },
    canEncode: (text) => [...text].every(known),
  };
}

/** Multi-byte East Asian sets through iconv-lite, whose tables load at first use. */
function multiByte(encoding: string): Codec {
  const decode = (bytes: Uint8Array): string | undefined => {
    const text = iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), encoding);
    return text.includes('\ufffd') ? undefined : text;
  };
  return {
    encode: (text) => iconv.encode(text, encoding),
    decode,
    canEncode: (text) => decode(iconv.encode(text, encoding)) === text,
  };
}

const iconvNames: Readonly<Record<string, string>> = {
  big5: 'big5',
  cp932: 'cp932',
  eucjpms: 'eucjp',
  euckr: 'euckr',
  gb18030: 'gb18030',
  gb2312: 'gb2312',
  gbk: 'gbk',
  sjis: 'shiftjis',
  ujis: 'eucjp',
};

function codecOf(name: string): Codec {
  switch (name) {
    case 'utf8mb4':
      return utf8mb4;
    case 'utf8mb3':
      return utf8mb3;
    case 'binary':
      return binary;
    case 'ucs2':
      return utf16(true, true);
    case 'utf16':
      return utf16(true, false);
    case 'utf16le':
      return utf16(false, false);
    case 'utf32':
      return utf32;
    default: {
      const characters = singleByteCharacters[name];
      return characters === undefined ? multiByte(iconvNames[name] ?? name) : singleByte(characters);
    }
  }
}

/** A character set whose codec is made at first use. */
function makeCharset([name, defaultCollation, description, maxBytes]: (typeof charsetRows)[number]): Charset {
  let codec: Codec | undefined;
  const get = (): Codec => {
    codec ??= codecOf(name);
    return codec;
  };
  return {
    name,
    defaultCollation,
    description,
    maxBytes,
    encode: (text) => get().encode(text),
    decode: (bytes) => get().decode(bytes),
    canEncode: (text) => get().canEncode(text),
  };
}

const charsets: readonly Charset[] = charsetRows.map(makeCharset);
const byName = new Map(charsets.map((charset) => [charset.name, charset]));
const utf8 = byName.get('utf8mb3');
if (utf8 !== undefined) byName.set('utf8', utf8);

/** In the order of SHOW CHARACTER SET. */
export function allCharsets(): readonly Charset[] {
  return charsets;
}

/** By MySQL's name, any case; `utf8` is utf8mb3. Undefined for unknown names (error 1115 at the caller). */
export function findCharset(name: string): Charset | undefined {
  return byName.get(name.toLowerCase());
}
