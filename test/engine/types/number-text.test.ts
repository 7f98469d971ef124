import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doubleCastText, doubleText, floatCastText, floatText } from '../../../engine/index.ts';

test('doubles as results show them and as CAST writes them', () => {
  const cases: [number, string, string][] = [
    [1e14, '100000000000000', '100000000000000'],
    [1e15, '1e15', '1e15'],
    [1234567890123456.8, '1234567890123456.8', '1234567890123456.8'],
    [9007199254740992, '9.007199254740992e15', '9.007199254740992e15'],
    [1.5e-15, '0.0000000000000015', '0.0000000000000015'],
    [1e-16, '1e-16', '1e-16'],
    [1.2345678901234568e-10, '0.00000000012345678901234568', '1.2345678901234568e-10'],
    [-0, '-0', '-0'],
  ];
  for (const [value, shown, cast] of cases) {
    assert.equal(doubleText(value), shown);
    assert.equal(doubleCastText(value), cast);
  }
});

test('floats have six digits, halves to even', () => {
  const cases: [number, string, string][] = [
    [123456.7, '123457', '123457'],
    [16777216, '16777200', '16777200'],
    [101112.5, '101112', '101112'],
    [101113.5, '101114', '101114'],
    [1e12, '1000000000000', '1e12'],
    [-1e11, '-100000000000', '-1e11'],
    [1.23456e-6, '0.00000123456', '1.23456e-6'],
  ];
  for (const [value, shown, cast] of cases) {
    assert.equal(floatText(value), shown);
    assert.equal(floatCastText(value), cast);
  }
});
