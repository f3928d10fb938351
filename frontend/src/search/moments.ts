/**
 * Points in time in a search: `14:30`, `2026-11-30`, `2026-11-30T14:30`, `midnight`, `2h`. Pure.
 *
 * People write them in their own time. The server is told Unix seconds, except for ages, which go on by themselves.
 */

import { OLDEST_SECONDS } from "../contract/generated";

export interface Moment {
  /** What the server is told: Unix seconds, an age, or a time with its own zone. */
  readonly at: number | string;
  /** When it begins to mean another time, in Unix seconds: `14:30` is the last one. Null for never. */
  readonly turns: number | null;
}

/** What a moment is read with. */
export interface Present {
  /** Unix seconds. */
  readonly now: number;
  readonly zone: Zone;
}

type Zone = "local" | "utc";

/** Seconds in each unit of an age. */
const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86400,
  w: 604800,
};

/** Years of which the server takes every day. */
const [FIRST_YEAR, LAST_YEAR] = [1975, 5000];

const AGE = /^(\d{1,9}(?:\.\d{1,6})?)(s|m|min|h|d|w)$/;
const ZONED =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?(?:Z|[+-](\d\d):(\d\d))$/;
const WRITTEN = /^(?:(\d{4})-(\d\d)-(\d\d)(?:[T ](?=\d)|$))?(?:(\d{1,2}):(\d\d)(?::(\d\d))?)?$/;

/** The seconds of an age such as `2h`; null for any other text, and for what no task can be old. */
export function readAge(text: string): number | null {
  const [, figure, unit = ""] = AGE.exec(text) ?? [];
  const seconds = Number(figure) * (UNITS[unit] ?? Number.NaN);
  return seconds > 0 && seconds <= OLDEST_SECONDS ? seconds : null;
}

/** The moment of a text; null if it is none. A whole day begins with `since` and ends with `until`. */
export function readMoment(text: string, ends: boolean, { now, zone }: Present): Moment | null {
  if (readAge(text) !== null || isZoned(text)) return { at: text, turns: null };
  const calendar = new Calendar(zone, now);
  const tomorrow = calendar.today(1);
  if (text === "midnight") return { at: calendar.today(0), turns: tomorrow };
  if (text === "today" || text === "yesterday") {
    const offset = (text === "today" ? 0 : -1) + (ends ? 1 : 0);
    return { at: calendar.today(offset), turns: tomorrow };
  }
  const found = text === "" ? null : WRITTEN.exec(text);
  if (!found) return null;
  const [year, month, day, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (!isClock(hour, minute, second)) return null;
  if (year !== undefined && month !== undefined && day !== undefined) {
    if (!isDay(year, month, day)) return null;
    const wholeDay = found[4] === undefined;
    const at = calendar.at(year, month - 1, day + (wholeDay && ends ? 1 : 0), hour, minute, second);
    return { at, turns: null };
  }
  const at = calendar.today(0, hour, minute, second);
  return at <= now
    ? { at, turns: calendar.today(1, hour, minute, second) }
    : { at: calendar.today(-1, hour, minute, second), turns: at };
}

/** Days and times of a zone. */
class Calendar {
  readonly #utc: boolean;
  readonly #now: Date;

  constructor(zone: Zone, now: number) {
    this.#utc = zone === "utc";
    this.#now = new Date(1000 * now);
  }

  /** Unix seconds of a time of a day; the month counts from 0, and a day may lie beyond its month. */
  at(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
    const time = [year, month, day, hour, minute, second] as const;
    return (this.#utc ? Date.UTC(...time) : new Date(...time).getTime()) / 1000;
  }

  /** Unix seconds of a time of the day that is so many days after today. */
  today(days: number, hour = 0, minute = 0, second = 0): number {
    const now = this.#now;
    const [year, month, day] = this.#utc
      ? [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
      : [now.getFullYear(), now.getMonth(), now.getDate()];
    return this.at(year, month, day + days, hour, minute, second);
  }
}

/** Whether a text is a time with its own zone. `Date.parse` would take a 30th of February for a day of March. */
function isZoned(text: string): boolean {
  const found = ZONED.exec(text);
  if (!found) return false;
  const [year = 0, month = 0, day = 0, hour, minute, second, zoneHour, zoneMinute] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  return isDay(year, month, day) && isClock(hour, minute, second) && isClock(zoneHour, zoneMinute);
}

function isClock(hour = 0, minute = 0, second = 0): boolean {
  return hour <= 23 && minute <= 59 && second <= 59;
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  const known = FIRST_YEAR <= year && year <= LAST_YEAR;
  return known && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
