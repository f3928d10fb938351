/** A part of a page whose script is loaded when it is shown, as most people never open it. */

import type { JSX } from "preact";
import { ApiError } from "../api/http";
import { text } from "../text";
import { Loading } from "./loading";
import { useOnce } from "./once";

interface Props<Script> {
  /** One that `later` made. */
  readonly load: () => Promise<Script>;
  readonly show: (script: Script) => JSX.Element;
  /** What is said until it is there. */
  readonly words: string;
  readonly title?: string | undefined;
}

/** Loads a script. An outage counts as passing, so that it is tried again. After a new build the script has another address: then the page has to be reloaded. */
export const later =
  <Script,>(load: () => Promise<Script>): (() => Promise<Script>) =>
  () =>
    load().catch((reason: unknown) => {
      console.warn(reason);
      throw new ApiError(0, text.activity.notLoaded);
    });

export function Later<Script>({ load, show, words, title }: Props<Script>) {
  const { value: script, problem } = useOnce(load);
  if (script) return show(script);
  if (!problem) return <Loading title={title} words={words} />;
  return (
    <p class="problem" role="alert">
      {problem.sentence}{" "}
      <button class="copy" type="button" onClick={() => location.reload()}>
        {text.activity.reload}
      </button>
    </p>
  );
}
