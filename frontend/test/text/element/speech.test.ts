/** The words of an embedded bar in its languages. */

import { describe, expect, test } from "vitest";
import { LANGUAGES, readWords, Speech } from "../../../src/text/element/speech";
import { english } from "../../../src/text/element/western";
import type { Key } from "../../../src/text/element/words";

const keys = Object.keys(english) as Key[];
const marks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([mark]) => mark).sort();

test("there are twelve languages, one of which runs from right to left", () => {
  expect(Object.keys(LANGUAGES)).toHaveLength(12);
  expect(new Speech("ar").direction).toBe("rtl");
  expect(new Speech("de").direction).toBe("ltr");
});

describe.each(Object.entries(LANGUAGES))("%s", (language, words) => {
  test("has every text, with the same figures in it", () => {
    expect(Object.keys(words)).toEqual(keys);
    for (const key of keys.filter((each) => each !== "failures")) {
      const [ours, theirs] = [words[key], english[key]];
      expect(typeof ours === "string" && ours.trim(), `${language} ${key}`).toBeTruthy();
      expect(marks(String(ours)), `${language} ${key}`).toEqual(marks(String(theirs)));
    }
  });

  test("has a text for each plural form, and names no other", () => {
    const rules = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const { failures } = words;
    if (typeof failures === "string") return;
    expect(rules).toEqual(expect.arrayContaining(Object.keys(failures)));
    for (const count of [0, 1, 2, 3, 5, 11, 21, 100, 1_000_000]) {
      expect(new Speech(language).say("failures", { count })).not.toContain("{");
    }
  });
});

test.each([
  ["en", 1, "1 failed"],
  ["fr", 0, "0 échec"],
  ["fr", 2, "2 échecs"],
  ["pl", 1, "1 nieudane"],
  ["pl", 22, "22 nieudane"],
  ["pl", 5, "5 nieudanych"],
  ["uk", 21, "21 невдале"],
  ["uk", 3, "3 невдалі"],
  ["uk", 12, "12 невдалих"],
  ["ar", 2, "فشلت مهمتان"],
  ["ar", 3, "فشلت \u20683\u2069 مهام"],
])("%s says of %i that they failed as its grammar has it", (language, count, said) => {
  expect(new Speech(language).say("failures", { count })).toBe(said);
});

test.each([
  ["de-AT", "de-AT", "Fertig"],
  ["PT-br", "PT-br", "Concluído"],
  ["zh-Hant", "zh-Hant", "已完成"],
  ["fi", "en", "Done"],
  ["", "en", "Done"],
  ["de_AT!", "en", "Done"],
  ["de-x_", "de", "Fertig"],
  ["constructor", "en", "Done"],
])("a page in %s is told in %s", (tag, language, said) => {
  const speech = new Speech(tag);
  expect([speech.language, speech.say("succeeded")]).toEqual([language, said]);
});

describe("words of the page", () => {
  test("go before ours, in any language", () => {
    const own = readWords({
      succeeded: "Valmis",
      failures: { one: "{count} virhe", other: "{count} virhettä" },
    });
    const speech = new Speech("fi", own);
    expect([speech.language, speech.say("succeeded"), speech.say("running")]).toEqual([
      "fi",
      "Valmis",
      "Running",
    ]);
    expect(speech.say("failures", { count: 1 })).toBe("1 virhe");
    expect(speech.say("failures", { count: 1200 })).toBe("1\u00a0200 virhettä");
    expect(new Speech("he", { succeeded: "הושלם" }).direction).toBe("rtl");
  });

  test("are left out where they are no text, or not known", () => {
    const given = {
      succeeded: 1,
      failed: {},
      lost: { other: 2 },
      left: "ei",
      __proto__: null,
      no: "x",
    };
    expect(readWords(given)).toEqual({ left: "ei" });
    for (const nothing of [null, "text", 7, undefined]) expect(readWords(nothing)).toEqual({});
  });
});
