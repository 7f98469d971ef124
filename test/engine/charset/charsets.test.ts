import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allCharsets, type Charset, findCharset } from '../../../engine/index.ts';

function charset(name: string): Charset {
  return findCharset(name) ?? assert.fail(`${name} is unknown`);
}

/** HEX(CONVERT('text' USING charset)) on a MySQL server. */
const encodings: readonly (readonly [string, string, string])[] = [
  ['utf8mb4', 'é😀', 'c3a9f09f9880'],
  ['utf8mb3', 'é😀', 'c3a93f'],
  ['latin1', 'é€\u0081', 'e98081'],
  ['ascii', 'é', '3f'],
  ['ucs2', 'é😀', '00e9003f'],
  ['utf16', 'é😀', '00e9d83dde00'],
  ['utf16le', 'é', 'e900'],
  ['utf32', '😀', '0001f600'],
  ['gbk', '你', 'c4e3'],
  ['sjis', 'あ', '82a0'],
  ['cp1251', 'Я', 'df'],
  ['big5', '你', 'a741'],
];

for (const [name, text, hex] of encodings) {
  test(`${text} in ${name}`, () => {
    assert.equal(Buffer.from(charset(name).encode(text)).toString('hex'), hex);
    const lossless = charset(name).decode(charset(name).encode(text)) === text;
    assert.equal(charset(name).canEncode(text), lossless);
  });
}

test('bytes that are no text of the set decode to undefined', () => {
  assert.equal(charset('utf8mb4').decode(Uint8Array.of(0xc3)), undefined);
  assert.equal(charset('utf8mb3').decode(Buffer.from('😀')), undefined);
  assert.equal(charset('ucs2').decode(Uint8Array.of(0)), undefined);
  assert.equal(charset('utf32').decode(Uint8Array.of(0, 0x20, 0, 0)), undefined);
});

test('binary keeps every byte', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = charset('binary').decode(bytes) ?? assert.fail();
  assert.deepEqual(new Uint8Array(charset('binary').encode(text)), bytes);
});

test('every character set encodes ASCII letters and digits', () => {
  assert.equal(allCharsets().length, 41);
  for (const { name, encode, decode } of allCharsets()) assert.equal(decode(encode('Shoal 42')), 'Shoal 42', name);
  assert.equal(findCharset('UTF8')?.name, 'utf8mb3');
  assert.equal(findCharset('ebcdic'), undefined);
});
