/** Something asked of the server one time, and again only when the reader wants it. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "../api";

export interface Once<Value> {
  readonly value: Value | null;
  readonly error: string | null;
  again(): void;
}

/** `load` has to stay the same function from one rendering to the next. */
export function useOnce<Value>(load: () => Promise<Value>): Once<Value> {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  // A new turn is what asks again.
  useEffect(() => {
    let wanted = true;
    load().then(
      (loaded) => {
        if (!wanted) return;
        setValue(loaded);
        setError(null);
      },
      (reason: unknown) => {
        if (wanted) setError(reasonOf(reason));
      },
    );
    return () => {
      wanted = false;
    };
  }, [load, turn]);
  const again = useCallback(() => setTurn((last) => last + 1), []);
  return { value, error, again };
}

/** What to tell the reader of something that was thrown. */
export function reasonOf(reason: unknown): string {
  if (reason instanceof ApiError) return reason.message;
  console.error(reason);
  return String(reason);
}
