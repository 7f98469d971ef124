/** TIMESTAMP values between a session's time zone and UTC, in which rows and keys hold them. */

import type { TimeZone } from '../expression/evaluation-context.ts';
import { DateTime, MICROS_PER_SECOND } from '../types/date-time.ts';

export function timestampToUtc(local: DateTime, zone: TimeZone): DateTime {
  if (local.hasZeroPart) return local;
  return DateTime.fromEpochMicros(zone.toUtcMicros(local.toEpochMicros())) ?? local;
}

export function timestampFromUtc(utc: DateTime, zone: TimeZone): DateTime {
  if (utc.hasZeroPart) return utc;
  const micros = utc.toEpochMicros();
  const offset = zone.offsetSecondsAt(micros);
  return offset === 0 ? utc : (DateTime.fromEpochMicros(micros + offset * MICROS_PER_SECOND) ?? utc);
}
