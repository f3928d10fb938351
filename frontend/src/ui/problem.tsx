/** What went wrong, in a sentence. That of an outage stands until the page shows the present again. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/calls";
import { present } from "../live/hooks";

export interface Problem {
  readonly sentence: string;
  readonly passing: boolean;
}

/** What to tell the reader of something that was thrown. */
export function problemOf(reason: unknown): Problem {
  if (reason instanceof ApiError) return { sentence: reason.message, passing: reason.passing };
  console.error(reason);
  return { sentence: String(reason), passing: false };
}

/** Calls `then` each time that the page begins to show the present. */
export function useReturn(then: () => void): void {
  const here = present.value;
  const latest = useRef(then);
  latest.current = then;
  useEffect(() => {
    if (here) latest.current();
  }, [here]);
}

export function useProblem() {
  const [problem, setProblem] = useState<Problem | null>(null);
  useReturn(() => {
    if (problem?.passing) setProblem(null);
  });
  return [problem, setProblem] as const;
}

export function ProblemView({ problem }: { readonly problem: Problem | null }) {
  const element = useRef<HTMLParagraphElement>(null);
  useEffect(() => element.current?.scrollIntoView({ block: "nearest" }), [problem]);
  return (
    problem && (
      <p ref={element} class="problem" role="alert">
        {problem.sentence}
      </p>
    )
  );
}
