/** A value loaded once, and again when an outage is over or the user asks for it. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { type Problem, problemOf, useReturn } from "./problem";

export interface Once<Value> {
  readonly value: Value | null;
  readonly problem: Problem | null;
  /** Loads it again. */
  again(): void;
}

/** `load` has to be the same function in every rendering. */
export function useOnce<Value>(load: () => Promise<Value>): Once<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
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
