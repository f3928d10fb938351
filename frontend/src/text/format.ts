/** Formats numbers, sizes, rates, times and names. Pure. Times are in seconds, sizes in bytes. */

import { zone } from "./zone";

// Not by Intl: a browser reads its data for the first of these, which takes longer than to draw the first rows.
const whole = (value: number) => value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ",");
const tenth = (value: number) => value.toFixed(1);

/** Keeps a number and its unit on one line. */
const SPACE = "\u00a0";

export function number(value: number): string {
  return whole(value);
}

/** "1 task", "2 tasks". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)}${SPACE}${count === 1 ? one : many}`;
}

export function percent(value: number): string {
  return `${Math.floor(value)}${SPACE}%`;
}

/** Three figures at most: 0.8, 12, 340. */
function short(value: number): string {
  return value < 10 && !Number.isInteger(value) ? tenth(value) : whole(value);
}

const SIZES = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** Decimal sizes, as disks and networks are sold: 1 kB is 1,000 B. */
export function bytes(value: number): string {
  let size = Math.abs(value);
  let power = 0;
  while (size >= 999.5 && power < SIZES.length - 1) {
    size /= 1000;
    power += 1;
  }
  const figure = power > 0 && size < 99.95 ? tenth(size) : whole(size);
  return `${value < 0 ? "-" : ""}${figure}${SPACE}${SIZES[power]}`;
}

/** Units without a plural. Those of one or two letters have none either. */
const SYMBOLS = new Set(["min", "sec", "msg", "req", "pkt", "rev", "kWh", "pcs"]);

/**
 * The plural of a unit: "rows" of "row", "entries" of "entry". Units come from programs, in any language: what does not
 * look like an English word is left as it is.
 */
export function units(unit: string, count: number): string {
  if (count === 1 || !/^[a-z]{3,}$/.test(unit) || SYMBOLS.has(unit) || unit.endsWith("s")) {
    return unit;
  }
  if (/[^aeiou]y$/.test(unit)) return `${unit.slice(0, -1)}ies`;
  return /(?:x|z|ch|sh)$/.test(unit) ? `${unit}es` : `${unit}s`;
}

/** Units per second as "1.2 MB/s", "42 rows/s", and slow ones as "12 rows/min". */
export function rate(perSecond: number, unit: string): string {
  if (unit === "B") return `${bytes(perSecond)}/s`;
  const [figure, per] =
    perSecond >= 1 || perSecond <= 0
      ? [perSecond, "s"]
      : perSecond * 60 >= 1
        ? [perSecond * 60, "min"]
        : [perSecond * 3600, "h"];
  return unit ? `${short(figure)}${SPACE}${units(unit, figure)}/${per}` : `${short(figure)}/${per}`;
}

/** "3 of 12", "1.2 MB of 5.0 MB", "300 of 1,000 rows"; without a total "3". */
export function amount(current: number, total: number | null, unit: string): string {
  const figure = (value: number) =>
    unit === "B" ? bytes(value) : short(Math.round(value * 10) / 10);
  const tail = unit && unit !== "B" ? `${SPACE}${units(unit, total ?? current)}` : "";
  return total === null
    ? `${figure(current)}${tail}`
    : `${figure(current)} of ${figure(total)}${tail}`;
}

/** "0.8 s", "12 s", "2 min 5 s", "1 h 4 min", "3 d 2 h": at most two units. */
export function duration(seconds: number): string {
  const value = Math.max(0, seconds);
  if (value === 0) return `0${SPACE}s`;
  if (value < 0.0005) return `<1${SPACE}ms`;
  if (value < 0.0995) return `${whole(value * 1000)}${SPACE}ms`;
  if (value < 9.95) return `${tenth(value)}${SPACE}s`;
  const total = Math.round(value);
  if (total < 60) return `${total}${SPACE}s`;
  if (total < 3600) return pair(Math.floor(total / 60), "min", total % 60, "s");
  if (total < 86400) return pair(Math.floor(total / 3600), "h", Math.floor(total / 60) % 60, "min");
  return pair(Math.floor(total / 86400), "d", Math.floor(total / 3600) % 24, "h");
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  const head = `${number(big)}${SPACE}${bigUnit}`;
  return small ? `${head}${SPACE}${small}${SPACE}${smallUnit}` : head;
}

/** The label of a mark on a scale, exact: "0", "150 ms", "2 s", "1 min 30 s". */
export function scaleMark(seconds: number): string {
  if (seconds === 0) return "0";
  if (Number.isInteger(seconds)) return seconds < 60 ? `${seconds}${SPACE}s` : duration(seconds);
  return seconds < 1 ? `${Math.round(seconds * 1000)}${SPACE}ms` : `${seconds.toFixed(1)}${SPACE}s`;
}

/** Like `duration`, with one unit and no fraction. */
export function about(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60) return `${total}${SPACE}s`;
  if (total < 3570) return `${Math.round(total / 60)}${SPACE}min`;
  if (total < 84600) return `${Math.round(total / 3600)}${SPACE}h`;
  return `${number(Math.round(total / 86400))}${SPACE}d`;
}

/** "20 s left". */
export function left(seconds: number): string {
  return seconds < 0.5 ? "any moment" : `${about(seconds)} left`;
}

/** "in 20 s". */
export function soon(seconds: number): string {
  return `in ${about(seconds)}`;
}

/** "20 s ago": whole seconds that have passed, as a stopwatch counts them. */
export function ago(seconds: number): string {
  return seconds < 1 ? "just now" : `${about(Math.floor(seconds))} ago`;
}

/** A running clock: "0:21", "12:05", "1:02:03". */
export function stopwatch(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours
    ? `${number(hours)}:${two(minutes)}:${two(total % 60)}`
    : `${minutes}:${two(total % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Date and time of day in the time zone that the user chose. */
function parts(unix: number) {
  const at = new Date(unix * 1000);
  return zone.value === "utc"
    ? {
        day: [at.getUTCFullYear(), two(at.getUTCMonth() + 1), two(at.getUTCDate())].join("-"),
        clock: [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two),
        milliseconds: at.getUTCMilliseconds(),
      }
    : {
        day: [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-"),
        clock: [at.getHours(), at.getMinutes(), at.getSeconds()].map(two),
        milliseconds: at.getMilliseconds(),
      };
}

/** "14:32". */
export function hourMinute(unix: number): string {
  return parts(unix).clock.slice(0, 2).join(":");
}

/** "14:32:05". */
export function timeOfDay(unix: number): string {
  return parts(unix).clock.join(":");
}

/** "14:32:05.120": log lines are often closer than a second. */
export function exactTime(unix: number): string {
  return `${timeOfDay(unix)}.${String(parts(unix).milliseconds).padStart(3, "0")}`;
}

/** "14:32:05.1" of today, "03-01 14:32:05.1" of another day. */
export function exactMoment(unix: number, now: number): string {
  const { day, clock, milliseconds } = parts(unix);
  const time = `${clock.join(":")}.${Math.floor(milliseconds / 100)}`;
  return day === parts(now).day ? time : `${day.slice(5)} ${time}`;
}

/** "2026-03-01 14:32:05", followed by "UTC" when it is not local time. */
export function dateTime(unix: number): string {
  const { day, clock } = parts(unix);
  return `${day} ${clock.join(":")}${zone.value === "utc" ? `${SPACE}UTC` : ""}`;
}

/** "2026-03-01T14:32:05" in that time zone, as a search reads it. */
export function stamp(unix: number): string {
  const { day, clock } = parts(unix);
  return `${day}T${clock.join(":")}`;
}

/** "14:32:05" of today, "03-01 14:32" of another day: short enough for the column of ages. */
export function shortMoment(unix: number, now: number): string {
  const { day, clock } = parts(unix);
  if (day === parts(now).day) return clock.join(":");
  return `${day.slice(5)} ${clock.slice(0, 2).join(":")}`;
}

const NAMES: Readonly<Record<string, string>> = { plain: "text", webp: "WebP" };

/** "JPEG, PNG or WebP picture" of media types, "CSV file", "picture" of any. */
export function fileKinds(types: readonly string[]): string {
  const names = types.flatMap((type) => {
    const [, kind = ""] = type.split("/");
    return kind === "*" ? [] : (NAMES[kind] ?? (kind.length > 4 ? type : kind.toUpperCase()));
  });
  const noun = types.every((type) => type.startsWith("image/")) ? "picture" : "file";
  const last = names.slice(-2).join(" or ");
  return `${[...names.slice(0, -2), last].join(", ")} ${noun}`.trim();
}

/** "a, b (twice)": each name once. */
export function counted(names: readonly string[]): string {
  return [...new Set(names)]
    .map((name) => {
      const count = names.filter((each) => each === name).length;
      return count === 1 ? name : `${name} (${count === 2 ? "twice" : `${number(count)} times`})`;
    })
    .join(", ");
}

/** "resize_image" of "phloem.jobs.resize_image". */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1) || name;
}

/** What people call a task: its label, else the end of its name, else its id. */
export function called(task: {
  readonly id: string;
  readonly name: string | null;
  readonly label?: string | null;
}): string {
  return task.label || shortName(task.name ?? task.id);
}

/** The name of a task and, where it has one, its label: "import_orders Contoso". */
export function titled(task: {
  readonly id: string;
  readonly name: string | null;
  readonly label: string | null;
}): string {
  const name = shortName(task.name ?? task.id);
  return task.label && task.label !== name ? `${name} ${task.label}` : name;
}

/** "images" of "images@host"; the host when the worker has the default name. */
export function shortWorker(name: string): string {
  const at = name.indexOf("@");
  if (at < 0) return name;
  const given = name.slice(0, at);
  return given === "celery" || !given ? name.slice(at + 1) : given;
}
