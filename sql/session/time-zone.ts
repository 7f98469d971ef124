/** The time zone of a session. */

import { findTimeZone, sqlErrors, type TimeZone } from '../../engine/index.ts';

/** The value of @@time_zone as a zone; SYSTEM is the server's. Throws 1298. */
export function timeZoneOf(value: string, systemZone: TimeZone): TimeZone {
  if (value.toUpperCase() === 'SYSTEM') return systemZone;
  const zone = findTimeZone(value);
  if (zone === undefined) throw sqlErrors.unknownTimeZone(value);
  return zone;
}
