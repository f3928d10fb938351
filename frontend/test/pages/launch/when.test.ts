import { afterEach, expect, test } from "vitest";
import { readWhen, whenFields, withoutZone, withZone } from "../../../src/pages/launch/when";
import { zone } from "../../../src/text/zone";

const NOW = Date.parse("2030-01-31T12:00:00Z") / 1000;

afterEach(() => {
  zone.value = "local";
});

function readAll(queue: string, countdown: string, eta: string) {
  const raw = { "when.queue": queue, "when.countdown": countdown, "when.eta": eta };
  return readWhen(whenFields("media"), raw, NOW);
}

test("nothing is sent of what is left open", () => {
  expect(readAll("", "", "")).toEqual({ when: {}, errors: {} });
});

test("a queue and a countdown are sent as they are", () => {
  expect(readAll("slow", "90", "").when).toEqual({ queue: "slow", countdown: 90 });
});

test("a time is that of the zone which the page shows", () => {
  zone.value = "utc";
  expect(readAll("", "", "2030-01-31T12:01").when).toEqual({ eta: NOW + 60 });
});

test.each([
  ["soon", "", "when.countdown", "A number is needed."],
  ["-1", "", "when.countdown", "At least 0."],
  ["", "2030-01-31T11:59", "when.eta", "This is past."],
  ["1", "2030-01-31T12:01", "when.eta", "Either this or a number of seconds, not both."],
])("countdown %s with the time %s is refused at %s", (countdown, eta, name, said) => {
  zone.value = "utc";
  expect(readAll("", countdown, eta).errors).toEqual({ [name]: said });
});

test("the queue that a job usually goes to is named", () => {
  expect(whenFields("media")[0]?.help).toContain("media");
  expect(whenFields(null)[0]?.help).toBeNull();
});

test("what is kept of a launch tells its time in any zone", () => {
  zone.value = "utc";
  const kept = withZone({ "when.eta": "2030-01-31T12:30", host: "a" });
  expect(kept).toEqual({ "when.eta": "2030-01-31T12:30:00.000Z", host: "a" });
  expect(withoutZone(kept)).toEqual({ "when.eta": "2030-01-31T12:30", host: "a" });
});

test("a time that cannot be read is kept as it is", () => {
  for (const said of ["", "soon", "neverZ"]) {
    const raw = { "when.eta": said };
    expect([withZone(raw), withoutZone(raw)]).toEqual([raw, raw]);
  }
});
