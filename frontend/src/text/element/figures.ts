/** Numbers, sizes, times and rates as a language writes them. Pure. Times are in seconds, sizes in bytes. */

import { units } from "../format";

/** Keeps a number and its unit on one line. */
const SPACE = "\u00a0";

/** English has the symbols that the rest of Phloem has: "12 s", where Intl would write "12 sec". */
const ENGLISH: Readonly<Record<string, string>> = {
  millisecond: "ms",
  second: "s",
  minute: "min",
  hour: "h",
  day: "d",
  byte: "B",
};
const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

/** Characters that turn the direction of the text around them, and no text of a program may bring into ours. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export class Figures {
  readonly #locale: string;
  readonly #isEnglish: boolean;
  readonly #formats = new Map<string, Intl.NumberFormat>();

  /** `locale` is a language tag that Intl takes. */
  constructor(locale: string) {
    this.#locale = locale;
    this.#isEnglish = /^en\b/i.test(locale);
  }

  /** Three figures at most: 0.8, 12, 340. */
  number(value: number): string {
    return this.#format({ maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
  }

  /** Of 0 to 100. */
  percent(value: number): string {
    return this.#format({ style: "percent" }).format(Math.floor(value) / 100);
  }

  /** "14:32", as the language writes the time of day. */
  timeOfDay(unix: number): string {
    return new Intl.DateTimeFormat(this.#locale, { timeStyle: "short" }).format(1000 * unix);
  }

  /** Decimal sizes, as disks and networks are sold. */
  bytes(value: number): string {
    let size = value;
    let power = 0;
    while (Math.abs(size) >= 999.5 && power < SIZES.length - 1) {
      size /= 1000;
      power += 1;
    }
    return this.#measure(size, SIZES[power] ?? "byte", power > 0 && size < 99.95 ? 1 : 0);
  }

  /** How much there is of a unit: "1.2 MB", "3 rows", "3". */
  amount(value: number, unit: string): string {
    if (unit === "B") return this.bytes(value);
    return `${this.number(value)}${tail(unit, value)}`;
  }

  /** Units per second: "1.2 MB/s", "42 rows/s", and slow ones as "12 rows/min". */
  rate(perSecond: number, unit: string): string {
    const [figure, per] =
      perSecond >= 1 || perSecond <= 0 || unit === "B"
        ? [perSecond, "s"]
        : perSecond * 60 >= 1
          ? [perSecond * 60, "min"]
          : [perSecond * 3600, "h"];
    return `${this.amount(figure, unit)}/${per}`;
  }

  /** "0.8 s", "12 s", "2 min 5 s", "1 h 4 min": at most two units. */
  duration(seconds: number): string {
    const value = Math.max(0, seconds);
    if (value > 0 && value < 0.0995) return this.#measure(1000 * value, "millisecond");
    if (value > 0 && value < 9.95) return this.#measure(value, "second", 1);
    const total = Math.round(value);
    if (total < 60) return this.#measure(total, "second");
    if (total < 3600) return this.#pair(total, 60, "minute", "second");
    if (total < 86400) return this.#pair(total / 60, 60, "hour", "minute");
    return this.#pair(total / 3600, 24, "day", "hour");
  }

  /** Like `duration`, with one unit and no fraction. */
  about(seconds: number): string {
    const total = Math.max(0, Math.round(seconds));
    if (total < 60) return this.#measure(total, "second");
    if (total < 3570) return this.#measure(total / 60, "minute");
    if (total < 84600) return this.#measure(total / 3600, "hour");
    return this.#measure(total / 86400, "day");
  }

  #pair(small: number, size: number, bigUnit: string, smallUnit: string): string {
    const rest = Math.floor(small) % size;
    const head = this.#measure(Math.floor(small / size), bigUnit);
    return rest ? `${head}${SPACE}${this.#measure(rest, smallUnit)}` : head;
  }

  #measure(value: number, unit: string, digits = 0): string {
    const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    const symbol = this.#isEnglish ? ENGLISH[unit] : undefined;
    if (symbol) return `${this.#format(fraction).format(value)}${SPACE}${symbol}`;
    const options = { ...fraction, style: "unit", unit, unitDisplay: "short" } as const;
    return this.#format(options).format(value).replaceAll(" ", SPACE);
  }

  #format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = JSON.stringify(options);
    const format = this.#formats.get(key) ?? new Intl.NumberFormat(this.#locale, options);
    this.#formats.set(key, format);
    return format;
  }
}

function tail(unit: string, count: number): string {
  const plain = unit.replace(TURNING, "");
  return plain && `${SPACE}${units(plain, count)}`;
}
