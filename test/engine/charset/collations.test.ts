import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allCollations, type Collation, defaultCollation, findCollation } from '../../../engine/index.ts';

function collation(name: string): Collation {
  return findCollation(name) ?? assert.fail(`${name} is unknown`);
}

function hexKey(name: string, text: string): string {
  return Buffer.from(collation(name).sortKey(text), 'latin1').toString('hex').toUpperCase();
}

/** WEIGHT_STRING on a MySQL server. */
const weightStrings: readonly (readonly [string, string, string])[] = [
  ['utf8mb4_0900_ai_ci', 'aÄ ß', '1C471C4702091E711E71'],
  ['utf8mb4_0900_ai_ci', '각', '3BF53C733CD1'],
  ['utf8mb4_0900_ai_ci', '你', 'FB40CF60'],
  ['utf8mb4_0900_ai_ci', '😀', '15FB'],
  ['utf8mb4_0900_as_ci', 'é', '1CAA000000200024'],
  ['utf8mb4_0900_as_cs', 'É', '1CAA000000200024000000080002'],
  ['utf8mb4_general_ci', 'aß😀 ', '00410053FFFD'],
  ['utf8mb4_unicode_ci', 'aÄß', '0E330E330FEA0FEA'],
  ['utf8mb4_bin', 'aé ', '61C3A9'],
  ['latin1_swedish_ci', 'aÄö', '415C5D'],
];

for (const [name, text, expected] of weightStrings) {
  test(`sort key of ${JSON.stringify(text)} in ${name}`, () => assert.equal(hexKey(name, text), expected));
}

/** Signs of STRCMP on a MySQL server. */
const comparisons: readonly (readonly [string, string, string, number])[] = [
  ['utf8mb4_0900_ai_ci', 'résumé', 'RESUME', 0],
  ['utf8mb4_0900_ai_ci', 'a ', 'a', 1],
  ['utf8mb4_0900_ai_ci', 'ae', 'æ', 0],
  ['utf8mb4_0900_ai_ci', 'straße', 'STRASSE', 0],
  ['utf8mb4_0900_as_cs', 'a', 'A', -1],
  ['utf8mb4_general_ci', 'a ', 'A', 0],
  ['utf8mb4_general_ci', 'a\t', 'a', -1],
  ['utf8mb4_general_ci', 'straße', 'STRASSE', -1],
  ['utf8mb4_unicode_ci', 'straße ', 'STRASSE', 0],
  ['utf8mb4_bin', 'a  ', 'a', 0],
  ['utf8mb4_bin', '\u{ff61}', '\u{1f600}', -1],
  ['utf8mb4_0900_bin', 'a ', 'a', 1],
  ['latin1_swedish_ci', 'A', 'a ', 0],
  ['ascii_general_ci', 'abc', 'ABD', -1],
];

for (const [name, left, right, expected] of comparisons) {
  test(`${JSON.stringify(left)} against ${JSON.stringify(right)} in ${name}`, () => {
    assert.equal(Math.sign(collation(name).compare(left, right)), expected);
    assert.equal(Math.sign(collation(name).compare(right, left)), 0 - expected);
  });
}

test('sort keys order as compare does, where no character sorts below a padding space', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 6 }).map((value) => value.replace(/[\0-\x1f]/g, ''));
  for (const name of ['utf8mb4_0900_ai_ci', 'utf8mb4_0900_as_cs', 'utf8mb4_bin', 'utf8mb4_0900_bin', 'latin1_bin']) {
    const { compare, sortKey } = collation(name);
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [a, b] = [sortKey(left), sortKey(right)];
        assert.equal(Math.sign(compare(left, right)), a < b ? -1 : a > b ? 1 : 0, name);
      }),
    );
  }
});

test('every collation of MySQL has a name, a number and an order', () => {
  assert.equal(allCollations().length, 286);
  for (const { name, id, compare, sortKey } of allCollations()) {
    assert.equal(findCollation(id)?.name, name);
    assert.equal(compare('same', 'same'), 0);
    assert.ok(compare('a', 'b') < 0, name);
    assert.ok(sortKey('a') < sortKey('b'), name);
  }
  assert.equal(defaultCollation.id, 255);
  assert.equal(findCollation('UTF8_General_ci')?.name, 'utf8mb3_general_ci');
  assert.equal(findCollation('klingon_ci'), undefined);
});
