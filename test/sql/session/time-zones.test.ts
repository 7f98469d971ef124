import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTimeZone } from '../../../engine/index.ts';
import { timeZoneOf } from '../../../sql/session/time-zone.ts';

function zone(name: string): NonNullable<ReturnType<typeof findTimeZone>> {
  const found = findTimeZone(name);
  assert.ok(found !== undefined, name);
  return found;
}

const utc = (text: string): number => Date.parse(`${text}Z`) * 1000;

test('offsets from −13:59 to +14:00, and nothing beyond', () => {
  assert.equal(zone('+05:30').offsetSecondsAt(0), 19_800);
  assert.equal(zone('-3:00').name, '-03:00');
  assert.equal(zone('-13:59').offsetSecondsAt(0), -50_340);
  assert.equal(zone('+14:00').offsetSecondsAt(0), 50_400);
  for (const name of ['+14:01', '-14:00', '+5', '05:30', 'Nowhere/City', '', '+01:60']) {
    assert.equal(findTimeZone(name), undefined, name);
  }
});

test('summer time comes and goes', () => {
  const berlin = zone('Europe/Berlin');
  assert.equal(berlin.offsetSecondsAt(utc('2026-01-15T12:00:00')), 3600);
  assert.equal(berlin.offsetSecondsAt(utc('2026-03-29T00:59:59')), 3600);
  assert.equal(berlin.offsetSecondsAt(utc('2026-03-29T01:00:00')), 7200);
  assert.equal(berlin.offsetSecondsAt(utc('2026-10-25T00:59:59')), 7200);
  assert.equal(berlin.offsetSecondsAt(utc('2026-10-25T01:00:00')), 3600);
  assert.equal(zone('Asia/Tokyo').offsetSecondsAt(utc('2026-07-01T00:00:00')), 32_400);
});

test('local times: a gap goes to its end, an overlap to the earlier instant', () => {
  const berlin = zone('Europe/Berlin');
  assert.equal(berlin.toUtcMicros(utc('2026-07-01T12:00:00')), utc('2026-07-01T10:00:00'));
  assert.equal(berlin.toUtcMicros(utc('2026-01-01T12:00:00')), utc('2026-01-01T11:00:00'));
  assert.equal(berlin.toUtcMicros(utc('2026-03-29T02:30:00')), utc('2026-03-29T01:00:00'));
  assert.equal(berlin.toUtcMicros(utc('2026-10-25T02:30:00')), utc('2026-10-25T00:30:00'));
});

test('every hour of a decade goes to local time and back', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map(zone);
  for (const each of zones) {
    for (let at = utc('2019-01-01T00:30:00'); at < utc('2029-01-01T00:00:00'); at += 7 * 3_600_000_000) {
      const local = at + each.offsetSecondsAt(at) * 1_000_000;
      const back = each.toUtcMicros(local);
      assert.equal(
        back + each.offsetSecondsAt(back) * 1_000_000,
        local,
        `${each.name} ${new Date(at / 1000).toISOString()}`,
      );
    }
  }
});

test('SYSTEM is the zone of the server; an unknown name is error 1298', () => {
  assert.equal(timeZoneOf('SYSTEM', zone('+02:00')).name, '+02:00');
  assert.throws(() => timeZoneOf('Mars/Olympus', zone('+02:00')), { errno: 1298 });
});
