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
const [LEFT, RIGHT] = [0.015, 0.985] as const;

export function Hour({ picture }: { readonly picture: Picture | null }) {
  if (!picture) return <section class="wall-hour" aria-label={words.hour} />;
  return <Stem picture={picture} now={tick.value} />;
}

function Stem({ picture, now }: { readonly picture: Picture; readonly now: number }) {
  const drawn = useMemo(() => lines(picture, now), [picture, now]);
  const shown = span(drawn);
  const { perMinute, failed } = figures(picture, drawn);
  const { whole, core, most } = useMemo(() => stem(drawn, shown), [drawn]);
  const place = (at: number) => (at - shown[0]) / (shown[1] - shown[0]);
  const marks = releasesOf(picture).filter(({ at }) => at > shown[0] && at <= shown[1]);
  return (
    <section class="wall-hour" aria-label={words.hour}>
      <h2 class="wall-figure">
        <b>{number(perMinute)}</b> {words.perMinute}
        {most > 0 && <span class="wall-beside">{words.most(most)}</span>}
      </h2>
      <div class="stem">
        <svg
          viewBox="0 0 1000 100"
          preserveAspectRatio="none"
          role="img"
          aria-label={words.stem(most, failed)}
        >
          <path class="stem-whole" d={whole} />
          <path class="stem-core" d={core} />
        </svg>
        {marks.map(({ name, at }) => (
          <span
            key={`${name} ${at}`}
            class="stem-node"
            data-release={name}
            data-late={place(at) > 0.8 || undefined}
            style={{ left: `${100 * place(at)}%` }}
          >
            <span>
              <span class="unseen">{words.release} </span>
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
