/** The last hour as a stem: as thick as tasks ended in each minute, with a node where a release began. */

import "../../styles/pages/wall/hour.css";

import { useMemo } from "preact/hooks";
import { type Picture, releasesOf } from "../../contract/hour";
import { figures, lines, span } from "../../contract/hour_lines";
import { tick } from "../../live/hooks";
import { wallText as words } from "../../text/activity/wall";
import { hourMinute, number } from "../../text/format";
import { quarters, stem } from "./shapes";

/** Labels at the edge would be cut. */
const [LEFT, RIGHT] = [0.055, 0.945] as const;

/** The label of a later release is to its left. */
const LATE = 0.8;

export function Hour({ picture }: { readonly picture: Picture | null }) {
  if (!picture) return <section class="wall-hour" aria-label={words.hour} />;
  return <Stem picture={picture} now={tick.value} />;
}

/** The share of the width that a character of a release's label takes, at most. */
const CHARACTER = 0.023;

/** Whether there is room for the word beside the name of each release, at these places. */
function roomForWord(names: readonly string[], places: readonly number[]): readonly boolean[] {
  const widths = names.map((name) => CHARACTER * (name.length + words.release.length + 2));
  const late = (at: number) => (places[at] ?? 0) > LATE;
  return names.map((_, at) => {
    const [place = 0, width = 0] = [places[at], widths[at]];
    const next = places[at + 1] ?? 1;
    if (!late(at)) return place + width + (late(at + 1) ? (widths[at + 1] ?? 0) : 0) < next;
    const before = at > 0 ? (places[at - 1] ?? 0) : 0;
    return place - width - (at > 0 && !late(at - 1) ? (widths[at - 1] ?? 0) : 0) > before;
  });
}

function Stem({ picture, now }: { readonly picture: Picture; readonly now: number }) {
  const drawn = useMemo(() => lines(picture, now), [picture, now]);
  const shown = span(drawn);
  const { perMinute, failed } = figures(picture, drawn);
  const { whole, core, most } = useMemo(() => stem(drawn, shown), [drawn]);
  if (most === 0) {
    return (
      <section class="wall-hour" aria-label={words.hour}>
        <p class="wall-none">{words.noHour}</p>
      </section>
    );
  }
  const place = (at: number) => (at - shown[0]) / (shown[1] - shown[0]);
  const marks = releasesOf(picture).filter(({ at }) => at > shown[0] && at <= shown[1]);
  const places = marks.map(({ at }) => place(at));
  const worded = roomForWord(
    marks.map(({ name }) => name),
    places,
  );
  return (
    <section class="wall-hour" aria-label={words.hour}>
      <h2 class="wall-figure">
        <b>{number(perMinute)}</b> {words.perMinute}
        <span class="wall-beside">{words.most(most)}</span>
      </h2>
      <div class="stem" data-marked={marks.length > 0 || undefined}>
        <svg
          viewBox="0 0 1000 100"
          preserveAspectRatio="none"
          role="img"
          aria-label={words.stem(most, failed)}
        >
          <path class="stem-whole" d={whole} />
          <path class="stem-core" d={core} />
        </svg>
        {marks.map(({ name, at }, index) => (
          <span
            key={`${name} ${at}`}
            class="stem-node"
            data-release={name}
            data-late={place(at) > LATE || undefined}
            style={{ left: `${100 * place(at)}%` }}
          >
            <span>
              <span class={worded[index] ? undefined : "unseen"}>{words.release} </span>
              {name}
            </span>
          </span>
        ))}
      </div>
      <div class="stem-times" aria-hidden="true">
        {quarters(shown)
          .filter((each) => each.place > LEFT && each.place < RIGHT)
          .map((each) => (
            <span key={each.at} style={{ left: `${100 * each.place}%` }}>
              {hourMinute(each.at)}
            </span>
          ))}
      </div>
    </section>
  );
}
