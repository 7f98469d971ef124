import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dateTimeFromNumber,
  LENIENT_DATES,
  parseDateTime,
  parseTime,
  timeFromNumber,
  timeText,
} from '../../../engine/index.ts';

test('datetimes from text, as MySQL answers', () => {
  const cases: [string, string | null][] = [
    ['2020-1-2', '2020-01-02 00:00:00.000000'],
    ['20-1-2', '2020-01-02 00:00:00.000000'],
    ['99-12-31', '1999-12-31 00:00:00.000000'],
    ['2020-01-02T03:04:05', '2020-01-02 03:04:05.000000'],
    ['2020-01-02 03:04:05.1234567', '2020-01-02 03:04:05.123457'],
    ['2020-12-31 23:59:59.9999999', '2021-01-01 00:00:00.000000'],
    ['20200102030405.5', '2020-01-02 03:04:05.500000'],
    ['070523091528', '2007-05-23 09:15:28.000000'],
    ['2012^12^31 11+30+45', '2012-12-31 11:30:45.000000'],
    ['2020-02-00', '2020-02-00 00:00:00.000000'],
    ['0000-00-00', '0000-00-00 00:00:00.000000'],
    ['2020-02-30', null],
    ['2020-13-01', null],
    ['2020-01-02 24:00:00', null],
    ['071332', null],
    ['abc', null],
    ['', null],
    ['9999-12-31 23:59:59.9999999', null],
  ];
  for (const [text, expected] of cases) {
    assert.equal(parseDateTime(text, LENIENT_DATES)?.value.toString(6) ?? null, expected, text);
  }
  assert.equal(parseDateTime('2020-01-02x', LENIENT_DATES)?.truncated, true);
  assert.equal(parseDateTime('2020-01-02 10:11:12-02:30', LENIENT_DATES)?.offsetSeconds, -9000);
  const strict = { zeroDate: false, zeroInDate: false, invalidDates: false };
  assert.equal(parseDateTime('0000-00-00', strict), undefined);
  assert.equal(parseDateTime('2020-02-00', strict), undefined);
  assert.equal(String(parseDateTime('2020-02-31', { ...strict, invalidDates: true })?.value), '2020-02-31 00:00:00');
});

test('times from text, as MySQL answers', () => {
  const cases: [string, string | null][] = [
    ['10:11', '10:11:00.000000'],
    ['1112', '00:11:12.000000'],
    ['1 10', '34:00:00.000000'],
    ['-1 10:00:00', '-34:00:00.000000'],
    ['900:00:00', '838:59:59.000000'],
    ['.5', '00:00:00.500000'],
    ['2020-01-02 10:11:12', '10:11:12.000000'],
    ['2020-01-02', '00:20:20.000000'],
    ['10:60:00', null],
    ['abc', null],
  ];
  for (const [text, expected] of cases) {
    const parsed = parseTime(text);
    assert.equal(parsed === undefined ? null : timeText(parsed.value, 6), expected, text);
  }
});

test('numbers', () => {
  assert.equal(String(dateTimeFromNumber(691_231, LENIENT_DATES)?.value), '2069-12-31 00:00:00');
  assert.equal(String(dateTimeFromNumber(200_102_030_405, LENIENT_DATES)?.value), '2020-01-02 03:04:05');
  assert.equal(dateTimeFromNumber(20_201_301, LENIENT_DATES), undefined);
  assert.equal(timeFromNumber(-101_112)?.value, -36_672_000_000);
  assert.equal(timeFromNumber(160), undefined);
  assert.equal(timeFromNumber(8_390_000)?.outOfRange, true);
});
