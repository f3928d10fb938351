/**
 * Points in time in a search: `14:30`, `2026-11-30`, `2026-11-30T14:30`, `midnight`, `2h`. Pure.
 *
 * People write them in their own time. The server is told Unix seconds, except for ages, which go on by themselves.
 */

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

const AGE = /^\d{1,9}(?:\.\d{1,6})?(?:s|m|min|h|d|w)$/;
const ZONED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)$/;
const WRITTEN = /^(?:(\d{4})-(\d\d)-(\d\d)(?:[T ](?=\d)|$))?(?:(\d{1,2}):(\d\d)(?::(\d\d))?)?$/;

/** The moment of a text; null if it is none. A whole day begins with `since` and ends with `until`. */
export function readMoment(text: string, ends: boolean, { now, zone }: Present): Moment | null {
  if (AGE.test(text)) return Number.parseFloat(text) > 0 ? { at: text, turns: null } : null;
  if (ZONED.test(text)) return Number.isNaN(Date.parse(text)) ? null : { at: text, turns: null };
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
  if (hour > 23 || minute > 59 || second > 59) return null;
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

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1975 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
