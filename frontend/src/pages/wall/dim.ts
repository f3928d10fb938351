/** The hours in which a wall is dimmed, as its address says: `?dim=22-6`, `?dim=21:30-7`. Pure. */

/** Minutes of the day; a stretch that ends before it begins goes over midnight. */
export interface Night {
  readonly from: number;
  readonly to: number;
}

const HOURS = /^(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?$/;

const HOUR = 60;
const DAY = 24 * HOUR;

/** Null for what is no part of a day. */
export function nightOf(given: string): Night | null {
  const found = HOURS.exec(given.trim());
  if (!found) return null;
  const [, hour, minute, toHour, toMinute] = found;
  const from = HOUR * Number(hour) + Number(minute ?? 0);
  const to = HOUR * Number(toHour) + Number(toMinute ?? 0);
  const minutes = [Number(minute ?? 0), Number(toMinute ?? 0)];
  if (from > DAY || to > DAY || from % DAY === to % DAY || minutes.some((each) => each >= HOUR)) {
    return null;
  }
  return { from: from % DAY, to: to % DAY };
}

/** Whether a minute of the day is in it. */
export function isNight({ from, to }: Night, minute: number): boolean {
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}
