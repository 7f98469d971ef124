/**
 * Time zones by name, from the runtime's own time zone data. Offsets are looked up in transitions that are found once
 * per zone and year, because asking the runtime costs microseconds and a row asks for every TIMESTAMP it holds.
 */

import type { TimeZone } from '../expression/evaluation-context.ts';

const MICROS_PER_SECOND = 1_000_000;
const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 366 * DAY_SECONDS;
const MAX_OFFSET_SECONDS = 14 * 3600;

class FixedTimeZone implements TimeZone {
  readonly name: string;
  readonly #seconds: number;

  constructor(name: string, seconds: number) {
    this.name = name;
    this.#seconds = seconds;
  }

  offsetSecondsAt(): number {
    return this.#seconds;
  }

  toUtcMicros(localMicros: number): number {
    return localMicros - this.#seconds * MICROS_PER_SECOND;
  }
}

interface Transition {
  /** UTC seconds from which `offset` holds. */
  readonly from: number;
  readonly offset: number;
}

class NamedTimeZone implements TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  /** Transitions of a slice of YEAR_SECONDS, beginning with its start. */
  readonly #slices = new Map<number, readonly Transition[]>();

  constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name;
    this.#format = format;
  }

  offsetSecondsAt(utcMicros: number): number {
    const seconds = Math.floor(utcMicros / MICROS_PER_SECOND);
    const slice = Math.floor(seconds / YEAR_SECONDS);
    let transitions = this.#slices.get(slice);
    if (transitions === undefined) {
      transitions = this.#findTransitions(slice * YEAR_SECONDS);
      this.#slices.set(slice, transitions);
    }
    let offset = 0;
    for (const transition of transitions) {
      if (transition.from > seconds) break;
      offset = transition.offset;
    }
    return offset;
  }

  /** In a gap the instant the clock jumped to; in an overlap the earlier instant, as MySQL chooses. */
  toUtcMicros(localMicros: number): number {
    const before = this.offsetSecondsAt(localMicros - MAX_OFFSET_SECONDS * MICROS_PER_SECOND);
    const early = localMicros - before * MICROS_PER_SECOND;
    if (this.offsetSecondsAt(early) === before) return early;
    const after = this.offsetSecondsAt(localMicros + MAX_OFFSET_SECONDS * MICROS_PER_SECOND);
    const late = localMicros - after * MICROS_PER_SECOND;
    if (this.offsetSecondsAt(late) === after) return late;
    return this.#transitionBetween(late, early);
  }

  #transitionBetween(fromMicros: number, toMicros: number): number {
    const seconds = this.#bisect(Math.floor(fromMicros / MICROS_PER_SECOND), Math.floor(toMicros / MICROS_PER_SECOND));
    return seconds * MICROS_PER_SECOND;
  }

  #findTransitions(start: number): readonly Transition[] {
    const transitions: Transition[] = [{ from: start, offset: this.#ask(start) }];
    const step = 15 * DAY_SECONDS;
    for (let from = start; from < start + YEAR_SECONDS; from += step) {
      const to = Math.min(from + step, start + YEAR_SECONDS);
      const known = transitions.at(-1)?.offset ?? 0;
      if (this.#ask(to) === known) continue;
      const at = this.#bisect(from, to);
      transitions.push({ from: at, offset: this.#ask(at) });
    }
    return transitions;
  }

  /** The first second after `low` whose offset is no longer that of `low`. */
  #bisect(low: number, high: number): number {
    const offset = this.#ask(low);
    let from = low;
    let to = high;
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      if (this.#ask(middle) === offset) from = middle;
      else to = middle;
    }
    return to;
  }

  /** The runtime's answer: the local wall clock of the instant, read as if it were UTC, minus the instant. */
  #ask(utcSeconds: number): number {
    const parts = new Map(
      this.#format.formatToParts(utcSeconds * 1000).map(({ type, value }) => [type, Number(value)]),
    );
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return Math.round(local / 1000) - utcSeconds;
  }
}

const OFFSET = /^([+-])(\d{1,2}):(\d{2})$/;
const MAX_ZONES = 1000;
const zones = new Map<string, TimeZone>();

function offsetZone(name: string): TimeZone | undefined {
  const match = OFFSET.exec(name);
  if (match === null) return undefined;
  const [, sign, hours, minutes] = match;
  const magnitude = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || magnitude > 14 * 60 || (sign === '-' && magnitude > 13 * 60 + 59)) return undefined;
  const text = `${sign}${String(hours).padStart(2, '0')}:${minutes}`;
  return new FixedTimeZone(text, (sign === '-' ? -magnitude : magnitude) * 60);
}

function namedZone(name: string): TimeZone | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    return new NamedTimeZone(name, format);
  } catch {
    return undefined;
  }
}

/** `+hh:mm` from −13:59 to +14:00, or a name of the IANA database; undefined when it is neither. Names are kept as given. */
export function findTimeZone(name: string): TimeZone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const isUtc = /^(utc|gmt|etc\/utc)$/i.test(name);
  const zone = offsetZone(name) ?? (isUtc ? new FixedTimeZone(name, 0) : namedZone(name));
  if (zone === undefined) return undefined;
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}
