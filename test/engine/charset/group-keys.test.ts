import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allCollations, type Collation, findCollation } from '../../../engine/index.ts';

const character = fc.constantFrom(...'aAbBzZ09-_ éÉßøæΩω你한', '\0', '\u00a0', '\t', 'K', '😀');
const text = fc.array(character, { maxLength: 14 }).map((characters) => characters.join(''));

const groupKey = (collation: Collation, value: string): string =>
  collation.asciiGroupKey(value) ?? collation.groupKey(value);

const weighted = allCollations().filter(
  ({ name }) => name.endsWith('_0900_ai_ci') || name.includes('_general_ci') || name.includes('unicode_ci'),
);

for (const collation of weighted.slice(0, 12)) {
  test(`${collation.name}: group keys are equal exactly where sort keys are`, () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const equal = collation.sortKey(left) === collation.sortKey(right);
        assert.equal(groupKey(collation, left) === groupKey(collation, right), equal);
        assert.equal(collation.groupKey(left), groupKey(collation, left));
      }),
      { numRuns: 300 },
    );
  });
}

test('lower-case ASCII is its own group key, other cases fold to it', () => {
  const collation = findCollation('utf8mb4_0900_ai_ci') as Collation;
  assert.equal(collation.asciiGroupKey('sea-gull 42'), 'sea-gull 42');
  assert.equal(collation.asciiGroupKey('Sea-GULL 42'), 'sea-gull 42');
  assert.equal(collation.asciiGroupKey('é'), undefined);
  assert.equal(collation.groupKey('É'), 'e');
});

test('sort keys of long and short texts agree', () => {
  const collation = findCollation('utf8mb4_0900_ai_ci') as Collation;
  const long = 'shoals of small fish';
  const key = [...long].map((letter) => collation.sortKey(letter)).join('');
  assert.equal(collation.sortKey(long), key);
});
