/** What the forms of this page have in common: a heading, fields, and two buttons. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { accessText } from "../../text/access/page";
import { useAttempt } from "../../ui/attempt";
import { ProblemView } from "../../ui/problem";

interface Props {
  readonly title: string;
  readonly submit: string;
  /** What the first button does. A problem with it is shown below the buttons. */
  readonly send: () => Promise<void>;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

export function AccessForm({ title, submit, send, close, children }: Props) {
  const { busy, problem, attempt } = useAttempt();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select")?.focus(), []);
  return (
    <form
      ref={form}
      class="retry access-form"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(send);
      }}
    >
      <h2>{title}</h2>
      {children}
      <div class="retry-answers">
        <button class="button button-asked" type="submit" disabled={busy}>
          {submit}
        </button>
        <button class="button button-plain" type="button" onClick={close}>
          {accessText.cancel}
        </button>
      </div>
      <ProblemView problem={problem} />
    </form>
  );
}
