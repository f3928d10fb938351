/** The queue of a task that is launched, and when it starts: fields beside those of its arguments. Pure. */

import type { Options } from "../../api/calls";
import { fieldText, launchText } from "../../text/launch";
import { type Zone, zone } from "../../text/zone";
import type { Draft } from "./draft";
import type { Field, Kind, Rules } from "./fields";
import { read } from "./reading";

const YEAR_SECONDS = 31_536_000;
const ETA = "when.eta";

/** The fields of a job that usually goes to `queue`. No argument is called so: names in Python have no dots. */
export function whenFields(queue: string | null): Field[] {
  const words = launchText.when;
  return [
    field("when.queue", words.queue, "text", queue && words.usually(queue), { maxLength: 128 }),
    field("when.countdown", words.countdown, "number", null, { minimum: 0, maximum: YEAR_SECONDS }),
    field(ETA, words.eta, "moment", zone.value === "utc" ? words.utc : null, {}),
  ];
}

function field(name: string, label: string, kind: Kind, help: string | null, rules: Rules): Field {
  return {
    ...{ name, label, kind, help, rules },
    required: false,
    nullable: false,
    initial: "",
    choices: [],
    secret: false,
    accept: [],
  };
}

/** What the fields amount to, and their errors by name. `now` is in Unix seconds. */
export function readWhen(fields: readonly Field[], raw: Draft["raw"], now: number) {
  const values = new Map<string, unknown>();
  const errors: Record<string, string> = {};
  for (const each of fields) {
    const reading = read(each, raw[each.name] ?? "");
    if ("error" in reading) errors[each.name] = reading.error;
    else if (reading.value !== undefined) values.set(each.name, reading.value);
  }
  const [queue, countdown, moment] = fields.map(({ name }) => values.get(name));
  const eta = typeof moment === "string" ? unixSeconds(moment) : undefined;
  if (eta !== undefined) {
    if (Number.isNaN(eta)) errors[ETA] = fieldText.moment;
    else if (minuteOf(fieldTime(eta)) !== minuteOf(String(moment)))
      errors[ETA] = launchText.when.skipped;
    else if (eta < now) errors[ETA] = launchText.when.past;
    else if (countdown !== undefined) errors[ETA] = launchText.when.both;
  }
  const when: Options = {
    ...(typeof queue === "string" && { queue }),
    ...(typeof countdown === "number" && { countdown }),
    ...(eta !== undefined && { eta }),
  };
  return { when, errors };
}

/** What a form held, with its time told from others whatever zone the page has later: as one of UTC, with its Z. */
export function withZone(raw: Draft["raw"], from: Zone = zone.peek()): Draft["raw"] {
  const moment = raw[ETA];
  const seconds = typeof moment === "string" && moment ? unixSeconds(moment, from) : Number.NaN;
  return Number.isNaN(seconds) ? raw : { ...raw, [ETA]: new Date(1000 * seconds).toISOString() };
}

/** The same as the field shows it, in the zone of the page. */
export function withoutZone(raw: Draft["raw"]): Draft["raw"] {
  const moment = raw[ETA];
  const seconds =
    typeof moment === "string" && moment.endsWith("Z") ? Date.parse(moment) / 1000 : Number.NaN;
  return Number.isNaN(seconds) ? raw : { ...raw, [ETA]: fieldTime(seconds) };
}

/** A time as a field has it, without a zone, in that of the page. */
function unixSeconds(moment: string, from: Zone = zone.value): number {
  return Date.parse(from === "utc" && !moment.endsWith("Z") ? `${moment}Z` : moment) / 1000;
}

/** The reverse. */
function fieldTime(seconds: number): string {
  const at = new Date(1000 * seconds);
  const ahead = zone.value === "utc" ? 0 : at.getTimezoneOffset();
  const said = new Date(at.getTime() - 60_000 * ahead).toISOString();
  return said.slice(0, at.getUTCSeconds() ? "2030-01-31T12:00:00".length : MINUTE.length);
}

const MINUTE = "2030-01-31T12:00";

function minuteOf(moment: string): string {
  return moment.slice(0, MINUTE.length);
}
