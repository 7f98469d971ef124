/**
 * Values of DATE, DATETIME and TIMESTAMP: a calendar date, which may be zero or have zero parts (0000-00-00,
 * 2020-02-00), and microseconds of the day. Proleptic Gregorian, years 0–9999, no time zone: a TIMESTAMP is converted
 * when it enters or leaves a row.
 */

export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;
export const MICROS_PER_HOUR = 60 * MICROS_PER_MINUTE;
export const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;

const DAYS_IN_MONTH = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** TO_DAYS('1970-01-01'). */
const EPOCH_DAY_NUMBER = 719_528;
/** TO_DAYS('9999-12-31'). */
const MAX_DAY_NUMBER = 3_652_424;
const FRACTION_UNITS = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
const TWO_DIGITS = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));

export class DateTime {
  /** (year × 13 + month) × 32 + day, as in MySQL's packed form: ordered like the dates. */
  readonly date: number;
  /** Microseconds since midnight, 0–86 399 999 999. */
  readonly micros: number;

  constructor(date: number, micros: number) {
    this.date = date;
    this.micros = micros;
  }

  static readonly zero = new DateTime(0, 0);

  /** The parts must be in range, the day at most 31; they need not be a real date. */
  static of(year: number, month: number, day: number, hour = 0, minute = 0, second = 0, microsecond = 0): DateTime {
    const micros = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + second * MICROS_PER_SECOND + microsecond;
    return new DateTime(packDate(year, month, day), micros);
  }

  /** Day `dayNumber` as TO_DAYS counts; undefined outside 0000-01-01 … 9999-12-31. */
  static fromDayNumber(dayNumber: number, micros = 0): DateTime | undefined {
    if (dayNumber < 1 || dayNumber > MAX_DAY_NUMBER) return undefined;
    const { year, month, day } = civilFromDayNumber(dayNumber);
    return new DateTime(packDate(year, month, day), micros);
  }

  /** From microseconds since 1970-01-01 00:00:00 in the same (no) time zone. */
  static fromEpochMicros(epochMicros: number): DateTime | undefined {
    const days = Math.floor(epochMicros / MICROS_PER_DAY);
    return DateTime.fromDayNumber(days + EPOCH_DAY_NUMBER, epochMicros - days * MICROS_PER_DAY);
  }

  get year(): number {
    return Math.floor((this.date >>> 5) / 13);
  }

  get month(): number {
    return (this.date >>> 5) % 13;
  }

  get day(): number {
    return this.date & 31;
  }

  get hour(): number {
    return Math.floor(this.micros / MICROS_PER_HOUR);
  }

  get minute(): number {
    return Math.floor(this.micros / MICROS_PER_MINUTE) % 60;
  }

  get second(): number {
    return Math.floor(this.micros / MICROS_PER_SECOND) % 60;
  }

  get microsecond(): number {
    return this.micros % MICROS_PER_SECOND;
  }

  /** 0000-00-00 00:00:00. */
  get isZero(): boolean {
    return this.date === 0 && this.micros === 0;
  }

  /** True for dates like 2020-00-01 and the zero date: no calendar arithmetic on them. */
  get hasZeroPart(): boolean {
    return this.day === 0 || this.month === 0;
  }

  /** TO_DAYS. Meaningless for dates with zero parts, as in MySQL. */
  get dayNumber(): number {
    return dayNumberOf(this.year, this.month, this.day);
  }

  /** Microseconds since 1970-01-01 00:00:00 in no time zone; exact for years up to 2255. */
  toEpochMicros(): number {
    return (this.dayNumber - EPOCH_DAY_NUMBER) * MICROS_PER_DAY + this.micros;
  }

  /** Negative, zero or positive. */
  compare(other: DateTime): number {
    return this.date - other.date || this.micros - other.micros;
  }

  equals(other: DateTime): boolean {
    return this.date === other.date && this.micros === other.micros;
  }

  /** Midnight of the same day. */
  dateOnly(): DateTime {
    return this.micros === 0 ? this : new DateTime(this.date, 0);
  }

  withMicros(micros: number): DateTime {
    return new DateTime(this.date, micros);
  }

  /** Rounds the fraction half up to `fsp` digits, carrying into the date; undefined past 9999-12-31. */
  roundTo(fsp: number): DateTime | undefined {
    const rounded = roundMicros(this.micros, fsp);
    if (rounded < MICROS_PER_DAY) return rounded === this.micros ? this : new DateTime(this.date, rounded);
    if (this.hasZeroPart) return undefined;
    return DateTime.fromDayNumber(this.dayNumber + 1, rounded - MICROS_PER_DAY);
  }

  truncateTo(fsp: number): DateTime {
    const unit = FRACTION_UNITS[fsp] ?? 1;
    const rest = this.micros % unit;
    return rest === 0 ? this : new DateTime(this.date, this.micros - rest);
  }

  /** Adds days and microseconds; undefined when the result leaves the calendar or the date has zero parts. */
  plus(days: number, micros: number): DateTime | undefined {
    if (this.hasZeroPart) return undefined;
    const total = this.micros + micros;
    const carry = Math.floor(total / MICROS_PER_DAY);
    return DateTime.fromDayNumber(this.dayNumber + days + carry, total - carry * MICROS_PER_DAY);
  }

  /** Adds months; the day is cut to the length of the month reached. Undefined outside years 0–9999. */
  plusMonths(months: number): DateTime | undefined {
    const total = this.year * 12 + (this.month - 1) + months;
    if (this.hasZeroPart || total < 0 || total >= 120_000) return undefined;
    const year = Math.floor(total / 12);
    const month = (total % 12) + 1;
    return new DateTime(packDate(year, month, Math.min(this.day, daysInMonth(year, month))), this.micros);
  }

  /** 0 for Monday … 6 for Sunday. */
  get weekday(): number {
    return (this.dayNumber + 5) % 7;
  }

  /** 1–366. */
  get dayOfYear(): number {
    return this.dayNumber - dayNumberOf(this.year, 1, 1) + 1;
  }

  /** YYYYMMDD. */
  toDateNumber(): number {
    return this.year * 10_000 + this.month * 100 + this.day;
  }

  /** YYYYMMDDhhmmss without the fraction: a safe integer. */
  toNumber(): number {
    return this.toDateNumber() * 1_000_000 + this.hour * 10_000 + this.minute * 100 + this.second;
  }

  /** `YYYY-MM-DD`. */
  toDateString(): string {
    const { year } = this;
    const century = TWO_DIGITS[Math.floor(year / 100)] as string;
    return `${century}${TWO_DIGITS[year % 100]}-${TWO_DIGITS[this.month]}-${TWO_DIGITS[this.day]}`;
  }

  /** `YYYY-MM-DD hh:mm:ss` and `fsp` digits of fraction. */
  toString(fsp = 0): string {
    return `${this.toDateString()} ${clockText(this.micros, fsp)}`;
  }

  /** The upper 32 bits of MySQL's packed 64-bit form: year-month-day and the top of hour-minute-second. */
  get packedHigh(): number {
    return this.date * 512 + (packClock(this.micros) >>> 8);
  }

  /** The lower 32 bits of the packed form: the rest of hour-minute-second, microseconds. */
  get packedLow(): number {
    return (packClock(this.micros) & 255) * 0x1000000 + (this.micros % MICROS_PER_SECOND);
  }

  static fromPacked(high: number, low: number): DateTime {
    const date = high >>> 9;
    const clock = ((high & 511) << 8) | (low >>> 24);
    const seconds = (clock >>> 12) * 3600 + ((clock >>> 6) & 63) * 60 + (clock & 63);
    return new DateTime(date, seconds * MICROS_PER_SECOND + (low & 0xffffff));
  }

  /** ((year·13+month)<<5 | day)<<17 | hour<<12 | minute<<6 | second, then <<24 | microseconds. */
  toPacked(): bigint {
    return (BigInt(this.packedHigh) << 32n) | BigInt(this.packedLow);
  }
}

function packDate(year: number, month: number, day: number): number {
  return (year * 13 + month) * 32 + day;
}

function packClock(micros: number): number {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  const minutes = Math.floor(seconds / 60);
  return (Math.floor(minutes / 60) << 12) | ((minutes % 60) << 6) | (seconds % 60);
}

/** Rounds half away from zero to `fsp` digits behind the seconds; for TIME too. */
export function roundMicros(micros: number, fsp: number): number {
  const unit = FRACTION_UNITS[fsp] ?? 1;
  if (unit === 1) return micros;
  const magnitude = Math.floor((Math.abs(micros) + unit / 2) / unit) * unit;
  return micros < 0 ? 0 - magnitude : magnitude;
}

export function truncateMicros(micros: number, fsp: number): number {
  return micros - (micros % (FRACTION_UNITS[fsp] ?? 1)) + 0;
}

/** `hh:mm:ss` and `fsp` digits of fraction; `micros` is not negative, hours may exceed 99. */
export function clockText(micros: number, fsp: number): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const hourText = hours < 100 ? (TWO_DIGITS[hours] as string) : String(hours);
  const text = `${hourText}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}`;
  return fsp === 0 ? text : `${text}.${fractionText(micros % MICROS_PER_SECOND, fsp)}`;
}

/** The first `fsp` of six digits. */
export function fractionText(microsecond: number, fsp: number): string {
  return String(microsecond).padStart(6, '0').slice(0, fsp);
}

export function isLeapYear(year: number): boolean {
  return (year & 3) === 0 && (year % 100 !== 0 || (year % 400 === 0 && year !== 0));
}

/** 0 for month 0. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (DAYS_IN_MONTH[month] ?? 0);
}

/** MySQL's calc_daynr: days since 0000-00-00; 0 for the zero date. */
export function dayNumberOf(year: number, month: number, day: number): number {
  if (year === 0 && month === 0) return 0;
  let total = 365 * year + 31 * (month - 1) + day;
  let last = year;
  if (month <= 2) last--;
  else total -= Math.trunc((month * 4 + 23) / 10);
  const centuries = Math.trunc(((Math.trunc(last / 100) + 1) * 3) / 4);
  return total + Math.trunc(last / 4) - centuries;
}

/** The inverse of `dayNumberOf` for real dates. */
function civilFromDayNumber(dayNumber: number): { year: number; month: number; day: number } {
  let year = Math.trunc((dayNumber * 100) / 36_525);
  const correction = Math.trunc(((Math.trunc((year - 1) / 100) + 1) * 3) / 4);
  let dayOfYear = dayNumber - year * 365 - Math.trunc((year - 1) / 4) + correction;
  let length = daysInYear(year);
  while (dayOfYear > length) {
    dayOfYear -= length;
    year++;
    length = daysInYear(year);
  }
  let month = 1;
  while (dayOfYear > daysInMonth(year, month)) dayOfYear -= daysInMonth(year, month++);
  return { year, month, day: dayOfYear };
}

function daysInYear(year: number): number {
  return isLeapYear(year) ? 366 : 365;
}
