import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Decimal } from '../../../engine/index.ts';

const dec = (text: string): Decimal => {
  const value = Decimal.parse(text);
  assert.ok(value !== undefined, text);
  return value;
};

test('text keeps its scale', () => {
  for (const text of ['0', '0.00', '-1.50', '12345678901234567890.123456789', '0.001', '-0.5']) {
    assert.equal(dec(text).toString(), text);
  }
  assert.equal(dec('.5').toString(), '0.5');
  assert.equal(dec('1.5e3').toString(), '1500');
  assert.equal(dec('1.5e-3').toString(), '0.0015');
  assert.equal(dec('-0').toString(), '0');
  assert.equal(Decimal.parse('1.5x'), undefined);
  assert.equal(Decimal.parse(''), undefined);
});

test('arithmetic', () => {
  assert.equal(dec('1.10').add(dec('2.205')).toString(), '3.305');
  assert.equal(dec('1.1').sub(dec('1.10')).toString(), '0.00');
  assert.equal(dec('-1.5').mul(dec('2.25')).toString(), '-3.375');
  assert.equal(dec('2').div(dec('3'), 4)?.toString(), '0.6667');
  assert.equal(dec('-2').div(dec('3'), 4)?.toString(), '-0.6667');
  assert.equal(dec('1.05').div(dec('3'), 6)?.toString(), '0.350000');
  assert.equal(dec('1').div(dec('0.00'), 4), undefined);
  assert.equal(dec('-7.5').mod(dec('2'))?.toString(), '-1.5');
  assert.equal(dec('-7.5').intDiv(dec('2')), -3n);
});

test('rounding is half away from zero', () => {
  const cases: [string, number, string][] = [
    ['2.5', 0, '3'],
    ['-2.5', 0, '-3'],
    ['2.4999', 0, '2'],
    ['1.005', 2, '1.01'],
    ['155', -1, '160'],
    ['5', -1, '10'],
    ['4', -1, '0'],
    ['1.5', 3, '1.500'],
    ['99999999999999999999.5', 0, '100000000000000000000'],
  ];
  for (const [text, scale, expected] of cases) assert.equal(dec(text).round(scale).toString(), expected, text);
  assert.equal(dec('-2.59').truncate(1).toString(), '-2.5');
  assert.equal(dec('2.1').ceil().toString(), '3');
  assert.equal(dec('-2.1').floor().toString(), '-3');
  assert.equal(dec('-2.9').ceil().toString(), '-2');
});

test('order and one form per number', () => {
  assert.equal(dec('1.50').compare(dec('1.5')), 0);
  assert.ok(dec('-1').compare(dec('0.01')) < 0);
  assert.equal(dec('1.5000').normalized().toString(), '1.5');
  assert.equal(dec('100.00').normalized().toString(), '100');
  assert.equal(Decimal.limit(5, 2, true).toString(), '-999.99');
});

const seed = 20_240_607;
const coefficients = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const decimals = fc.tuple(coefficients, fc.integer({ min: 0, max: 20 })).map(([c, scale]) => {
  const sign = c < 0n ? '-' : '';
  const digits = (c < 0n ? -c : c).toString().padStart(scale + 1, '0');
  return dec(scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
});

test(`sums, products and order agree with bigints (seed ${seed})`, () => {
  fc.assert(
    fc.property(decimals, decimals, (a, b) => {
      const scale = Math.max(a.scale, b.scale);
      const at = (d: Decimal) => BigInt(d.coefficient) * 10n ** BigInt(scale - d.scale);
      assert.equal(BigInt(a.add(b).coefficient), at(a) + at(b));
      assert.equal(BigInt(a.sub(b).coefficient), at(a) - at(b));
      assert.equal(Math.sign(a.compare(b)), at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0);
      assert.ok(dec(a.toString()).equals(a));
      assert.ok(a.add(b).sub(b).equals(a));
    }),
    { seed, numRuns: 300 },
  );
});
