/** The queue of a task that is launched, and when it starts: fields beside those of its arguments. Pure. */

import type { Options } from "../../api/calls";
import { fieldText, launchText } from "../../text/launch";
import { zone } from "../../text/zone";
import type { Draft } from "./draft";
import type { Field, Kind, Rules } from "./fields";
import { read } from "./reading";

const YEAR_SECONDS = 31_536_000;

/** The fields of a job that usually goes to `queue`. No argument is called so: names in Python have no dots. */
export function whenFields(queue: string | null): Field[] {
  const words = launchText.when;
  return [
    field("when.queue", words.queue, "text", queue && words.usually(queue), { maxLength: 128 }),
    field("when.countdown", words.countdown, "number", null, { minimum: 0, maximum: YEAR_SECONDS }),
    field("when.eta", words.eta, "moment", zone.value === "utc" ? words.utc : null, {}),
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
    if (Number.isNaN(eta)) errors["when.eta"] = fieldText.moment;
    else if (eta < now) errors["when.eta"] = launchText.when.past;
    else if (countdown !== undefined) errors["when.eta"] = launchText.when.both;
  }
  const when: Options = {
    ...(typeof queue === "string" && { queue }),
    ...(typeof countdown === "number" && { countdown }),
    ...(eta !== undefined && { eta }),
  };
  return { when, errors };
}

/** A time as a field has it, without a zone, in that of the page. */
function unixSeconds(moment: string): number {
  return Date.parse(zone.value === "utc" ? `${moment}Z` : moment) / 1000;
}
