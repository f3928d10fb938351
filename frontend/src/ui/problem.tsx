/** A failure in one sentence. That of an outage is shown until the page is current again. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/http";
import { present } from "../live/hooks";
import { refreshMe } from "../me/me";

export interface Problem {
  readonly sentence: string;
  /** Whether it is part of an outage, and over with it. */
  readonly passing: boolean;
}

/** The failure to show for an exception. */
export function problemOf(reason: unknown): Problem {
  if (reason instanceof ApiError) {
    if (reason.status === 403) void refreshMe();
    return { sentence: reason.message, passing: reason.passing };
  }
  console.error(reason);
  return { sentence: String(reason), passing: false };
}

/** Calls `then` each time the page becomes current. */
export function useReturn(then: () => void): void {
  const here = present.value;
  const latest = useRef(then);
  latest.current = then;
  useEffect(() => {
    if (here) latest.current();
  }, [here]);
}

/** A failure as state; that of an outage is cleared when the page is current again. */
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
