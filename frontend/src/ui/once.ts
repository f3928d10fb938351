/** Something asked of the server one time, and again when an outage is over or the reader wants it. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { type Problem, problemOf, useReturn } from "./problem";

export interface Once<Value> {
  readonly value: Value | null;
  readonly problem: Problem | null;
  again(): void;
}

/** `load` has to stay the same function from one rendering to the next. */
export function useOnce<Value>(load: () => Promise<Value>): Once<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  // A new turn is what asks again.
  useEffect(() => {
    let wanted = true;
    load().then(
      (loaded) => {
        if (!wanted) return;
        setValue(loaded);
        setProblem(null);
      },
      (reason: unknown) => {
        if (wanted) setProblem(problemOf(reason));
      },
    );
    return () => {
      wanted = false;
    };
  }, [load, turn]);
  const again = useCallback(() => setTurn((last) => last + 1), []);
  useReturn(() => {
    if (problem?.passing) again();
  });
  return { value, problem, again };
}
