/** What surrounds the wall: nothing. It keeps itself on the page that the server has, since nobody stands at it. */

import { useEffect } from "preact/hooks";
import { go, HOME } from "../../browser/router";
import { text } from "../../text";
import { later } from "../../ui/later";
import { Loading } from "../../ui/loading";
import { useOnce } from "../../ui/once";
import { reload, startRestoring } from "./restore";

const load = later(() => import("../../pages/wall/page"));

const AGAIN_MS = 5_000;

export function WallFrame() {
  const { value: script, problem } = useOnce(load);
  useEffect(startRestoring, []);
  useEffect(() => {
    if (problem === null) return;
    const timer = setInterval(() => void reload(true), AGAIN_MS);
    return () => clearInterval(timer);
  }, [problem]);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === "Escape") go(HOME);
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  if (script) return <script.Wall />;
  return (
    <main id="main" class="page" tabIndex={-1}>
      {problem ? <p class="problem">{problem.sentence}</p> : <Loading words={text.loadingPage} />}
    </main>
  );
}
